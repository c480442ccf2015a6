"""The schema by which values of a declared type are stored: pydantic's, changed so that they come back as they are."""

from __future__ import annotations

import base64
import json
from datetime import datetime, time
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, cast
from zoneinfo import ZoneInfo

from pydantic_core import core_schema

from typedflow import codecs
from typedflow._definition.assignable import PARTS
from typedflow._definition.stored_kinds import NATURAL, has_keys_in_json, is_simple_enum
from typedflow.codecs._registry import codec_of
from typedflow.exceptions import CodecError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic_core import CoreSchema

_WITH_PARTS: Final = {*PARTS, "arguments_schema"}
MARKER: Final = "typedflow.codec"
"""The key of an object in JSON that holds what a codec has made, as text in base 64 under `DATA`."""
DATA: Final = "data"
NOT_FINITE: Final = {"NaN", "Infinity", "-Infinity"}
"""The numbers that JSON does not have, as they are written."""
_KEPT_CONFIGURATION: Final = {"extra_fields_behavior", "regex_engine", "title"}
_DROPPED: Final = {"computed_fields", "custom_init", "serialization_alias", "validation_alias"}


def stored_schema(schema: CoreSchema, *, restores_objects: bool = False, sorts_pairs: bool = False) -> CoreSchema:
    """Return the schema by which values of a type are stored, made from pydantic's schema of the type.

    Args:
        schema: pydantic's schema of the declared type.
        restores_objects: Whether objects that a codec has encoded are restored also where the type says nothing. That
            takes a call for each value there, so it is done only for values that have such objects.
        sorts_pairs: Whether the pairs of a dict that is not an object in JSON have the same order for equal dicts.
    """
    return cast("CoreSchema", _Changed(restores_objects, sorts_pairs).schema(cast("dict[str, Any]", schema)))


def has_pairs(schema: Any) -> bool:
    """Return whether a schema has dicts that are not objects in JSON."""
    if isinstance(schema, list | tuple):
        return any(map(has_pairs, schema))
    if not isinstance(schema, dict):
        return False
    if schema.get("type") == "dict" and not has_keys_in_json(schema):
        return True
    is_part = isinstance(schema.get("type"), str)
    return any(has_pairs(value) for key, value in schema.items() if key in _WITH_PARTS or not is_part)


