"""Checks the arguments with which a store is opened and asked."""

from __future__ import annotations

import math
import os
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeGuard, get_args

from typedflow._quantity import is_whole
from typedflow._text import quoted
from typedflow.exceptions import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_TIMEOUT: Final = 86_400


def check_arguments(store: str, cipher: object, max_value_bytes: object, lease: object) -> None:
    """Raise an error if one of the arguments of all stores is wrong."""
    wrong = None
    if cipher is not None and not (hasattr(cipher, "encrypt") and hasattr(cipher, "decrypt")):
        wrong = f"cipher has to be an object with the methods encrypt and decrypt, not {cipher!r:.200}."
    elif max_value_bytes is not None and not is_whole(max_value_bytes):
        wrong = f"max_value_bytes has to be a whole number of at least 1, or None, not {max_value_bytes!r:.200}."
    elif not (_is_number(lease) and 0 < lease < math.inf):
        wrong = f"lease has to be a number of seconds above 0, not {lease!r:.200}."
    if wrong is not None:
        raise StoreError(store, wrong)


def check_arguments_of_file(path: object, durability: object, busy_timeout: object) -> None:
    """Raise an error if one of the arguments of a store in a file is wrong."""
    wrong = None
    if not isinstance(path, str | os.PathLike) or not str(path):
        wrong = f"its path has to be a str or a Path, not {path!r:.200}."
    elif str(path).startswith((":memory:", "file:")):
        wrong = "its path has to be that of a file. Use a MemoryStore for runs in memory."
    elif durability not in {"full", "normal"}:
        wrong = f'durability has to be "full" or "normal", not {durability!r:.200}.'
    elif not (_is_number(busy_timeout) and 0 <= busy_timeout <= _LONGEST_TIMEOUT):
        wrong = f"busy_timeout has to be a number of seconds from 0 to {_LONGEST_TIMEOUT:,}, not {busy_timeout!r:.200}."
    if wrong is not None:
        raise StoreError(str(path), wrong)


def check_call(store: str, **arguments: object) -> None:
    """Raise an error if one of the arguments of a method of all stores is wrong."""
    for name, value in arguments.items():
        requirement, allows = _REQUIREMENTS[name]
        if not allows(value):
            raise StoreError(store, f"{name} has to be {requirement}, not {value!r:.200}.")


def check_status(store: str, status: str | None, known: object) -> None:
    """Raise an error if there is no such status."""
    if status is not None and status not in get_args(known):
        raise StoreError(store, f"status has to be one of {quoted(get_args(known))}, not {status!r:.200}.")


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_optional_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_limit(value: object) -> bool:
    return value is None or _is_count(value)


def _is_age(value: object) -> bool:
    return isinstance(value, timedelta) and value >= timedelta(0)


def _is_since(value: object) -> bool:
    return value is None or isinstance(value, datetime) or _is_age(value)


def _are_slugs(value: object) -> bool:
    return isinstance(value, Collection) and not isinstance(value, str) and all(map(_is_text, value))


_TEXT: Final = ("a str, or None", _is_optional_text)
# What messages say of the allowed values, and whether a value is allowed.
_REQUIREMENTS: Final[dict[str, tuple[str, Callable[[Any], bool]]]] = {
    "run_id": ("a str", _is_text),
    "steps": ("a list of slugs", _are_slugs),
    "flow": _TEXT,
    "step": _TEXT,
    "prefix": _TEXT,
    "before": _TEXT,
    "limit": ("a whole number of at least 0, or None", _is_limit),
    "offset": ("a whole number of at least 0", _is_count),
    "since": ("a datetime, a timedelta of at least 0, or None", _is_since),
    "older_than": ("a timedelta of at least 0, such as timedelta(days=30)", _is_age),
}
