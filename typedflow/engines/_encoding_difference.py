"""Where a value would come back as something else, and why: for the message of an error."""

from __future__ import annotations

import builtins
import dataclasses
from collections import defaultdict, deque
from datetime import datetime, time, timezone
from decimal import Decimal
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from pydantic import BaseModel
from pydantic_core import TzInfo, to_json

from typedflow._definition.assignable import plain
from typedflow._outputs import Outputs
from typedflow.context import StepInput
from typedflow.engines._encoding_schema import has_codec, packed
from typedflow.exceptions import CodecError
from typedflow.outputs import CompletedOutputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEEPEST: Final = 200
"""How deep a value in JSON may be nested. pydantic's parser refuses more."""
CONVERT: Final = "Declare the type that is meant, or convert the value"
_MISSING: Final = object()
_SCALARS: Final = {bool, bytes, int, str}
# What a handler may pass on as a dict: a step input, and the outputs of a run that it has started.
_DICTS: Final = {StepInput, Outputs, CompletedOutputs}
_SCALAR: Final = "Convert it to a number of Python's own with its item method"
_CODEC: Final = "Convert it to what its codec can encode"
_CLASS: Final = (
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
    kind = dict if type(given) in _DICTS else type(given)
    if kind is not type(restored):
        return Difference(path, _type_problem(given, restored), CONVERT if plain(given) is given else _SCALAR)
    if given is restored or (kind in _SCALARS and given == restored) or has_codec(kind):
        return None
    for step, part, other in _parts(given, restored):
        if (found := _of_part(part, other, path, step)) is not None:
            return found
    return None if _is_same(given, restored) else Difference(path, _problem(given, restored), CONVERT)


def unencodable(value: Any, path: str, around: tuple[Any, ...] = ()) -> Difference | None:
    """Return the first place of a value that has no JSON form; None if each part of it has one.

    Args:
        value: The value.
        path: What messages call it.
        around: What it is in, from the outside.
    """
    if len(around) > DEEPEST:
        return Difference(path, f"it is nested more than {DEEPEST} levels deep", "Make the value flatter")
    if any(value is each for each in around):
        return Difference(path, "it contains itself", "Leave the cycle out")
    if has_codec(type(value)):
        return codec_problem(value, path)
    parts = [(path + step, part) for step, part, _ in _parts(value, value)]
    if isinstance(value, dict):
        parts += [(f"the key {_key(key)} of {path}", key) for key in value if isinstance(key, str)]
    found = (unencodable(part, place, (*around, value)) for place, part in parts)
    return next(filter(None, found), None) if parts else _leaf(value, path)


def codec_problem(value: Any, path: str) -> Difference | None:
    """Return why an object cannot be encoded by its codec; None if it can be."""
    try:
        packed(value)
    except CodecError as error:
        return Difference(path, str(error).removesuffix("."), _CODEC)
    return None


def message_of(error: Mapping[str, Any]) -> str:
    """Return the message of one of the errors in an error of pydantic."""
    message: str = error["msg"]
    return message.removeprefix("Value error, ").removesuffix(".")


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


def _leaf(value: Any, path: str) -> Difference | None:
    if isinstance(value, bytes):
        return None
    try:
        to_json(value, inf_nan_mode="strings")
    except Exception as error:  # noqa: BLE001  a class of the user's may raise anything
        if isinstance(value, str):
            fix = "Declare bytes, and encode it, for example with os.fsencode"
            return Difference(path, "it has half of a surrogate pair, which UTF-8 does not have", fix)
        shown = f": {error}" if isinstance(value, BaseModel) or dataclasses.is_dataclass(value) else ""
        fix = _CLASS if plain(value) is value else _SCALAR
        return Difference(path, f"it is {_a(value)}, which has no JSON form{shown}", fix)
    is_long = isinstance(value, int) and abs(value) >= 10**4300
    problem = "it is a whole number of more than 4,300 digits, which Python does not read"
    return Difference(path, problem, "Declare bytes, and convert it with its to_bytes method") if is_long else None


def _of_part(part: Any, other: Any, path: str, step: str) -> Difference | None:
    if other is _MISSING:
        return Difference(path + step, "it would be lost", "Declare it, or leave it out")
    if part is _MISSING:
        return Difference(path, f"it would come back with {step}, which is {_shown(other)}", CONVERT)
    return difference(part, other, path + step)


def _type_problem(given: Any, restored: Any) -> str:
    if isinstance(given, float) and type(restored) is str and not isfinite(given):
        return f"it is {given}, a number that JSON does not have"
    return f"it is {_a(given)}, and would come back as {_a(restored)}"


def _problem(given: Any, restored: Any) -> str:
    lost = [key for key in given if type(key) is not str] if isinstance(given, dict) else []
    if lost:
        return f"it has the key {_shown(lost[0])}, and JSON has only strings as keys"
    before, after = _shown(given), _shown(restored)
    if before == after:
        return f"it is {before}, and would come back as another value that looks like this one"
    return f"it is {before}, and would come back as {after}"


def _parts(given: Any, restored: Any) -> Iterator[tuple[str, Any, Any]]:
    """Give the parts of two values of one class, with their places."""
    if isinstance(given, dict):
        yield from _items(given, restored)
    elif isinstance(given, list | tuple | deque):
        for index, part in enumerate(given):
            yield f"[{index}]", part, restored[index] if index < len(restored) else _MISSING
    elif isinstance(given, set | frozenset):
        items = {_typed(item): item for item in restored}
        for item in given:
            yield f"{{{_shown(item)}}}", item, items.get(_typed(item), _MISSING)
    elif isinstance(given, BaseModel):
        yield from _attributes(_held(given), _held(restored))
    elif dataclasses.is_dataclass(given) and not isinstance(given, type):
        yield from _attributes(_fields(given), _fields(restored))


def _items(given: dict[Any, Any], restored: dict[Any, Any]) -> Iterator[tuple[str, Any, Any]]:
    keys = {_typed(key): part for key, part in restored.items()}
    for key, part in given.items():
        if _typed(key) in keys:
            yield f"[{_key(key)}]", part, keys[_typed(key)]
        elif type(key) is str:
            yield f"[{_key(key)}]", part, _MISSING
    if len(given) <= len(restored) and {*map(type, given)} <= {str}:
        for key in restored.keys() - given.keys():
            yield f"[{_key(key)}]", _MISSING, restored[key]


def _typed(key: Any) -> tuple[type, object]:
    """Return by what keys differ. NaN is not equal to itself."""
    return type(key), key if key == key else repr(key)  # noqa: PLR0124  for NaN


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
    if isinstance(given, dict | list | tuple | deque | set | frozenset):
        return _container(given) == _container(restored)
    if isinstance(given, BaseModel) or dataclasses.is_dataclass(given):
        return True
    if isinstance(given, float | Decimal | complex):
        return repr(given) == repr(restored)
    if isinstance(given, datetime | time):
        return _moment(given) == _moment(restored)
    return _is_equal(given, restored)


def _container(value: Any) -> tuple[object, ...]:
    """Return what a container is apart from its parts."""
    keys = set(map(_typed, value)) if isinstance(value, dict) else ()
    return len(value), keys, value.default_factory if isinstance(value, defaultdict) else getattr(value, "maxlen", None)


def _moment(value: datetime | time) -> tuple[object, ...]:
    """Return what a time is. pydantic's own time zones, of times in JSON, come back as those of Python."""
    zone, offset = value.tzinfo, value.utcoffset()
    if isinstance(zone, TzInfo) and offset is not None:
        zone = timezone(offset)
    return value.replace(tzinfo=None), offset, value.fold, type(zone), str(zone)


def _is_equal(given: Any, restored: Any) -> bool:
    try:
        if given == restored:
            return True
    except Exception:  # noqa: BLE001  a class of the user's may raise anything
        return False
    has_equality: bool = type(given).__eq__ is not cast("Any", object).__eq__
    if has_equality or not hasattr(given, "__dict__"):
        return False
    return difference(vars(given), vars(restored), "") is None


def _key(key: object) -> str:
    if type(key) is not str:
        return _shown(key)
    quoted = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted:.80}"'


def _a(value: object) -> str:
    if value is None:
        return "None"
    kind = type(value)
    is_ambiguous = hasattr(builtins, kind.__name__) and kind.__module__ != "builtins"  # numpy has a bool, too
    name = f"{kind.__module__}.{kind.__name__}" if is_ambiguous else kind.__name__
    return f"{'an' if name[:1].lower() in {*'aeio'} else 'a'} {name}"


def _shown(value: object) -> str:
    try:
        return f"{value!r:.200}"
    except Exception:  # noqa: BLE001  a class of the user's may raise anything
        return _a(value)
