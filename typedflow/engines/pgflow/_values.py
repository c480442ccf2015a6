"""How values stand in pgflow's tables, which have jsonb: outputs, and marks in their place."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from typedflow.stores import StoredError, StoredValue

if TYPE_CHECKING:
    from typedflow.event import SkipReason

MARK: Final = "$typedflow"
"""The only key of an object in the place of an output that is not what it seems."""
_NUL: Final = "\\u0000"
# jsonb writes 1e300 with 301 digits, and then it is read as an int.
_EXPONENT: Final = re.compile(r"\d[eE]")


class Skipped(NamedTuple):
    """Stands for the output of a step that a worker has skipped.

    Attributes:
        reason: Why it was skipped.
        is_cascade: Whether its dependents are skipped with it.
        error: The exception, if it was skipped because it had failed.
    """

    reason: SkipReason
    is_cascade: bool
    error: StoredError | None = None


class FailedItem(NamedTuple):
    """Stands for the output of an item that is None, because it has used up its attempts.

    Attributes:
        error: The exception.
    """

    error: StoredError | None


Stored: TypeAlias = StoredValue | Skipped | FailedItem


class UnstorableInPostgresError(ValueError):
    """jsonb cannot store a value. The message says why, and what to do."""


def to_jsonb(stored: Stored) -> str:
    """Return the JSON text of an output, or of what stands in its place.

    Raises:
        UnstorableInPostgresError: jsonb cannot store it, or it looks like a mark.
    """
    if isinstance(stored, Skipped):
        skipped = {"skipped": stored.reason, "cascade": stored.is_cascade, "error": stored.error}
        return json.dumps({MARK: skipped})
    if isinstance(stored, FailedItem):
        return json.dumps({MARK: {"failed": stored.error}})
    data, codec = stored
    if isinstance(data, bytes):
        return json.dumps({MARK: {"codec": codec, "data": b64encode(data).decode()}})
    if _NUL in data and any(_NUL in part for part in data.split("\\\\")):
        raise UnstorableInPostgresError(
            "Postgres cannot store the character NUL in JSON. Remove it, or encode the text."
        )
    if MARK in data and _may_be_taken_for_a_mark(json.loads(data)):
        raise UnstorableInPostgresError(f'an object with the key "{MARK}" has a meaning of its own. Rename the key.')
    return _in_digits(data)


def written_again(value: object) -> str:
    """Return the JSON text of an object of JSON that came from the database, to be stored once more as it is."""
    return _in_digits(json.dumps(value))


def from_jsonb(value: object) -> Stored:
    """Return what an object of JSON, as it came from the database, stands for."""
    if not _is_mark(value):
        return StoredValue(json.dumps(value))
    mark: Any = value[MARK]  # type: ignore[index]  # it is a mark
    if "skipped" in mark:
        return Skipped(mark["skipped"], mark["cascade"], _error(mark["error"]))
    if "failed" in mark:
        return FailedItem(_error(mark["failed"]))
    return StoredValue(b64decode(mark["data"]), mark["codec"])


def _may_be_taken_for_a_mark(value: object) -> bool:
    """Whether a value would be one, or contains one as an item: a map hands these over one by one."""
    return any(isinstance(each, dict) and MARK in each for each in (value if isinstance(value, list) else [value]))


def _is_mark(value: object) -> bool:
    return isinstance(value, dict) and len(value) == 1 and MARK in value and isinstance(value[MARK], dict)


def _error(fields: list[Any] | None) -> StoredError | None:
    return None if fields is None else StoredError(fields[0], fields[1], tuple(fields[2]), fields[3])


# A string, which stays as it is, or a number.
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?')


def _in_digits(data: str) -> str:
    """Write the numbers of a JSON text as jsonb does, but so that a float stays one: in digits, with a point.

    jsonb has no negative zero.
    """
    return _TOKEN.sub(_without_exponent, data) if _EXPONENT.search(data) else data


def _without_exponent(token: re.Match[str]) -> str:
    text = token.group()
    if text.startswith('"') or not _EXPONENT.search(text):
        return text
    number = Decimal(text)
    digits = f"{abs(number) if number.is_zero() else number:f}"
    return digits if "." in digits else f"{digits}.0"