class _Changed:
    def __init__(self, restores_objects: bool, sorts_pairs: bool) -> None:  # noqa: FBT001  from the function above
        self._restores_objects = restores_objects
        self._write_pairs = _sorted_pairs if sorts_pairs else _pairs
        self._replaced: dict[str, Callable[[dict[str, Any]], Any]] = {
            "any": self._any,
            "bytes": lambda _: _BYTES,
            "call": self._call,
            "complex": lambda _: _COMPLEX,
            "date": lambda _: core_schema.date_schema(),
            "datetime": lambda _: _DATETIME,
            "decimal": lambda _: {"type": "decimal", "allow_inf_nan": True},
            "dict": self._dict,
            "enum": self._enum,
            "float": lambda _: _FLOAT,
            "frozenset": self._set,
            "generator": lambda schema: {"type": "list", "items_schema": self.schema(schema["items_schema"])},
            "int": lambda _: _INT,
            "is-instance": self._instance,
            "json-or-python": self._json_or_python,
            "literal": self._literal,
            "set": self._set,
            "str": lambda _: _STR,
            "tagged-union": self._tagged_union,
            "time": lambda _: _TIME,
            "timedelta": lambda _: core_schema.timedelta_schema(),
        }

    def schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        kind = schema["type"]
        if kind in {"dataclass", "model"} and has_codec(schema["cls"]):
            new = dict(_OBJECT)
        elif kind in self._replaced:
            new = dict(self._replaced[kind](schema))
        else:
            new = self._copied(schema)
        if "ref" in schema:
            new["ref"] = schema["ref"]
        return new

    def _copied(self, schema: dict[str, Any]) -> dict[str, Any]:
        new = {key: self._parts(value) if key in PARTS else value for key, value in schema.items()}
        for key in _DROPPED & new.keys():
            del new[key]
        if schema["type"] in NATURAL:
            new.pop("serialization", None)
        if "config" in new:
            new["config"] = {key: value for key, value in new["config"].items() if key in _KEPT_CONFIGURATION}
        return new

    def _parts(self, parts: Any) -> Any:
        if isinstance(parts, list | tuple):
            return type(parts)(map(self._parts, parts))
        if not isinstance(parts, dict):
            return parts
        if isinstance(parts.get("type"), str):
            return self.schema(parts)
        return {name: self.schema(part) for name, part in parts.items()}

    def _any(self, schema: dict[str, Any]) -> Any:
        skipped = schema.get("serialization", {}).get("schema")  # where SkipValidation keeps the schema that it skips
        if skipped is not None:
            return self.schema(skipped)
        return _ANY_OR_OBJECT if self._restores_objects else core_schema.any_schema()

    def _call(self, schema: dict[str, Any]) -> Any:
        """Return the schema of a named tuple: that of a tuple of its fields."""
        kind = schema["function"]
        fields = [self.schema(field["schema"]) for field in fields_of_named_tuple(schema)]
        plain = core_schema.tuple_schema(cast("list[CoreSchema]", fields))
        written = core_schema.plain_serializer_function_ser_schema(tuple, return_schema=plain)
        return core_schema.no_info_after_validator_function(lambda values: kind(*values), plain, serialization=written)

    def _instance(self, schema: dict[str, Any]) -> Any:
        return _OBJECT if has_codec(schema["cls"]) else self._any({})

    def _json_or_python(self, schema: dict[str, Any]) -> Any:
        inner = self.schema(schema["json_schema"])
        if inner["type"] == "list" or "serialization" not in schema:
            return inner
        return {**inner, "serialization": schema["serialization"]}

    def _enum(self, schema: dict[str, Any]) -> Any:
        return self._copied(schema) if is_simple_enum(schema) else _choice(schema["members"])

    def _literal(self, schema: dict[str, Any]) -> Any:
        has_members = any(isinstance(value, Enum) for value in schema["expected"])
        return _choice(schema["expected"]) if has_members else self._copied(schema)

    def _tagged_union(self, schema: dict[str, Any]) -> Any:
        new = self._copied(schema)
        if has_own_tags(schema):
            return new
        return core_schema.union_schema([*new["choices"].values()])

    def _set(self, schema: dict[str, Any]) -> Any:
        plain = self._copied(schema)
        plain.pop("ref", None)
        in_order = core_schema.wrap_serializer_function_ser_schema(_sorted, schema=cast("CoreSchema", plain))
        return {**plain, "serialization": in_order}

    def _dict(self, schema: dict[str, Any]) -> Any:
        if has_keys_in_json(schema):
            return {**self._copied(schema), "strict": True}
        parts = (self.schema(schema.get(name, {"type": "any"})) for name in ("keys_schema", "values_schema"))
        pairs = core_schema.list_schema(core_schema.tuple_schema(cast("list[CoreSchema]", list(parts))))
        if self._write_pairs is _sorted_pairs:
            written: Any = core_schema.wrap_serializer_function_ser_schema(_sorted_pairs, schema=pairs)
        else:
            written = core_schema.plain_serializer_function_ser_schema(_pairs, return_schema=pairs)
        return core_schema.no_info_after_validator_function(dict, pairs, serialization=written)


def fields_of_named_tuple(schema: dict[str, Any]) -> list[Any]:
    """Return the fields of a named tuple, which pydantic takes for the arguments of a call."""
    found: list[Any] = schema["arguments_schema"]["arguments_schema"]
    return found


def has_own_tags(schema: dict[str, Any]) -> bool:
    """Return whether the choices of a union are classes with one field that differs, under its own name."""
    name = schema["discriminator"]
    return isinstance(name, str) and all(
        choice["type"] in {"dataclass", "model"} and name in _field_names(choice["schema"])
        for choice in schema["choices"].values()
    )


def _field_names(schema: dict[str, Any]) -> set[str]:
    fields = schema.get("fields", {})
    return {field["name"] for field in fields} if isinstance(fields, list) else {*fields}


def has_codec(kind: Any) -> bool:
    """Return whether the objects of a class are encoded by a codec."""
    try:
        return codec_of(kind) is not None
    except CodecError:
        return False


def packed(value: object) -> dict[str, str]:
    """Return the JSON form of an object that has a codec.

    Raises:
        CodecError: It has none, or cannot be encoded.
    """
    name, data = codecs.encode(value)
    return {MARKER: name, DATA: _base64(data)}


def unpacked(form: Any) -> Any:
    """Return the object of such a form, and anything else as it is, with the objects within.

    Raises:
        CodecError: It cannot be decoded.
    """
    if isinstance(form, list):
        return list(map(unpacked, form))
    if not isinstance(form, dict):
        return form
    if form.keys() == {MARKER, DATA}:
        return codecs.decode(form[MARKER], _from_base64(form[DATA]))
    return {key: unpacked(value) for key, value in form.items()}


