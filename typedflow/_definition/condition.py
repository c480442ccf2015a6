"""Whether a JSON value contains a pattern, by the rules of Postgres' ``@>`` on jsonb.

- An object contains a pattern if it has all of the pattern's keys, and each of its values contains the pattern's value.
- An array contains a pattern if each item of the pattern is contained in some item of the array. Order and number of
  occurrences do not matter.
- A string, a number, a boolean or null contains only what is equal to it. ``1`` equals ``1.0`` but not ``true``.
- At the top level, an array also contains a string, a number, a boolean or null that is one of its items.

See https://www.postgresql.org/docs/current/datatype-json.html#JSON-CONTAINMENT.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from pydantic_core import to_json

from typedflow._text import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

_ARRAY: Final = (list, tuple)
_CONTAINER: Final = (list, tuple, dict)
_WITH_JSON_FORM: Final = (Enum, dt.date, dt.time, dt.timedelta, Decimal, UUID, PurePath)
# Far below the depth that Python's stack allows.
_MAX_DEPTH: Final = 100
# Python and pydantic read no more digits than this.
_MAX_DIGITS: Final = 4300
_TOO_LARGE: Final = pow(10, _MAX_DIGITS)  # a call of pow: mypy 1.15 cannot cache the constant 10**4300
# From here on, the decimal text of a float may stand for another whole number than the float holds: 1e23 does.
_EXACT: Final = 2.0**53


def contains(value: object, pattern: object) -> bool:
    """Return whether a JSON value contains a pattern that `checked_pattern` has returned."""
    if isinstance(value, _ARRAY) and not isinstance(pattern, _CONTAINER):
        pattern = (pattern,)
    return _contains(value, pattern)


def checked_pattern(name: str, pattern: object) -> Any:
    """Return a copy of a pattern, so that later changes of the original have no effect.

    Args:
        name: Name of the option, for messages: ``if_`` or ``if_not``.
        pattern: The pattern.

    Raises:
        TypeError: The pattern is not a JSON value. The message begins with the place, such as ``if_["a"][2]``.
        ValueError: jsonb cannot hold the pattern. The message begins with the place.
    """
    return _copied(pattern, name, 1)


def tested_by(name: str, pattern: Any, depends_on: tuple[str, ...]) -> Any:
    """Return the pattern for what a step tests: a root step its flow input, another one a dict of its step input.

    ``{"run": ...}`` means the flow input in both, so that a step keeps its condition when it gets a dependency.

    Args:
        name: Name of the option, for messages.
        pattern: What `checked_pattern` has returned.
        depends_on: The dependencies of the step.

    Raises:
        ValueError: The pattern has a key that the step does not test. The message says what to do.
    """
    if not depends_on:
        if not isinstance(pattern, dict) or "run" not in pattern:
            return pattern
        if len(pattern) > 1:
            others = quoted([key for key in pattern if key != "run"])
            raise ValueError(
                f'{name} tests "run", the flow input, and {others} beside it. A step without dependencies tests '
                f'nothing else. Move the other keys into the value of "run".'
            )
        return pattern["run"]
    declared = f'Its keys are the dependencies of the step, {quoted(depends_on)}, and "run" for the flow input.'
    if not isinstance(pattern, dict):
        raise TypeError(f"{name} must be a dict. {declared}")
    unknown = next((key for key in pattern if key != "run" and key not in depends_on), None)
    if unknown is not None:
        raise ValueError(f'{name} tests "{unknown}", which the step does not depend on. {declared}')
    return pattern


def _contains(value: object, pattern: object) -> bool:
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            key in value and _contains(value[key], wanted) for key, wanted in pattern.items()
        )
    if isinstance(pattern, _ARRAY):
        return isinstance(value, _ARRAY) and _array_contains(value, pattern)
    return not isinstance(value, _CONTAINER) and _comparable(value) == _comparable(pattern)


def _array_contains(array: Sequence[object], pattern: Sequence[object]) -> bool:
    wanted = {_comparable(item) for item in pattern if not isinstance(item, _CONTAINER)}
    if wanted and not wanted <= {_comparable(item) for item in array if not isinstance(item, _CONTAINER)}:
        return False
    for container in pattern:
        if isinstance(container, _CONTAINER) and not any(_contains(item, container) for item in array):
            return False
    return True


def _comparable(scalar: object) -> object:
    """Return a value that Python compares as Postgres does: numbers as decimals, and a boolean is not a number."""
    if isinstance(scalar, float):
        exact = -_EXACT < scalar < _EXACT or not math.isfinite(scalar)
        return scalar if exact else int(Decimal(repr(scalar)))
    return (scalar,) if isinstance(scalar, bool) else scalar


def _json_form(value: object) -> str | None:
    """Return the JSON text of a value that is one scalar in JSON, such as a date or a member of an enum."""
    return to_json(value).decode() if isinstance(value, _WITH_JSON_FORM) else None


def _copied(pattern: object, place: str, depth: int) -> Any:
    if pattern is None or isinstance(pattern, bool):
        return pattern
    if isinstance(pattern, str):
        return _copied_text(pattern, place)
    if isinstance(pattern, int | float):
        return _copied_number(pattern, place)
    if not isinstance(pattern, _CONTAINER):
        advice = "Use a dict, a list, a string, a number, a boolean or None."
        form = _json_form(pattern)
        if form is not None:
            raise TypeError(f"{place} is a {type(pattern).__name__}, which is not JSON. Write its JSON form, {form}.")
        raise TypeError(f"{place} is a {type(pattern).__name__}, which has no JSON form. {advice}")
    if depth > _MAX_DEPTH:
        name = place.partition("[")[0]
        raise ValueError(f"{name} is nested more than {_MAX_DEPTH} levels deep. Test less of the value.")
    if not isinstance(pattern, dict):
        return [_copied(item, f"{place}[{index}]", depth + 1) for index, item in enumerate(pattern)]
    copy = {}
    for key, value in pattern.items():
        if not isinstance(key, str):
            raise TypeError(f"{place} has the key {key!r:.80}, but keys in JSON are strings. Use a string.")
        own = _copied_text(key, f"a key of {place}")
        copy[own] = _copied(value, f"{place}[{json.dumps(own, ensure_ascii=not own.isprintable())}]", depth + 1)
    return copy


def _copied_number(number: float, place: str) -> float:
    if isinstance(number, int):
        if not -_TOO_LARGE < number < _TOO_LARGE:
            raise ValueError(f"{place} has more than {_MAX_DIGITS:,} digits. Use a smaller number.")
        return int(number)
    if not math.isfinite(number):
        found = "NaN" if math.isnan(number) else "infinite"
        raise ValueError(f"{place} is {found}, which JSON cannot represent: it becomes null. Write None.")
    return float(number)


def _copied_text(text: str, place: str) -> str:
    wrong = next((character for character in text if character == "\0" or "\ud800" <= character <= "\udfff"), None)
    if wrong is not None:
        raise ValueError(f"{place} has the character {wrong!a}, which jsonb cannot hold. Remove it.")
    return str.__str__(text)
