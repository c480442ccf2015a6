"""Proves that a value comes back from JSON as it is, without decoding it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Flag
from math import isfinite
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from uuid import UUID

from typedflow._definition.stored_kinds import has_keys_in_json, is_simple_enum
from typedflow.engines._encoding_schema import NOT_FINITE, has_codec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pydantic_core import CoreSchema

Proof: TypeAlias = "frozenset[type] | Callable[[Any], bool] | None"
"""What proves it: that the value is of exactly one of these classes, or a function; None if nothing does."""

# By pydantic's schema: the classes whose instances come back as they are where the schema says so.
_SCALARS: Final = {
    "bool": frozenset({bool}),
    "bytes": frozenset({bytes}),
    "date": frozenset({dt.date}),
    "decimal": frozenset({Decimal}),
    "float": frozenset({float, int, bool}),
    "int": frozenset({int, bool}),
    "none": frozenset({NoneType}),
    "str": frozenset({str}),
    "timedelta": frozenset({dt.timedelta}),
    "uuid": frozenset({UUID}),
}
_IN_JSON: Final = frozenset({str, int, bool, NoneType})
_TEXT: Final = frozenset({str})
# How deep a value may be nested where its type says nothing. A deeper one is decoded: JSON's limit is at 200.
_LEVELS: Final = 100
_OF_CLASSES: Final = {"dataclass", "is-instance", "model"}


def proof(schema: CoreSchema) -> Proof:
    """Return what proves that a value of a type comes back as it is; None if each has to be decoded and compared."""
    return _Proofs().of(schema)


def is_plain(value: Any, levels: int = _LEVELS) -> bool:
    """Return whether a value is what JSON gives back, at every depth."""
    kind = type(value)
    if kind is float:
        return isfinite(value)
    if kind is dict and _TEXT.issuperset(map(type, value)):
        return _are_plain(value.values(), levels)
    return kind in _IN_JSON or (kind is list and _are_plain(value, levels))


def _are_plain(values: Collection[Any], levels: int) -> bool:
    kinds = set(map(type, values))
    if kinds <= _IN_JSON:
        return True
    if kinds == {float}:
        return all(map(isfinite, values))
    return levels > 0 and all(is_plain(value, levels - 1) for value in values)


class _Proofs:
    def __init__(self) -> None:
        self._known: dict[str, Any] = {}
        self._open: set[str] = set()

    def of(self, schema: Any) -> Proof:
        kind = schema["type"]
        if kind in _SCALARS:
            return _SCALARS[kind]
        if kind in _OF_CLASSES and has_codec(schema["cls"]):
            return frozenset({schema["cls"]})  # a codec promises it
        method: Callable[[Any], Proof] | None = getattr(self, "_" + kind.replace("-", "_"), None)
        return None if method is None else method(schema)

    def _any(self, schema: Any) -> Proof:
        return None if "serialization" in schema else is_plain

    def _datetime(self, _: Any) -> Proof:
        return _is_plain_datetime

    def _default(self, schema: Any) -> Proof:
        return self.of(schema["schema"])

    def _definitions(self, schema: Any) -> Proof:
        self._known |= {each["ref"]: each for each in schema["definitions"]}
        return self.of(schema["schema"])

    def _definition_ref(self, schema: Any) -> Proof:
        ref = schema["schema_ref"]
        if ref in self._open or ref not in self._known:  # recursive: such a value may be too deep for JSON
            return None
        self._open.add(ref)
        found = self.of(self._known[ref])
        self._open.remove(ref)
        return found

    def _nullable(self, schema: Any) -> Proof:
        inner = self.of(schema["schema"])
        if inner is None or isinstance(inner, frozenset):
            return inner and inner | {NoneType}
        return lambda value: value is None or inner(value)

    def _literal(self, schema: Any) -> Proof:
        expected = {(type(value), value) for value in schema["expected"]}
        if not {kind for kind, _ in expected} <= _IN_JSON:
            return None
        return lambda value: (type(value), value) in expected

    def _enum(self, schema: Any) -> Proof:
        is_certain = is_simple_enum(schema) and not issubclass(schema["cls"], Flag)
        return frozenset({schema["cls"]}) if is_certain else None

    def _union(self, schema: Any) -> Proof:
        kinds: set[type] = set()
        for choice in schema["choices"]:
            part = choice[0] if isinstance(choice, tuple) else choice
            if part["type"] not in {"bool", "float", "int", "none", "str"}:
                return None
            kinds |= _SCALARS[part["type"]]
        if {str, float} <= kinds:  # the text "NaN" may come back as the number
            return lambda value: type(value) in kinds and value not in NOT_FINITE
        return frozenset(kinds)

    def _list(self, schema: Any) -> Proof:
        return _of_items(list, self._part(schema, "items_schema"))

    def _set(self, schema: Any) -> Proof:
        return _of_items(set, self._part(schema, "items_schema"))

    def _frozenset(self, schema: Any) -> Proof:
        return _of_items(frozenset, self._part(schema, "items_schema"))

    def _tuple(self, schema: Any) -> Proof:
        parts = [self.of(part) for part in schema["items_schema"]]
        if schema.get("variadic_item_index") == 0 and len(parts) == 1:
            return _of_items(tuple, parts[0])
        if "variadic_item_index" in schema or None in parts:
            return None
        checks = [_function(part) for part in parts]
        return lambda value: (
            type(value) is tuple
            and len(value) == len(checks)
            and all(check(item) for check, item in zip(checks, value, strict=True))
        )

    def _dict(self, schema: Any) -> Proof:
        in_json = has_keys_in_json(schema)
        keys, values = _TEXT if in_json else self._part(schema, "keys_schema"), self._part(schema, "values_schema")
        if keys is None or values is None:
            return None
        are_keys, are_values = _all(keys), _all(values)
        return lambda value: type(value) is dict and are_keys(value) and are_values(value.values())

    def _typed_dict(self, schema: Any) -> Proof:
        checks = self._fields(schema["fields"].items())
        if checks is None or schema.get("extra_behavior", "ignore") == "allow" or "extras_schema" in schema:
            return None

        def check(value: Any) -> bool:
            return type(value) is dict and all(key in checks and checks[key](item) for key, item in value.items())

        return check

    def _dataclass(self, schema: Any) -> Proof:
        arguments = schema["schema"]
        if arguments["type"] != "dataclass-args" or not _is_simple(schema):
            return None
        fields = arguments["fields"]
        if any(field.get("init_only") or not field.get("init", True) for field in fields):
            return None
        checks = self._fields((field["name"], field) for field in fields)
        if checks is None or set(checks) != set(schema["fields"]):
            return None
        return _of_attributes(schema["cls"], checks)

    def _model(self, schema: Any) -> Proof:
        fields = schema["schema"]
        if fields["type"] != "model-fields" or not _is_simple(schema):
            return None
        checks = self._fields(fields["fields"].items())
        return None if checks is None else _of_model(schema["cls"], checks)

    def _json_or_python(self, schema: Any) -> Proof:
        inner = schema["json_schema"]
        return self.of(inner) if inner["type"] == "list" else None

    def _part(self, schema: Any, name: str) -> Proof:
        return self.of(schema[name]) if name in schema else is_plain

    def _fields(self, fields: Any) -> dict[str, Callable[[Any], bool]] | None:
        checks = {}
        for name, field in fields:
            part = None if "serialization_exclude" in field else self.of(field["schema"])
            if part is None:
                return None
            checks[name] = _function(part)
        return checks


def _is_simple(schema: Any) -> bool:
    """Return whether objects of a class are made of their fields only."""
    return not any(schema.get(key) for key in ("custom_init", "post_init", "root_model"))


def _of_items(kind: type, part: Proof) -> Proof:
    if part is None:
        return None
    are_items = _all(part)
    return lambda value: type(value) is kind and are_items(value)


def _of_attributes(kind: type, checks: dict[str, Callable[[Any], bool]]) -> Proof:
    def check(value: Any) -> bool:
        if type(value) is not kind or len(getattr(value, "__dict__", ())) not in {0, len(checks)}:
            return False
        return all(is_exact(getattr(value, name)) for name, is_exact in checks.items())

    return check


def _of_model(kind: type, checks: dict[str, Callable[[Any], bool]]) -> Proof:
    def check(value: Any) -> bool:
        if type(value) is not kind or value.__pydantic_extra__ is not None or value.__pydantic_private__ is not None:
            return False
        values = value.__dict__
        return len(values) == len(checks) and all(is_exact(values[name]) for name, is_exact in checks.items())

    return check


def _function(part: frozenset[type] | Callable[[Any], bool]) -> Callable[[Any], bool]:
    return (lambda value: type(value) in part) if isinstance(part, frozenset) else part


def _all(part: frozenset[type] | Callable[[Any], bool]) -> Callable[[Any], bool]:
    if isinstance(part, frozenset):
        return lambda values: part.issuperset(map(type, values))
    return lambda values: all(map(part, values))


def _is_plain_datetime(value: Any) -> bool:
    if type(value) is not dt.datetime or value.fold:
        return False
    return value.tzinfo is None or value.tzinfo is dt.UTC
