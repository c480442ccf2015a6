"""Accepts what a type checker accepts for a declared type, where pydantic's strict mode asks for more."""

from __future__ import annotations

import datetime as dt
import sys
import typing
from collections.abc import Callable, Mapping, MutableSequence, MutableSet, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import TypeAdapter
from pydantic_core import CoreSchema, SchemaValidator, core_schema
from typing_extensions import TypedDict

if TYPE_CHECKING:
    from pydantic import BaseModel

_NOTHING_ELSE: Final = ((), repr)
# For the values that a type checker accepts in addition to those of pydantic's schema, by the name of the schema:
# their class, and what converts them to what the schema accepts. pydantic has one schema for an abstract class and for
# the concrete one that it stands for: that of `frozenset` is that of `collections.abc.Set` too.
_OTHERS: dict[str, tuple[type | tuple[type, ...], Callable[[Any], Any]]] = {
    "bool": _NOTHING_ELSE,
    "int": (bool, int),
    "float": (bool, float),
    "complex": ((int, float), complex),
    "date": (dt.datetime, dt.datetime.date),
    "datetime": _NOTHING_ELSE,
    "timedelta": _NOTHING_ELSE,
    "list": (MutableSequence, list),
    "set": (MutableSet, set),
    "frozenset": (AbstractSet, frozenset),
}
PARTS = {
    "schema", "items_schema", "keys_schema", "values_schema", "extras_schema", "strict_schema", "lax_schema",
    "json_schema", "python_schema", "steps", "choices", "definitions", "fields",
}  # fmt: skip

_Check = Callable[[Any, Callable[[Any], Any]], Any]


def assignable(schema: CoreSchema) -> CoreSchema:
    """Return a schema that accepts every value that a type checker accepts for the type of another schema.

    It accepts the scalars of numpy too, for the types of Python that they stand for: most functions of numpy return
    ``Any`` to a type checker. Every value stays what it is: a bool that is accepted for an int is still a bool.

    Source: the rules of assignability in the typing specification.
    """
    return cast("CoreSchema", _schema(cast("dict[str, Any]", schema)))


def plain(value: object) -> Any:
    """Return the value of Python that a scalar of numpy stands for, and any other value as it is."""
    numpy = sys.modules.get("numpy")
    return value.item() if numpy is not None and isinstance(value, numpy.generic) else value


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    new = {key: _parts(value) if key in PARTS else value for key, value in schema.items()}
    kind = new["type"]
    if kind == "union":
        return {**new, "choices": [_labelled(choice) for choice in zip(schema["choices"], new["choices"], strict=True)]}
    if kind == "decimal":
        return {"allow_inf_nan": True, **new}
    if kind == "model" and "generic_origin" in new:
        return _wrapped(new, _accepting_origin(new["cls"], new["generic_origin"]))
    if kind == "json-or-python" and _is_sequence(new["python_schema"]):
        return _wrapped(new["json_schema"], _accepting(Sequence, list))
    if kind == "dict" and new.get("strict") is False:
        return _wrapped(new, _accepting(Mapping, dict))
    return _wrapped(new, _accepting(*_OTHERS[kind])) if kind in _OTHERS else new


def _parts(parts: Any) -> Any:
    """Change a schema, or those that a list, a tuple or a dict by their names has."""
    if isinstance(parts, list | tuple):
        return type(parts)(map(_parts, parts))
    if not isinstance(parts, dict):
        return parts
    if isinstance(parts.get("type"), str):
        return _schema(parts)
    return {name: _schema(part) for name, part in parts.items()}


def _labelled(choice: tuple[Any, Any]) -> Any:
    """Give a choice of a union a label, for messages: they would name our function instead of the type."""
    before, after = choice
    if isinstance(before, tuple) or before["type"].startswith(("function", "definition")):
        return after
    return after, before["cls"].__name__ if "cls" in before else before["type"]


def _is_sequence(schema: dict[str, Any]) -> bool:
    return bool(schema["type"] == "chain" and schema["steps"][0].get("cls") in {Sequence, typing.Sequence})


def _wrapped(schema: dict[str, Any], check: _Check) -> dict[str, Any]:
    reference = schema.pop("ref", None)
    return {**core_schema.no_info_wrap_validator_function(check, cast("CoreSchema", schema), ref=reference)}


def _accepting(others: type | tuple[type, ...], convert: Callable[[Any], Any]) -> _Check:
    def check(value: Any, validate: Callable[[Any], Any]) -> Any:
        if isinstance(value, others):
            validate(convert(value))
            return value
        scalar = plain(value)
        if scalar is not value:
            validate(scalar)
            return value
        return validate(value)

    return check


def _accepting_origin(declared: type[BaseModel], origin: type[BaseModel]) -> _Check:
    """Accept a ``Page`` for a ``Page[int]`` if its fields fit: a type checker infers the argument."""

    @cache
    def fields() -> SchemaValidator:
        types = {name: field.rebuild_annotation() for name, field in declared.model_fields.items()}
        adapter = TypeAdapter(TypedDict(declared.__name__, types))  # type: ignore[operator]  # the name is computed
        return SchemaValidator(assignable(adapter.core_schema))

    def check(value: Any, validate: Callable[[Any], Any]) -> Any:
        if isinstance(value, declared) or not isinstance(value, origin):
            return validate(value)
        fields().validate_python(vars(value), strict=True)
        return value

    return check
