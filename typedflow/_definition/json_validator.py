"""Validates JSON by what a shape says of a type, where the type itself is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from pydantic_core import SchemaValidator, core_schema

from typedflow._definition.stored_type import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_core import CoreSchema

_ANY: Final = core_schema.any_schema()
_FORMATS: Final = {
    "date": core_schema.date_schema(),
    "date-time": core_schema.datetime_schema(),
    "decimal": core_schema.decimal_schema(),
    "duration": core_schema.timedelta_schema(),
    "time": core_schema.time_schema(),
    **{f"uuid{version}": core_schema.uuid_schema() for version in ("", 1, 3, 4, 5, 6, 7, 8)},
}
_NOT_FINITE: Final = core_schema.literal_schema(["NaN", "Infinity", "-Infinity"])
_OF_NUMBERS: Final = {
    "exclusiveMaximum": "lt",
    "exclusiveMinimum": "gt",
    "maximum": "le",
    "minimum": "ge",
    "multipleOf": "multiple_of",
}


class ClassWithoutJsonError(Exception):
    """The values of a type have objects that only its flow can encode.

    Attributes:
        name: Name of their class or of their codec.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def json_validator(schema: dict[str, Any] | None) -> SchemaValidator:
    """Return a validator of JSON texts. In strict mode it is as strict as the type that the schema was made of.

    pydantic validates only by schemas of its own, so one is made of the JSON schema. Its keywords are those that
    `stored_type` keeps; what it cannot say here, such as `not`, it does not check. The library jsonschema was
    considered instead: its messages differ from those of the type itself, and it does not check whether pydantic can
    read a date. tests/unit/stores/test_plain_deliveries.py shows what is refused.

    Keys that the schema does not name are refused, unless it says that there may be others.

    Args:
        schema: What is stored of the values of the type; None if nothing is known of them.

    Raises:
        ClassWithoutJsonError: The values have objects that only their flow can encode.
    """
    parts = (schema or {}).get("$defs", {})
    made = _made(schema or {})
    if parts:
        definitions = [cast("CoreSchema", {**_made(part), "ref": name}) for name, part in parts.items()]
        made = core_schema.definitions_schema(made, definitions)
    return SchemaValidator(made)


def _made(schema: Any) -> CoreSchema:
    """Return pydantic's schema of the values of a JSON schema."""
    if not isinstance(schema, dict):  # True, which allows everything
        return _ANY
    if (name := schema.get("codec", schema.get("object"))) is not None:
        raise ClassWithoutJsonError(str(name))
    if "$ref" in schema:
        return core_schema.definition_reference_schema(schema["$ref"].removeprefix(REFERENCE))
    if "anyOf" in schema:
        return core_schema.union_schema([_made(each) for each in schema["anyOf"]])
    if "enum" in schema:
        return _choice(schema["enum"])
    made = _BY_TYPE.get(schema.get("type", ""))
    return _ANY if made is None else made(schema)


def _choice(values: list[Any]) -> CoreSchema:
    is_plain = all(isinstance(each, str | int) or each is None for each in values)
    return core_schema.literal_schema(values) if is_plain else _ANY


def _number(schema: dict[str, Any]) -> CoreSchema:
    number = core_schema.float_schema(**_renamed(schema, _OF_NUMBERS))
    return core_schema.union_schema([number, _NOT_FINITE]) if schema.keys() == {"type"} else number


def _string(schema: dict[str, Any]) -> CoreSchema:
    found = _FORMATS.get(schema.get("format", ""))
    if found is not None:
        return found
    return core_schema.str_schema(pattern=schema.get("pattern"), **_lengths(schema, "Length"))


def _array(schema: dict[str, Any]) -> CoreSchema:
    items = _made(schema.get("items", True))
    fixed = [_made(each) for each in schema.get("prefixItems", [])]
    lengths = _lengths(schema, "Items")
    if not fixed:
        return core_schema.list_schema(items, **lengths)
    has_more = lengths.get("max_length") != len(fixed) and schema.get("items") is not False
    if has_more:
        return core_schema.tuple_schema([*fixed, items], variadic_item_index=len(fixed))
    return core_schema.tuple_schema(fixed)


def _object(schema: dict[str, Any]) -> CoreSchema:
    others = schema.get("additionalProperties", "properties" not in schema)
    if "properties" not in schema:
        values = _made(others)
        return core_schema.dict_schema(values_schema=values, **_lengths(schema, "Properties"))
    required = set(schema.get("required", ()))
    fields = {
        name: core_schema.typed_dict_field(_made(value), required=name in required)
        for name, value in schema["properties"].items()
    }
    if others is False:
        return core_schema.typed_dict_schema(fields, extra_behavior="forbid")
    return core_schema.typed_dict_schema(fields, extra_behavior="allow", extras_schema=_made(others))


def _lengths(schema: dict[str, Any], what: str) -> dict[str, Any]:
    return _renamed(schema, {f"max{what}": "max_length", f"min{what}": "min_length"})


def _renamed(schema: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {name: schema[keyword] for keyword, name in names.items() if keyword in schema}


_BY_TYPE: Final[dict[str, Callable[[dict[str, Any]], CoreSchema]]] = {
    "string": _string,
    "integer": lambda schema: core_schema.int_schema(**_renamed(schema, _OF_NUMBERS)),
    "number": _number,
    "boolean": lambda _: core_schema.bool_schema(),
    "null": lambda _: core_schema.none_schema(),
    "array": _array,
    "object": _object,
}
