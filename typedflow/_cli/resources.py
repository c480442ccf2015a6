"""Finds the resources that ``--resources`` names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typedflow._cli.failure import Failure
from typedflow._cli.target import load_module
from typedflow._definition.declared_type import name_of
from typedflow._text import in_one_line, nearest

if TYPE_CHECKING:
    from typedflow._definition.flow import FlowDefinition


def resources_option(definition: FlowDefinition, target: str | None) -> dict[str, Any]:
    """Return the option ``resources`` of a run, if there is one.

    Args:
        definition: The flow.
        target: What the command line names: ``path/to/file.py:NAME`` or ``package.module:NAME``.

    Raises:
        Failure: The flow needs resources, and none are named; or there are no such.
    """
    if target is not None:
        return {"resources": _load(target)}
    if definition.resources is None:
        return {}
    wanted = name_of(definition.resources)
    raise Failure(
        f'flow "{definition.slug}" needs resources. Name what gives an instance of {wanted}: --resources '
        "path/to/file.py:NAME or --resources package.module:NAME."
    )


def _load(target: str) -> Any:
    place, _, name = target.rpartition(":")
    if not place or not name:
        raise Failure(f'--resources: "{target}" is not of the form path/to/file.py:NAME or package.module:NAME.')
    module = load_module(place)
    try:
        return getattr(module, name)
    except AttributeError:
        near = nearest(name, vars(module))
        advice = f' Did you mean "{near}"?' if near else ""
        raise Failure(f'--resources: "{place}" has no "{name}".{advice}') from None
    except Exception as error:  # the module has a __getattr__ of its own
        raise Failure(
            f'--resources: reading "{name}" from "{place}" raised {in_one_line(error)}', error=error
        ) from error
