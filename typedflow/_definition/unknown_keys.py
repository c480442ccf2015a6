"""Unknown keys of a flow input: a schema that refuses them, and the known key that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

from typedflow._definition.assignable import PARTS
from typedflow._text import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic_core import CoreSchema

UnknownKeys: TypeAlias = Literal["forbid", "ignore"]
"""What happens to keys of a flow input that its type does not have. The words are pydantic's."""

_WITH_KEYS: Final = {"typed-dict", "model", "dataclass"}


def forbidding(schema: CoreSchema) -> CoreSchema:
    """Return a schema that refuses unknown keys, at every depth.

    A class that says itself what happens to them keeps that: ``extra`` in pydantic's configuration, ``closed`` or
    ``extra_items`` of a TypedDict.
    """
    return cast("CoreSchema", _changed(schema))


def known_keys(schema: CoreSchema, place: Sequence[int | str]) -> set[str]:
    """Return the keys that a value may have at a place, as pydantic's errors name places."""
    definitions = {each["ref"]: each for each in _all(schema) if "ref" in each}
    found = list(_unwrapped(schema, definitions))
    for part in place:
        inner = [each for outer in found for each in _inner(outer, part)]
        # A part that leads nowhere is the name of a choice of a union.
        found = [each for wrapped in inner for each in _unwrapped(wrapped, definitions)] or found
    return {key for each in found for key in _fields(each)}


def meant(schema: CoreSchema, place: Sequence[int | str]) -> str:
    """Return a suggestion for an unknown key: the nearest known one, or all of them."""
    known = sorted(known_keys(schema, place[:-1]))
    near = nearest(str(place[-1]), known)
    if near is not None:
        return f'did you mean "{near}"?'
    return "the keys are " + ", ".join(f'"{key}"' for key in known)


def _changed(part: Any) -> Any:
    if isinstance(part, list | tuple):
        return type(part)(map(_changed, part))
    if not isinstance(part, dict):
        return part
    if not isinstance(part.get("type"), str):  # fields by their names
        return {name: _changed(field) for name, field in part.items()}
    new = {key: _changed(value) if key in PARTS else value for key, value in part.items()}
    if part["type"] in _WITH_KEYS and not _says_itself(part):
        new["config"] = {**part.get("config", {}), "extra_fields_behavior": "forbid"}
        if part["type"] == "typed-dict":
            new["extra_behavior"] = "forbid"
    return new


def _says_itself(schema: dict[str, Any]) -> bool:
    return (
        "extra_fields_behavior" in schema.get("config", {})
        or schema.get("extra_behavior", "ignore") != "ignore"
        or getattr(schema.get("cls"), "__closed__", None) is False
    )


def _all(part: Any) -> Iterator[dict[str, Any]]:
    """Give a schema and all schemas in it."""
    if isinstance(part, list | tuple):
        for each in part:
            yield from _all(each)
    elif isinstance(part, dict):
        is_schema = isinstance(part.get("type"), str)
        if is_schema:
            yield part
        for key, value in part.items():
            if not is_schema or key in PARTS:
                yield from _all(value)


def _unwrapped(schema: Any, definitions: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the schemas of a value itself, without those that only wrap, name or choose between them."""
    if isinstance(schema, tuple):  # a choice of a union and its label
        schema = schema[0]
    match schema["type"]:
        case "definition-ref":
            yield from _unwrapped(definitions[schema["schema_ref"]], definitions)
        case "union" | "tagged-union":
            choices = schema["choices"]
            for choice in choices.values() if isinstance(choices, dict) else choices:
                yield from _unwrapped(choice, definitions)
        case kind if "schema" in schema and kind not in {"typed-dict-field", "model-field", "dataclass-field"}:
            yield from _unwrapped(schema["schema"], definitions)
        case _:
            yield schema


def _inner(schema: dict[str, Any], part: int | str) -> Iterator[dict[str, Any]]:
    """Give the schemas of what a value has at a key or an index."""
    if isinstance(part, str) and part in _fields(schema):
        yield _fields(schema)[part]["schema"]
    for name in ("values_schema", "items_schema"):
        if name in schema:
            items = schema[name]
            yield from items if isinstance(items, list) else [items]


def _fields(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a schema by their keys: their aliases, where they have some."""
    fields = schema.get("fields", {})
    named = ((field["name"], field) for field in fields) if isinstance(fields, list) else fields.items()
    return {_key(name, field): field for name, field in named}


def _key(name: str, field: dict[str, Any]) -> str:
    alias = field.get("validation_alias", name)
    return alias if isinstance(alias, str) else name
