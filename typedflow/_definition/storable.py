"""Whether what a flow takes and outputs can be stored, by the types that are declared."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Final

from typedflow._definition.validation import declared_input, declared_output
from typedflow.codecs._registry import codec_of
from typedflow.exceptions import CodecError, NotStorableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typedflow._definition.declared_type import DeclaredType
    from typedflow._definition.flow import FlowDefinition

# What pydantic calls a function of the user's: it may make what can be stored of what cannot.
_USERS: Final = {"function-before", "function-plain", "function-wrap"}
_OTHERS: Final = {"callable": "has a function", "is-subclass": "has a class"}


class _IsStorable:
    """The key under which a flow keeps that it can be stored: to find that out takes longer than a short run."""


def check_storable(definition: FlowDefinition) -> None:
    """Check that the flow input and the outputs of all steps can be stored, as far as their types are declared.

    A store calls this before anything starts.

    Raises:
        NotStorableError: One of them can never be stored.
        FlowDefinitionError: A declared type does not exist at run time, or no step can use it.
    """
    if _IsStorable in definition.prepared:
        return
    if problems := storable_problems(definition):
        raise NotStorableError(definition.slug, problems)
    definition.prepared[_IsStorable] = True


def storable_problems(definition: FlowDefinition) -> dict[str, str]:
    """Return why outputs can never be stored, by the slugs of their steps; for the flow input under ``run``."""
    outputs = {step.slug: declared_output(definition, step) for step in definition.steps}
    declared: dict[str, DeclaredType | None] = {"run": declared_input(definition), **outputs}
    found = {}
    for slug, declared_type in declared.items():
        problem = None if declared_type is None else next(_problems(declared_type.schema), None)
        if problem is not None:
            found[slug] = problem
    return found


def _problems(schema: Any) -> Iterator[str]:
    """Find the parts of a schema of pydantic whose values are neither written to JSON nor read from it."""
    if isinstance(schema, list | tuple):
        for part in schema:
            yield from _problems(part)
    elif isinstance(schema, dict):
        kind = schema.get("type")
        if kind == "is-instance":
            yield from _problem_of_class(schema["cls"])
        elif kind in _OTHERS:
            yield _OTHERS[kind]
        else:
            yield from _problems(_parts(schema))


def _parts(schema: dict[str, Any]) -> list[Any]:
    """List the parts of a schema that decide what is written to JSON and read from it."""
    kind = schema.get("type")
    if kind in _USERS:
        return []
    if kind == "json-or-python":
        return [schema["json_schema"]]
    if kind == "any":  # where SkipValidation keeps the schema that it skips
        return [schema.get("serialization", {}).get("schema")]
    return [part for key, part in schema.items() if key not in {"serialization", "metadata"}]


def _problem_of_class(kind: Any) -> Iterator[str]:
    if kind is Hashable:  # it says nothing about the values
        return
    try:
        codec = codec_of(kind)
    except CodecError as error:
        yield f"has an object of the class {kind.__name__}, whose codec cannot be used: {error.reason}"
    else:
        if codec is None:
            yield f"has an object of the class {kind.__name__}, for which pydantic has no schema"