def _object(form: Any) -> Any:
    if not isinstance(form, dict) or form.keys() != {MARKER, DATA}:
        raise ValueError("it is not an object that a codec has encoded")
    return unpacked(form)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _not_finite(text: Any) -> float:
    if not isinstance(text, str) or text not in NOT_FINITE:
        raise ValueError("it is not a number")
    return float(text)


def _sorted(value: Any, serialize: Callable[[Any], Any]) -> list[Any]:
    """Return the items of a set in JSON, in an order that is the same for equal sets."""
    items: list[Any] = list(serialize(value))
    kinds = set(map(type, items))
    return sorted(items) if kinds in ({str}, {int}) else sorted(items, key=json.dumps)


def _choice(members: Sequence[Any]) -> CoreSchema:
    """Return the schema of the members of enums, by their names, and of other constants."""
    names = {each.name if isinstance(each, Enum) else each: each for each in members}

    def read(form: Any) -> Any:
        if form not in names:
            raise ValueError(f"it is not one of {', '.join(map(repr, names))}")
        return names[form]

    def write(value: Any) -> Any:
        return value.name if isinstance(value, Enum) else value

    written = core_schema.plain_serializer_function_ser_schema(write)
    return core_schema.no_info_plain_validator_function(read, serialization=written)


def _sorted_pairs(value: Any, serialize: Callable[[Any], Any]) -> list[Any]:
    return sorted(serialize(_pairs(value)), key=json.dumps)


def _pairs(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items())


def _isoformat(value: datetime | time) -> str:
    """Return a time in ISO 8601, with the name of its time zone as RFC 9557 adds it."""
    zone = getattr(value.tzinfo, "key", None) if isinstance(value.tzinfo, ZoneInfo) else None
    return value.isoformat() if zone is None else f"{value.isoformat()}[{zone}]"


def _datetime(text: Any) -> datetime:
    text, _, zone = _text(text).partition("[")
    found = datetime.fromisoformat(text)
    if not zone:
        return found
    local = found.replace(tzinfo=ZoneInfo(zone[:-1]))
    folded = local.replace(fold=1)
    if found.utcoffset() in {None, local.utcoffset()}:
        return local
    return folded if found.utcoffset() == folded.utcoffset() else found.astimezone(local.tzinfo)


def _time(text: Any) -> time:
    text, _, zone = _text(text).partition("[")
    found = time.fromisoformat(text)
    return found.replace(tzinfo=ZoneInfo(zone[:-1])) if zone else found


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("it is not a text")  # noqa: TRY004  pydantic reports a ValueError
    return value


_AS_IT_IS: Final = core_schema.simple_ser_schema("any")
_STRICT_INT: Final = core_schema.int_schema(strict=True)
_STRICT_BOOL: Final = core_schema.bool_schema(strict=True)
# A type checker accepts an int for a float, and a bool for both. They stay what they are, also in JSON.
_INT: Final = core_schema.union_schema([_STRICT_INT, _STRICT_BOOL], serialization=_AS_IT_IS)
_FLOAT: Final = core_schema.union_schema(
    [
        core_schema.float_schema(strict=True, allow_inf_nan=False),
        _STRICT_INT,
        _STRICT_BOOL,
        core_schema.no_info_plain_validator_function(_not_finite),
    ],
    serialization=_AS_IT_IS,
)
_COMPLEX: Final = core_schema.union_schema([*_FLOAT["choices"], core_schema.complex_schema()], serialization=_AS_IT_IS)
_STR: Final = core_schema.str_schema(strip_whitespace=False, to_lower=False, to_upper=False)
_BYTES: Final = core_schema.no_info_after_validator_function(
    _from_base64, core_schema.str_schema(), serialization=core_schema.plain_serializer_function_ser_schema(_base64)
)
_WRITTEN_TIME: Final = core_schema.plain_serializer_function_ser_schema(_isoformat)
_DATETIME: Final = core_schema.no_info_plain_validator_function(_datetime, serialization=_WRITTEN_TIME)
_TIME: Final = core_schema.no_info_plain_validator_function(_time, serialization=_WRITTEN_TIME)
_OBJECT: Final = core_schema.no_info_plain_validator_function(
    _object, serialization=core_schema.plain_serializer_function_ser_schema(packed)
)
_ANY_OR_OBJECT: Final = core_schema.no_info_after_validator_function(unpacked, core_schema.any_schema())
