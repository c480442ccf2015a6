"""Loads an object of the user's that an option names, such as ``--resources``."""

from __future__ import annotations

from typing import Any

from typedflow._cli.failure import Failure
from typedflow._cli.target import load_module
from typedflow._text import in_one_line, nearest


def load_object(option: str, target: str) -> Any:
    """Return the object that an option names as ``path/to/file.py:NAME`` or ``package.module:NAME``.

    Raises:
        Failure: There is no such object, or reading it raised.
    """
    place, _, name = target.rpartition(":")
    if not place or not name:
        raise Failure(f'{option}: "{target}" is not of the form path/to/file.py:NAME or package.module:NAME.')
    module = load_module(place)
    try:
        return getattr(module, name)
    except AttributeError:
        near = nearest(name, vars(module))
        advice = f' Did you mean "{near}"?' if near else ""
        raise Failure(f'{option}: "{place}" has no "{name}".{advice}') from None
    except Exception as error:  # the module has a __getattr__ of its own
        raise Failure(f'{option}: reading "{name}" from "{place}" raised {in_one_line(error)}', error=error) from error
