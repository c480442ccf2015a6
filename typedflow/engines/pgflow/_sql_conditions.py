"""`is_tested_by_postgres`: whether the database itself tests the condition of a step, instead of a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from typedflow._definition.assignable import PARTS
from typedflow._definition.options import UNSET
from typedflow._definition.predicate import is_predicate
from typedflow._definition.validation import declared_input, declared_output

if TYPE_CHECKING:
    from typedflow._definition.declared_type import DeclaredType
    from typedflow._definition.flow import FlowDefinition, StepDefinition

# The parts of types whose values are stored as JSON in the form that patterns are tested against.
_PLAIN: Final = {
    *("any", "bool", "dataclass", "dataclass-args", "dataclass-field", "default", "definition-ref", "definitions"),
    *("dict", "float", "int", "list", "literal", "model", "model-field", "model-fields", "none", "nullable", "str"),
    *("tuple", "typed-dict", "typed-dict-field", "union"),
}
# Fields have other names in the form that patterns are tested against, or there are more of them.
_OTHER_FORM: Final = ("serialization", "serialization_alias", "computed_fields", "root_model")


def is_tested_by_postgres(definition: FlowDefinition, step: StepDefinition) -> bool:
    """Return whether a database whose tables have conditions can test that of a step, with the same result.

    pgflow tests patterns that are objects, against the flow input or against an object of the outputs of dependencies.
    It does so before it completes the maps that have no items, and not again: pgflow 0.14.1 starts a step that depends
    on such a map without a test.
    """
    patterns = [each for each in (step.options.if_, step.options.if_not) if each is not UNSET]
    if not patterns or step.beside is not None or any(definition[slug].over is not None for slug in step.depends_on):
        return False
    if any(is_predicate(each) for each in patterns):
        return False
    keys: set[str] = set()
    for pattern in patterns:
        if not isinstance(pattern, dict):
            return False
        keys |= pattern.keys()
    if not step.depends_on:
        return _is_plain(declared_input(definition))
    named = [slug for slug in step.depends_on if slug in keys]
    return "run" not in keys and all(_is_plain(declared_output(definition, definition[slug])) for slug in named)


def _is_plain(declared: DeclaredType | None) -> bool:
    return declared is None or _has_plain_parts(declared.schema)


def _has_plain_parts(schema: Any) -> bool:
    if isinstance(schema, list | tuple):
        return all(map(_has_plain_parts, schema))
    if not isinstance(schema, dict):
        return True
    kind = schema.get("type")
    is_part = isinstance(kind, str)
    if is_part and (kind not in _PLAIN or any(map(schema.get, _OTHER_FORM))):
        return False
    if kind == "dict" and schema.get("keys_schema", {}).get("type") != "str":
        return False
    return all(_has_plain_parts(value) for key, value in schema.items() if key in PARTS or not is_part)
