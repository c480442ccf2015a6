"""The outputs of a run as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, from_json, to_json, to_jsonable_python

from typedflow._definition.validation import plain_or_error
from typedflow._text import in_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

# How deep a value is searched for the part that has no JSON form.
_DEEPEST: Final = 50


class _SameKeyError(ValueError):
    """Two keys of a dict, such as 1 and "1", have the same JSON form."""


def encode_outputs(outputs: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the outputs as indented JSON, without those that have no JSON form, and say why these have none.

    NaN and infinity become the strings ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``: JSON does not have these numbers,
    and null stands for a skipped step.
    """
    encoded, problems = [], []
    for slug, output in outputs.items():
        text, problem = encode_output(slug, output)
        if problem:
            problems.append(problem)
        else:
            encoded.append(f'  "{slug}": ' + text.rstrip("\n").replace("\n", "\n  "))
    return "{\n" + ",\n".join(encoded) + "\n}\n" if encoded else "{}\n", problems


def encode_output(slug: str, output: object) -> tuple[str, str]:
    """Return the output of a step as indented JSON, or nothing and why it has no JSON form."""
    try:
        return f"{_encoded(output)}\n", ""
    except Exception as error:  # noqa: BLE001  a class may have a serializer of its own, which may raise anything
        place, part = _without_json_form(output)
        what = f"its {place} is" if place else "it is"
        return "", (
            f'the output of step "{slug}" has no JSON form, so it is not printed: '
            f"{what} of type {type(part).__qualname__}: {_reason(error)}. {_advice(part)}"
        )


def _encoded(output: object) -> str:
    try:
        text = to_json(output, indent=2, inf_nan_mode="strings", fallback=plain_or_error).decode()
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        if "surrogates not allowed" not in str(error):
            raise
        # JSON has them as escape sequences, which `write_output` makes of them
        text = json.dumps(_plain(output), indent=2, ensure_ascii=False)
    json.loads(text, object_pairs_hook=_check_keys, parse_int=str, parse_float=str)
    return text


def _plain(value: object) -> Any:
    """Return the JSON form of a value with surrogates, which pydantic refuses in a text without a schema."""
    if type(value) is str:
        return value
    if isinstance(value, float):
        return from_json(to_json(value, inf_nan_mode="strings"))
    if isinstance(value, Mapping):
        return {_key(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return to_jsonable_python(value, inf_nan_mode="strings", fallback=plain_or_error)


def _key(key: object) -> str:
    if type(key) is str:
        return key
    (plain,) = to_jsonable_python({key: None})
    return str(plain)


def _check_keys(pairs: list[tuple[str, object]]) -> None:
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _SameKeyError(f"two keys of a dict have the same JSON form, {json.dumps(twice)}")


def _without_json_form(value: object) -> tuple[str, object]:
    """Return the innermost part of a value that has no JSON form, and where it is."""
    place, part = "", value
    for _ in range(_DEEPEST):
        inner = next(((where, each) for where, each in _parts(part) if not _has_json_form(each)), None)
        if inner is None:
            return place, part
        place, part = place + inner[0], inner[1]
    return "", value  # it contains itself, or is as deep as if it did


def _parts(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from ((f"[{_shown(key)}]", part) for key, part in value.items())
    elif isinstance(value, list | tuple):
        yield from ((f"[{index}]", part) for index, part in enumerate(value))
    elif isinstance(value, BaseModel):
        yield from ((f".{name}", getattr(value, name)) for name in type(value).model_fields)
    elif is_dataclass(value) and not isinstance(value, type):
        yield from ((f".{field.name}", getattr(value, field.name)) for field in fields(value))


def _shown(key: object) -> str:
    return json.dumps(key) if isinstance(key, str) else f"{key!r:.60}"


def _has_json_form(value: object) -> bool:
    try:
        _encoded(value)
    except Exception:  # noqa: BLE001  as above
        return False
    return True


def _advice(part: object) -> str:
    if isinstance(part, bytes | bytearray | memoryview):
        return "Return a text, such as base64 makes of bytes, or print other outputs with --output."
    return "Return a TypedDict, a dataclass, a pydantic model or plain data, or print other outputs with --output."


def _reason(error: Exception) -> str:
    text = in_one_line(error)
    if "Unable to serialize unknown type" in text:
        return "pydantic does not know this type"
    for prefix in ("PydanticSerializationError: ", "_SameKeyError: ", "Error serializing to JSON: ") * 2:
        text = text.removeprefix(prefix)
    return text.removesuffix(".")
