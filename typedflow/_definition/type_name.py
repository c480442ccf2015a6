"""What a message calls a type, by what is stored of its values."""

from __future__ import annotations

import json
from typing import Any, Final

# How many characters of the values of an enum are shown.
_LONGEST: Final = 80
_NAMES: Final = {"object": "an object", "array": "an array", "integer": "an integer", "null": "null"}


def named(schema: dict[str, Any] | None) -> str:
    """Return what a message calls a type.

    Args:
        schema: What is stored of its values; None if nothing is known of them.
    """
    schema = schema or {}
    if "anyOf" in schema:
        return " or ".join(map(named, schema["anyOf"]))
    if "enum" in schema:
        values = ", ".join(map(json.dumps, schema["enum"]))
        shown = values if len(values) <= _LONGEST else f"{values[:_LONGEST]}..."
        return shown if len(schema["enum"]) == 1 else f"one of {shown}"
    if "codec" in schema:
        return f'an object of the codec "{schema["codec"]}"'
    if "object" in schema:
        return f"an object of the class {schema['object']}"
    if "$ref" in schema:
        return "a recursive type"
    kind = schema.get("format") or schema.get("type")
    return "any value" if kind is None else _NAMES.get(str(kind), f"a {kind}")
