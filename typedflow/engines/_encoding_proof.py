"""Proves that a value comes back from JSON as it is, without decoding it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Flag
from itertools import chain
from math import isfinite
from operator import attrgetter, itemgetter
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from uuid import UUID

from typedflow._definition.stored_kinds import has_keys_in_json, is_simple_enum
from typedflow.engines._encoding_schema import NOT_FINITE, fields_of_named_tuple, has_codec, has_own_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pydantic_core import CoreSchema

# Whether all of some values of one type come back as they are. They may be nested so many levels deep. All values at
# one place in a type are looked at together, column by column: `map` and `set` ask a hundred thousand of them for
# their classes in two milliseconds. A function that is called for each value was tried instead, and took ten times as
# long as writing the JSON. tests/unit/engines/test_encoding_proof.py shows that both say the same.
Check: TypeAlias = "Callable[[Sequence[Any], int], bool]"
Proof: TypeAlias = "frozenset[type] | Check | None"
"""What proves it: that each value is of exactly one of these classes, or a function; None if nothing does."""

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
_EXCLUDED: Final = {"serialization_exclude", "serialization_exclude_if"}
# What the values of these schemas are in JSON.
_FORMS: Final = {
    **dict.fromkeys(("dataclass", "dict", "model", "typed-dict"), "object"),
    **dict.fromkeys(("frozenset", "list", "set", "tuple"), "array"),
}
_BUILT_IN: Final = {"dict": dict, "frozenset": frozenset, "list": list, "set": set, "tuple": tuple, "typed-dict": dict}
_CHOICES: Final = {"bool", "float", "int", "none", "str"}
_IN_JSON: Final = frozenset({str, int, bool, NoneType})
_CONTAINERS: Final = frozenset({dict, list})
_PLAIN: Final = _IN_JSON | _CONTAINERS | {float}
_TEXT: Final = frozenset({str})
_DICT: Final = frozenset({dict})
_DATETIME: Final = frozenset({dt.datetime})
_OF_CLASSES: Final = {"dataclass", "is-instance", "model"}
# How deep a value may be nested. A deeper one is decoded: JSON's limit is at 200.
_LEVELS: Final = 100
_ZONES: Final = frozenset({None, dt.UTC})
_zone, _fold = attrgetter("tzinfo"), attrgetter("fold")
_extra, _private, _attributes = (
    attrgetter("__pydantic_extra__"),
    attrgetter("__pydantic_private__"),
    attrgetter("__dict__"),
)


def proof(schema: CoreSchema) -> Callable[[Any], bool]:
    """Return a function that says whether a value of a type is known to come back as it is."""
    found = _Proofs().of(schema)
    if found is None:
        return lambda _: False
    if isinstance(found, frozenset):
        return lambda value: type(value) in found

    def is_proven(value: Any) -> bool:
        try:
            return found((value,), _LEVELS)
        except (AttributeError, KeyError):  # an object that its class did not make
            return False

    return is_proven


class _Proofs:
    def __init__(self) -> None:
        self._known: dict[str, Any] = {}
        self._proofs: dict[str, Proof] = {}

    def of(self, schema: Any) -> Proof:
        kind = schema["type"]
        if kind in _SCALARS:
            return _SCALARS[kind]
        if kind in _OF_CLASSES and has_codec(schema["cls"]):
            return frozenset({schema["cls"]})  # a codec promises it
        method: Callable[[Any], Proof] | None = getattr(self, "_" + kind.replace("-", "_"), None)
        return None if method is None else method(schema)

    def _any(self, schema: Any) -> Proof:
        return None if "serialization" in schema else _are_plain

    def _datetime(self, _: Any) -> Proof:
        return _are_plain_datetimes

    def _default(self, schema: Any) -> Proof:
        return self.of(schema["schema"])

    def _definitions(self, schema: Any) -> Proof:
        self._known |= {each["ref"]: each for each in schema["definitions"]}
        return self.of(schema["schema"])

    def _definition_ref(self, schema: Any) -> Proof:
        ref = schema["schema_ref"]
        if ref not in self._proofs:
            # A type that contains itself: this proves it where the type is met again.
            self._proofs[ref] = lambda values, levels: not values or (levels > 0 and again(values, levels))
            found = self.of(self._known[ref]) if ref in self._known else None
            again = _never if found is None else _check(found)
            self._proofs[ref] = found
        return self._proofs[ref]

    def _nullable(self, schema: Any) -> Proof:
        inner = self.of(schema["schema"])
        if inner is None or isinstance(inner, frozenset):
            return inner and inner | {NoneType}
        return lambda values, levels: inner([value for value in values if value is not None], levels)

    def _literal(self, schema: Any) -> Proof:
        expected = {(type(value), value) for value in schema["expected"]}
        kinds = {kind for kind, _ in expected}
        if not kinds <= _IN_JSON:
            return None
        return lambda values, _: (
            kinds.issuperset(map(type, values)) and expected.issuperset(zip(map(type, values), values, strict=True))
        )

    def _enum(self, schema: Any) -> Proof:
        is_certain = is_simple_enum(schema) and not issubclass(schema["cls"], Flag)
        return frozenset({schema["cls"]}) if is_certain else None

    def _union(self, schema: Any) -> Proof:
        parts = [choice[0] if isinstance(choice, tuple) else choice for choice in schema["choices"]]
        kinds = frozenset[type]().union(*(_SCALARS[part["type"]] for part in parts if part["type"] in _CHOICES))
        others = [part for part in parts if part["type"] not in _CHOICES]
        checks: dict[type, Check] = dict.fromkeys(kinds, _always)
        if {str, float} <= kinds:  # the text "NaN" may come back as the number
            checks[str] = lambda values, _: NOT_FINITE.isdisjoint(values)
        elif not others:
            return kinds
        forms = [_FORMS.get(part["type"]) for part in others]
        if None in forms or len({*forms}) < len(forms):  # JSON does not say which it is
            return None
        for part in others:
            found = self.of(part)
            if found is None or (part["type"] == "dict" and not has_keys_in_json(part)):
                return None
            kind = _BUILT_IN.get(part["type"])
            checks[part["cls"] if kind is None else kind] = _check(found)
        return _of_classes(checks)

    def _tagged_union(self, schema: Any) -> Proof:
        if not has_own_tags(schema):
            return None
        checks = {}
        for choice in schema["choices"].values():
            part = self.of(choice)
            if part is None or choice["cls"] in checks:
                return None
            checks[choice["cls"]] = _check(part)
        return _of_classes(checks)

    def _list(self, schema: Any) -> Proof:
        return _of_items(list, self._part(schema, "items_schema"))

    def _set(self, schema: Any) -> Proof:
        return _of_items(set, self._part(schema, "items_schema"))

    def _frozenset(self, schema: Any) -> Proof:
        return _of_items(frozenset, self._part(schema, "items_schema"))

    def _json_or_python(self, schema: Any) -> Proof:
        inner = schema["json_schema"]
        return self.of(inner) if inner["type"] == "list" else None

    def _tuple(self, schema: Any) -> Proof:
        parts = [self.of(part) for part in schema["items_schema"]]
        if schema.get("variadic_item_index") == 0 and len(parts) == 1:
            return _of_items(tuple, parts[0])
        return None if "variadic_item_index" in schema else _of_tuple(tuple, parts)

    def _call(self, schema: Any) -> Proof:
        return _of_tuple(schema["function"], [self.of(field["schema"]) for field in fields_of_named_tuple(schema)])

    def _dict(self, schema: Any) -> Proof:
        keys = _TEXT if has_keys_in_json(schema) else self._part(schema, "keys_schema")
        values_proof = self._part(schema, "values_schema")
        if keys is None or values_proof is None:
            return None
        are_keys, are_values = _check(keys), _check(values_proof)
        return lambda values, levels: (
            _DICT.issuperset(map(type, values))
            and levels > 0
            and are_keys([*chain.from_iterable(values)], levels - 2)
            and are_values([*chain.from_iterable(map(dict.values, values))], levels - 2)
        )

    def _typed_dict(self, schema: Any) -> Proof:
        columns = self._fields(schema["fields"].items())
        if columns is None or schema.get("extra_behavior", "ignore") == "allow" or "extras_schema" in schema:
            return None

        def check(values: Sequence[Any], levels: int) -> bool:
            if not _DICT.issuperset(map(type, values)):
                return False
            others = sum(map(len, values))
            for name, are_exact in columns:
                found = [value[name] for value in values if name in value]
                others -= len(found)
                if not are_exact(found, levels - 1):
                    return False
            return others == 0

        return check

    def _dataclass(self, schema: Any) -> Proof:
        arguments = schema["schema"]
        if arguments["type"] != "dataclass-args" or schema.get("post_init"):
            return None
        fields = arguments["fields"]
        columns = self._fields((field["name"], field) for field in fields)
        is_made_of_them = not any(field.get("init_only") or not field.get("init", True) for field in fields)
        if columns is None or not is_made_of_them or {name for name, _ in columns} != {*schema["fields"]}:
            return None
        kinds, getters = frozenset({schema["cls"]}), [(attrgetter(name), are_exact) for name, are_exact in columns]
        has_dict = schema["cls"].__dictoffset__ != 0
        return lambda values, levels: (
            kinds.issuperset(map(type, values))
            and (not has_dict or {len(columns), 0}.issuperset(map(len, map(_attributes, values))))
            and all(are_exact([*map(get, values)], levels - 1) for get, are_exact in getters)
        )

    def _model(self, schema: Any) -> Proof:
        fields = schema["schema"]
        is_made_of_them = not any(schema.get(key) for key in ("custom_init", "post_init", "root_model"))
        columns = self._fields(fields["fields"].items()) if fields["type"] == "model-fields" else None
        if columns is None or not is_made_of_them:
            return None
        kinds = frozenset({schema["cls"]})

        def check(values: Sequence[Any], levels: int) -> bool:
            if not kinds.issuperset(map(type, values)) or any(map(_private, values)) or any(map(_extra, values)):
                return False
            held = [*map(_attributes, values)]
            return {len(columns)}.issuperset(map(len, held)) and _are_columns(columns, held, levels)

        return check

    def _part(self, schema: Any, name: str) -> Proof:
        return self.of(schema[name]) if name in schema else _are_plain

    def _fields(self, fields: Iterable[tuple[str, Any]]) -> list[tuple[Any, Check]] | None:
        return _columns(
            (name, None if _EXCLUDED & field.keys() else self.of(field["schema"])) for name, field in fields
        )


def _columns(parts: Iterable[tuple[Any, Proof]]) -> list[tuple[Any, Check]] | None:
    found = [(key, part and _check(part)) for key, part in parts]
    return None if any(check is None for _, check in found) else [(key, check) for key, check in found if check]


def _are_columns(columns: list[tuple[Any, Check]], values: Sequence[Any], levels: int) -> bool:
    return all(are_exact([*map(itemgetter(key), values)], levels - 1) for key, are_exact in columns)


def _check(part: frozenset[type] | Check) -> Check:
    return (lambda values, _: part.issuperset(map(type, values))) if isinstance(part, frozenset) else part


def _always(_: Sequence[Any], __: int) -> bool:
    return True


def _never(_: Sequence[Any], __: int) -> bool:
    return False


def _of_items(kind: type, part: Proof) -> Proof:
    if part is None:
        return None
    kinds, are_exact = frozenset({kind}), _check(part)
    return lambda values, levels: (
        kinds.issuperset(map(type, values)) and are_exact([*chain.from_iterable(values)], levels - 1)
    )


def _of_tuple(kind: type, parts: list[Proof]) -> Proof:
    columns = _columns(enumerate(parts))
    if columns is None:
        return None
    kinds, lengths = frozenset({kind}), frozenset({len(parts)})
    return lambda values, levels: (
        kinds.issuperset(map(type, values))
        and lengths.issuperset(map(len, values))
        and _are_columns(columns, values, levels)
    )


def _of_classes(checks: dict[type, Check]) -> Check:
    def check(values: Sequence[Any], levels: int) -> bool:
        kinds = set(map(type, values))
        return kinds <= checks.keys() and all(
            checks[kind]([value for value in values if type(value) is kind], levels) for kind in kinds
        )

    return check


def _are_plain(values: Sequence[Any], levels: int) -> bool:
    """Return whether values are what JSON gives back, at every depth."""
    while levels > 0:
        kinds = set(map(type, values))
        if kinds <= _IN_JSON:
            return True
        if not kinds <= _PLAIN:
            return False
        if float in kinds and not all(map(isfinite, [value for value in values if type(value) is float])):
            return False
        dicts = [value for value in values if type(value) is dict]
        lists = [value for value in values if type(value) is list]
        if not _TEXT.issuperset(map(type, chain.from_iterable(dicts))):
            return False
        values = [*chain.from_iterable(lists), *chain.from_iterable(map(dict.values, dicts))]
        levels -= 1
    return False


def _are_plain_datetimes(values: Sequence[Any], _: int) -> bool:
    return (
        _DATETIME.issuperset(map(type, values))
        and _ZONES.issuperset(map(_zone, values))
        and not any(map(_fold, values))
    )
