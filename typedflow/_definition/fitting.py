"""Whether what was stored of one type can be read as another one, by what is known of the two."""

from __future__ import annotations

import json
from typing import Any, Final, TypeAlias

from typedflow._definition.stored_type import REFERENCE
from typedflow._definition.type_name import named

Schema: TypeAlias = "dict[str, Any]"

# What is compared part by part. All other keywords only narrow a type: a value fits if the same narrows its own.
_STRUCTURE: Final = {
    "$defs", "$ref", "additionalProperties", "anyOf", "enum", "items", "prefixItems", "properties", "required", "type",
}  # fmt: skip


def why_not_fitting(stored: Schema | None, declared: Schema | None) -> str | None:
    """Return why values that were stored of one type may not be of another; None if all of them are.

    It says so of some types whose values would fit: it knows only what `stored_type` says of them.

    Args:
        stored: What is stored of the values of the first type; None if nothing is known of them.
        declared: The same of the other type.
    """
    if declared is None or json.dumps(stored) == json.dumps(declared):
        return None
    if stored is None:
        return "what is stored may be any value"
    return _Comparison(stored.get("$defs", {}), declared.get("$defs", {})).problem(stored, declared, "")


class _Comparison:
    """Compares two types, which may contain themselves."""

    def __init__(self, stored: dict[str, Schema], declared: dict[str, Schema]) -> None:
        self._stored = stored
        self._declared = declared
        self._under_way: set[tuple[str, str]] = set()

    def problem(self, old: Schema, new: Schema, place: str) -> str | None:
        if "$ref" in old or "$ref" in new:
            return self._problem_of_references(old, new, place)
        if alternatives := _alternatives(old):
            return next(filter(None, (self.problem(each, new, place) for each in alternatives)), None)
        if "anyOf" in new:
            fits = any(self._fits(old, each, place) for each in new["anyOf"])
            return None if fits else _other(old, new, place)
        if "enum" in old:
            return None if _is_of(old["enum"][0], new) else _other(old, new, place)
        if "enum" in new or not _is_same_kind(old, new):
            return _other(old, new, place)
        return self._problem_of_parts(old, new, place)

    def _problem_of_references(self, old: Schema, new: Schema, place: str) -> str | None:
        pair = json.dumps(old, sort_keys=True), json.dumps(new, sort_keys=True)
        if pair in self._under_way:
            return None
        self._under_way.add(pair)
        return self.problem(_resolved(old, self._stored), _resolved(new, self._declared), place)

    def _problem_of_parts(self, old: Schema, new: Schema, place: str) -> str | None:
        fixed = len(old.get("prefixItems", []))
        if "prefixItems" in new and fixed != len(new["prefixItems"]):
            return f"{_at(place)}it had {fixed} fixed items and has {len(new['prefixItems'])}"
        for keyword in sorted(new.keys() - _STRUCTURE):
            if old.get(keyword) != new[keyword]:
                return _narrower(old, new, keyword, place)
        if new.get("type") == "object":
            return self._problem_of_object(old, new, place)
        if new.get("type") == "array":
            return self._problem_of_array(old, new, place)
        return None

    def _fits(self, old: Schema, new: Schema, place: str) -> bool:
        before = set(self._under_way)
        if self.problem(old, new, place) is None:
            return True
        self._under_way = before
        return False

    def _problem_of_object(self, old: Schema, new: Schema, place: str) -> str | None:
        had, has = old.get("properties", {}), new.get("properties", {})
        others_were, others_are = _others(old), new.get("additionalProperties", True)
        for key in new.get("required", []):
            if key not in old.get("required", []):
                was = "may be missing" if key in had or others_were is not False else "is missing"
                return f'{_at(place)}the key "{key}" is required, and {was} in what is stored'
        for key, part in has.items():
            was = had.get(key, others_were)
            if was is not False and (problem := self.problem(_schema(was), part, f"{place}.{key}")):
                return problem
        for key, part in had.items():
            if key not in has and (problem := self._problem_of_other(part, others_are, f"{place}.{key}")):
                return problem
        if others_were is False or (has and "additionalProperties" not in new):
            return None
        return self._problem_of_other(_schema(others_were), others_are, f"{place}.*")

    def _problem_of_other(self, old: Schema, others: Any, place: str) -> str | None:
        if others is False:
            return f"{_at(place)}there is no such key any more"
        return self.problem(old, _schema(others), place)

    def _problem_of_array(self, old: Schema, new: Schema, place: str) -> str | None:
        first, items = old.get("prefixItems", []), old.get("items", {})
        if "prefixItems" in new:
            pairs = list(zip(first, new["prefixItems"], strict=True))
        else:
            pairs = [(each, new.get("items", {})) for each in first]
        for index, (was, now) in enumerate(pairs):
            if problem := self.problem(was, now, f"{place}[{index}]"):
                return problem
        if first and "items" not in old:
            return None
        return self.problem(_schema(items), _schema(new.get("items", {})), f"{place}[*]")


def _resolved(schema: Schema, parts: dict[str, Schema]) -> Schema:
    return parts[schema["$ref"].removeprefix(REFERENCE)] if "$ref" in schema else schema


def _alternatives(schema: Schema) -> list[Schema]:
    values = schema.get("enum", [])
    return [{"enum": [value]} for value in values] if len(values) > 1 else schema.get("anyOf", [])


def _is_same_kind(old: Schema, new: Schema) -> bool:
    same = old.get("type") == new.get("type") or (old.get("type") == "integer" and new.get("type") == "number")
    return "type" not in new or same


def _is_of(value: Any, new: Schema) -> bool:
    if "enum" in new:
        return json.dumps(value) in map(json.dumps, new["enum"])
    if not new:
        return True
    kinds = {bool: {"boolean"}, int: {"integer", "number"}, float: {"number"}, str: {"string"}, type(None): {"null"}}
    return new.keys() == {"type"} and new["type"] in kinds.get(type(value), set())


def _others(schema: Schema) -> Any:
    """Return the type of stored keys that their type does not name: True for any value, False if there are none."""
    if "additionalProperties" in schema:
        return schema["additionalProperties"]
    return "properties" not in schema


def _schema(part: Any) -> Schema:
    return part if isinstance(part, dict) else {}


def _other(old: Schema, new: Schema, place: str) -> str:
    return f"{_at(place)}it was {named(old)} and is {named(new)}"


def _narrower(old: Schema, new: Schema, keyword: str, place: str) -> str:
    if named(old) != named(new):
        return _other(old, new, place)
    was = f"{keyword} {json.dumps(old[keyword])}" if keyword in old else f"no {keyword}"
    return f"{_at(place)}it had {was} and has {keyword} {json.dumps(new[keyword])}"


def _at(place: str) -> str:
    return f"at {place.removeprefix('.')}, " if place else ""
