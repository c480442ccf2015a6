"""Where a value would come back as something else, and why: for the message of an error."""

from __future__ import annotations

import dataclasses
from collections import defaultdict, deque
from datetime import datetime, time, timezone
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic import BaseModel
from pydantic_core import TzInfo, to_json

from typedflow.context import StepInput
from typedflow.engines._encoding_schema import has_codec, packed
from typedflow.exceptions import CodecError
from typedflow.outputs import CompletedOutputs, Outputs

if TYPE_CHECKING:
    from collections.abc import Iterator

# pydantic's parser of JSON refuses more.
DEEPEST: Final = 200
_MISSING: Final = object()
_ZONES: Final = {TzInfo, timezone}
# What a handler may pass on as a dict: a step input, and the outputs of a run that it has started.
_DICTS: Final = {StepInput, Outputs, CompletedOutputs}
CONVERT: Final = "Declare the type that is meant, or convert the value"
_NO_CLASS: Final = (
    "Make it a TypedDict, a dataclass or a pydantic model, or register a codec for its class with "
    "typedflow.codecs.register"
)


class Difference(NamedTuple):
    """What cannot be stored.

    Attributes:
        path: Its place in the value.
        problem: What is wrong.
        fix: What to do.
    """

    path: str
    problem: str
    fix: str


def difference(given: Any, restored: Any, path: str) -> Difference | None:
    """Return the first place where a value has come back as something else; None if it is the same.

    Args:
        given: The value.
        restored: What came back.
        path: What messages call the value.
    """
    if given is restored:
        return None
    kind = dict if type(given) in _DICTS else type(given)
    if kind is not type(restored):
        return Difference(path, f"it is {_a(given)}, and would come back as {_a(restored)}", CONVERT)
    for step, part, other in _parts(given, restored):
        place = path + step
        if other is _MISSING:
            return Difference(place, "it would be lost", "Declare it, or leave it out")
        if part is _MISSING:
            return Difference(path, f"it would come back with {step}, {_shown(other)}", CONVERT)
        if (found := difference(part, other, place)) is not None:
            return found
    if not _is_same(given, restored):
        return Difference(path, f"it is {_shown(given)}, and would come back as {_shown(restored)}", CONVERT)
    return None


def unencodable(value: Any, path: str) -> Difference | None:
    """Return the first place of a value that has no JSON form; None if each part of it has one."""
    return _unencodable(value, path, ())


def place_of(value: Any, location: tuple[int | str, ...], path: str) -> str:
    """Return the path of a place that an error of pydantic names."""
    for part in location:
        if isinstance(value, dict) and part in value:
            path, value = f"{path}[{_key(part)}]", value[part]
        elif isinstance(value, list | tuple) and isinstance(part, int) and part < len(value):
            path, value = f"{path}[{part}]", value[part]
        elif isinstance(part, str) and not isinstance(value, dict) and hasattr(value, part):
            path, value = f"{path}.{part}", getattr(value, part)
    return path


def _unencodable(value: Any, path: str, around: tuple[Any, ...]) -> Difference | None:
    if len(around) > DEEPEST:
        return Difference(path, f"it is nested more than {DEEPEST} levels deep", "Make the value flatter")
    if any(value is each for each in around):
        return Difference(path, "it contains itself", "Leave the cycle out")
    if has_codec(type(value)):
        try:
            packed(value)
        except CodecError as error:
            return Difference(path, str(error).removesuffix("."), "Convert it to what its codec can encode")
        return None
    is_container = False
    for step, part, _ in _parts(value, value):
        is_container = True
        if (found := _unencodable(part, path + step, (*around, value))) is not None:
            return found
    if isinstance(value, dict):
        is_container = True
        for key in value:
            if isinstance(key, str) and (found := _unencodable(key, f"the key {_key(key)} of {path}", ())) is not None:
                return found
    return None if is_container else _leaf(value, path)


