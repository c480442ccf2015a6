"""What is stored of the values of a declared type, as a JSON schema that is small and the same for equal types."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable
from enum import Enum, Flag
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final

from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import override

from typedflow._definition.stored_kinds import NATURAL, has_keys_in_json, is_simple_enum
from typedflow.codecs._registry import codec_of
from typedflow.exceptions import CodecError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typedflow._definition.declared_type import DeclaredType

# The keywords of JSON Schema that say something about a value. The others are titles, descriptions and examples.
_SCHEMA: Final = {"additionalProperties", "contains", "items", "not", "propertyNames", "unevaluatedProperties"}
_SCHEMAS: Final = {"allOf", "anyOf", "prefixItems"}
_BY_NAME: Final = {"patternProperties", "properties"}
_PLAIN: Final = {
    "codec",
    "contentEncoding",
    "contentMediaType",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maximum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "minimum",
    "minItems",
    "minLength",
    "minProperties",
    "multipleOf",
    "object",
    "pattern",
    "required",
    "type",
    "uniqueItems",
}
_WITHOUT_SERIALIZERS: Final = NATURAL | {"enum", "literal"}
REFERENCE: Final = "#/$defs/"


def stored_type(declared: DeclaredType | None) -> dict[str, Any] | None:
    """Return the JSON schema of what is stored of the values of a type; None if nothing is known of them.

    It does not depend on the names of classes, on the order of their fields and on their defaults. A class that has a
    codec is ``{"codec": NAME}``, any other class that pydantic has no schema for ``{"object": NAME}``.

    Args:
        declared: The type; None if no type is declared.
    """
    if declared is None:
        return None
    try:
        reduced = _Reduced(_Generator(by_alias=False).generate(declared.schema, mode="serialization")).schema()
        json.dumps(reduced)
    except Exception:  # noqa: BLE001  a class of the user's may have a schema of its own, and a wrong one
        return None
    return reduced or None


class _Generator(GenerateJsonSchema):
    """pydantic's generator, changed to what is stored: see `Encoding`. It describes also what JSON does not have."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012  pydantic's own attribute

    @override
    def generate_inner(self, schema: Any) -> dict[str, Any]:
        kind = schema["type"]
        if kind in {"dataclass", "model"} and "codec" in (described := _of_class(schema["cls"])):
            return described
        dropped = {"computed_fields", "serialization"} if kind in _WITHOUT_SERIALIZERS else {"computed_fields"}
        if dropped & schema.keys():
            schema = {key: value for key, value in schema.items() if key not in dropped}
        return super().generate_inner(schema)

    @override
    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> dict[str, Any]:
        return _of_class(schema["cls"]) if schema["type"] == "is-instance" else {}

    @override
    def bytes_schema(self, schema: Any) -> dict[str, Any]:
        return {"codec": "bytes"}

    @override
    def decimal_schema(self, schema: Any) -> dict[str, Any]:
        return {"type": "string", "format": "decimal"}

    @override
    def complex_schema(self, schema: Any) -> dict[str, Any]:
        return {"type": "string", "format": "complex"}

    @override
    def enum_schema(self, schema: Any) -> dict[str, Any]:
        if issubclass(schema["cls"], Flag):
            values = [member.value for member in schema["members"]]
            return {"type": "integer", "minimum": 0, "maximum": reduce(or_, values, 0)}
        return {"enum": [member.value if is_simple_enum(schema) else member.name for member in schema["members"]]}

    @override
    def literal_schema(self, schema: Any) -> dict[str, Any]:
        return {"enum": [value.name if isinstance(value, Enum) else value for value in schema["expected"]]}

    @override
    def typed_dict_schema(self, schema: Any) -> dict[str, Any]:
        closed = {"additionalProperties": False} if schema.get("extra_behavior") == "forbid" else {}
        return super().typed_dict_schema(schema) | closed

    @override
    def dict_schema(self, schema: Any) -> dict[str, Any]:
        parts = [self.generate_inner(schema.get(f"{part}_schema", {"type": "any"})) for part in ("keys", "values")]
        if has_keys_in_json(schema):
            names = {} if parts[0] in ({}, {"type": "string"}) else {"propertyNames": parts[0]}
            return {"additionalProperties": True} | names | super().dict_schema(schema)
        return {"type": "array", "items": {"type": "array", "prefixItems": parts, "minItems": 2, "maxItems": 2}}


def _of_class(kind: type) -> dict[str, Any]:
    if kind is Hashable:  # it says nothing about the values
        return {}
    try:
        codec = codec_of(kind)
    except CodecError as error:  # it needs a library that is not installed
        return {"codec": error.codec}
    return {"object": f"{kind.__module__}.{kind.__qualname__}"} if codec is None else {"codec": codec.name}


class _Reduced:
    """A JSON schema without what says nothing about values.

    A part that is used once is written where it is used. The others are numbered, because the names of their classes
    say nothing about values either.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        self._root = {key: value for key, value in schema.items() if key != "$defs"}
        self._parts: dict[str, Any] = schema.get("$defs", {})
        self._uses = self._counted()
        self._numbers: dict[str, str] = {}

    def schema(self) -> dict[str, Any]:
        reduced = self._of(self._root)
        definitions: dict[str, Any] = {}
        while len(definitions) < len(self._numbers):
            name, number = list(self._numbers.items())[len(definitions)]
            definitions[number] = self._of(self._parts[name])
        return {**reduced, "$defs": definitions} if definitions else reduced

    def _counted(self) -> Counter[str]:
        uses: Counter[str] = Counter()
        waiting = [self._root]
        while waiting:
            for name in _references(waiting.pop()):
                uses[name] += 1
                if uses[name] == 1 and name in self._parts:
                    waiting.append(self._parts[name])
        return uses

    def _of(self, schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema
        reference = schema.get("$ref")
        if isinstance(reference, str):
            name = _name(reference)
            if name not in self._parts:
                return {}
            if self._uses[name] == 1:
                return self._of(self._parts[name])
            return {"$ref": REFERENCE + self._numbers.setdefault(name, str(len(self._numbers) + 1))}
        return self._of_keywords(schema)

    def _of_keywords(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "oneOf" in schema:
            schema = {**schema, "anyOf": schema["oneOf"]}
        if "const" in schema:
            schema = {**schema, "enum": [schema["const"]]}
        reduced: dict[str, Any] = {}
        for key, value in sorted(schema.items()):
            if key in _SCHEMA:
                reduced[key] = self._of(value)
            elif key in _SCHEMAS:
                reduced[key] = list(map(self._of, value))
            elif key in _BY_NAME:
                reduced[key] = {name: self._of(part) for name, part in sorted(value.items())}
            elif key in _PLAIN:
                reduced[key] = value
        if isinstance(required := reduced.get("required"), list):
            reduced["required"] = sorted(required)
        if isinstance(values := reduced.get("enum"), list):
            reduced["enum"] = sorted(values, key=json.dumps)
            reduced.pop("type", None)
        return {key: value for key, value in reduced.items() if value not in ({}, []) or key in _SCHEMA}


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield _name(reference)
        else:
            for part in schema.values():
                yield from _references(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _references(part)


def _name(reference: str) -> str:
    return reference.removeprefix(REFERENCE).replace("~1", "/").replace("~0", "~")