def _leaf(value: Any, path: str) -> Difference | None:
    if isinstance(value, bytes):
        return None
    try:
        to_json(value, inf_nan_mode="strings")
    except UnicodeEncodeError:
        pass
    except Exception as error:  # noqa: BLE001  a class of the user's may raise anything
        if not isinstance(value, str):
            problem = f"it is {_a(value)}, which has no JSON form"
            if isinstance(value, int):
                return Difference(path, "it is a whole number of too many digits for JSON", "Make it a str")
            if isinstance(value, BaseModel) or dataclasses.is_dataclass(value):
                return Difference(path, f"{problem}: {error}", _NO_CLASS)
            return Difference(path, problem, _NO_CLASS)
    else:
        return None
    fix = "Encode it with os.fsencode or as bytes, and declare bytes"
    return Difference(path, "it has half of a surrogate pair, which UTF-8 does not have", fix)


def _parts(given: Any, restored: Any) -> Iterator[tuple[str, Any, Any]]:
    """Give the parts of two values of one class, with their places."""
    if isinstance(given, dict):
        keys = {key: key for key in restored}
        for key, part in given.items():
            found = keys.get(key, _MISSING)
            if found is not _MISSING and type(found) is not type(key):
                found = _MISSING
            yield f"[{_key(key)}]", part, _MISSING if found is _MISSING else restored[found]
        for key in restored:
            if key not in given:
                yield f"[{_key(key)}]", _MISSING, restored[key]
    elif isinstance(given, list | tuple | deque):
        for index, part in enumerate(given):
            yield f"[{index}]", part, restored[index] if index < len(restored) else _MISSING
    elif isinstance(given, set | frozenset):
        items = {item: item for item in restored}
        for item in given:
            yield f"{{{_shown(item)}}}", item, items.get(item, _MISSING)
    elif isinstance(given, BaseModel):
        yield from _attributes(_held(given), _held(restored))
    elif dataclasses.is_dataclass(given) and not isinstance(given, type):
        yield from _attributes(_fields(given), _fields(restored))


def _attributes(given: dict[str, Any], restored: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name in {**given, **restored}:
        yield f".{name}", given.get(name, _MISSING), restored.get(name, _MISSING)


def _held(model: BaseModel) -> dict[str, Any]:
    fields = {name: value for name, value in model.__dict__.items() if name in type(model).model_fields}
    return {**fields, **(model.__pydantic_extra__ or {}), **(model.__pydantic_private__ or {})}


def _fields(instance: Any) -> dict[str, Any]:
    kind = type(instance)
    found = {field.name: getattr(instance, field.name, _MISSING) for field in dataclasses.fields(instance)}
    others = getattr(instance, "__dict__", {}).items()
    cached = {name for name, _ in others if isinstance(getattr(kind, name, None), cached_property)}
    return {**found, **{name: value for name, value in others if name not in cached}}


def _is_same(given: Any, restored: Any) -> bool:
    """Return whether two values of one class, whose parts are the same, are the same themselves."""
    if isinstance(given, defaultdict):
        return given.default_factory is restored.default_factory
    if isinstance(given, deque):
        return given.maxlen == restored.maxlen and len(given) == len(restored)
    if isinstance(given, dict | set | frozenset | BaseModel):
        return len(given) == len(restored) if isinstance(given, dict | set | frozenset) else True
    if isinstance(given, list | tuple):
        return len(given) == len(restored)
    if dataclasses.is_dataclass(given) or has_codec(type(given)):
        return True
    if isinstance(given, float | Decimal | complex):
        return repr(given) == repr(restored)
    if isinstance(given, datetime | time):
        return _moment(given) == _moment(restored)
    try:
        if bool(given == restored):
            return True
    except Exception:  # noqa: BLE001  a class of the user's may raise anything
        return False
    has_no_equality = type(given).__eq__ is object.__eq__
    return has_no_equality and hasattr(given, "__dict__") and difference(vars(given), vars(restored), "") is None


def _moment(value: datetime | time) -> tuple[object, ...]:
    zone = value.tzinfo
    # pydantic's own time zones, of times that it has read from JSON, come back as those of Python.
    named = "fixed" if type(zone) in _ZONES and value.tzname() == timezone(value.utcoffset()).tzname(None) else zone  # type: ignore[arg-type]
    return value.replace(tzinfo=None), value.utcoffset(), value.fold, named


def _key(key: object) -> str:
    if type(key) is str:
        quote = key.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quote[:80]}"'
    return _shown(key)


def _a(value: object) -> str:
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in {*'aeio'} else 'a'} {name}"


def _shown(value: object) -> str:
    try:
        return f"{value!r:.200}"
    except Exception:  # noqa: BLE001  a class of the user's may raise anything
        return _a(value)
