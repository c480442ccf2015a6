"""Validates values against declared types, and converts them to and from JSON, with pydantic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Never, NoReturn

from pydantic import PydanticUserError, ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from typedflow._definition.annotation_name import name_of
from typedflow._definition.assignable import plain
from typedflow._definition.declared_type import DeclaredType
from typedflow.exceptions import (
    InvalidDeliveryError,
    InvalidHandlerError,
    InvalidInputError,
    InvalidInputTypeError,
    InvalidOutputError,
    InvalidOutputTypeError,
    NoJsonFormError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow._definition.flow import FlowDefinition, StepDefinition


_NO_JSON: Final = "JSON has no objects of this class"
# What evaluating an annotation raises if a name is missing, or is something else at run time than in a stub.
_UNRESOLVED = (NameError, AttributeError, SyntaxError, TypeError)
# What pydantic calls an unknown key: of a TypedDict or a model, and of a dataclass.
_UNKNOWN_KEY: Final = {"extra_forbidden", "unexpected_keyword_argument"}


def validate_input(definition: FlowDefinition, value: object) -> Any:
    """Return the validated flow input. Validation is strict: ``"1"`` is not an ``int``.

    Raises:
        InvalidInputError: The value is not of the flow's input type.
        InvalidInputTypeError: pydantic cannot validate the flow's input type.
    """
    return _validated_input(definition, lambda declared: declared.validate(value))


def decode_input(definition: FlowDefinition, text: str | bytes) -> Any:
    """Return the flow input that a JSON text stands for. Validation is as strict as JSON's types allow.

    Raises:
        InvalidInputError: The text is not JSON, or its value is not of the flow's input type.
        InvalidInputTypeError: pydantic cannot validate the flow's input type.
    """
    return _validated_input(definition, lambda declared: declared.decode(text))


def json_form(flow: str, source: str, value: object) -> Any:
    """Return the JSON form of a value: dicts with string keys, lists, strings, numbers, booleans and None.

    pydantic converts the value by its actual type, not by the declared one. A model or a dataclass becomes a dict of
    its fields (those of a model under their aliases), a tuple or a set a list, a date a string in ISO 8601, and bytes
    the text that they encode. NaN and infinity become None. A scalar of numpy is the value of Python it stands for.

    Args:
        flow: Slug of the flow, for messages.
        source: Where the value comes from, for messages: the slug of a step, or ``run`` for the flow input.
        value: An output or a flow input.

    Raises:
        NoJsonFormError: The value has no JSON form.
    """
    try:
        return from_json(to_json(value, inf_nan_mode="null", fallback=plain_or_error))
    except (ValueError, TypeError) as error:
        told = str(error).removeprefix("Error serializing to JSON: ").removeprefix("PydanticSerializationError: ")
        reason = told.partition("\n")[0].removesuffix(".")
        raise NoJsonFormError(flow, source, reason) from error


def output_validator(definition: FlowDefinition, step: StepDefinition) -> Callable[[object], None] | None:
    """Return a function that checks an output of the step; None if the handler declares no type.

    The check is strict, and does not change the value: dependents receive the output itself. The function raises
    `InvalidOutputError` if the value is not of the declared type.

    Raises:
        InvalidHandlerError: The declared type does not exist at run time, or pydantic cannot validate it.
    """
    declared = declared_output(definition, step)
    if declared is None:
        return None
    flow, slug = definition.slug, step.slug

    def check(output: object) -> None:
        try:
            declared.check(output)
        except ValidationError as error:
            raise InvalidOutputError(flow, slug, declared.name, problems(error)) from None

    return check


def declared_output(definition: FlowDefinition, step: StepDefinition) -> DeclaredType | None:
    """Return the type that the handler of a step declares, or that a wait step does; None if it declares none.

    Raises:
        InvalidHandlerError: The declared type does not exist at run time, or pydantic cannot validate it.
        InvalidOutputTypeError: pydantic cannot validate the type that a wait step declares.
    """
    if step.handler is None or step.output_type is not None:
        return _delivered_type(definition, step)
    declared: Any = None
    try:
        declared = step.handler.output_type()
        # A handler that never returns has no output to check.
        if declared in (Any, object, NoReturn, Never):
            return None
        declared_type = DeclaredType.of(declared)
    except PydanticUserError as error:
        reason = (
            f"pydantic cannot validate the return type {name_of(declared)}: {_first_sentence(error)}. "
            "Annotate a class, or a container of its instances."
        )
        raise InvalidHandlerError(definition.slug, step.slug, reason) from error
    except _UNRESOLVED as error:
        reason = (
            f"the return type cannot be found at run time: {_first_sentence(error)}. "
            "Define it at the module's top level, or import it there, outside `if TYPE_CHECKING:`."
        )
        raise InvalidHandlerError(definition.slug, step.slug, reason) from error
    if (unusable := declared_type.unusable) is not None:
        reason = f"the handler outputs {unusable.what}{unusable.because}: its return type is {declared_type.name}. "
        raise InvalidHandlerError(definition.slug, step.slug, f"{reason}{unusable.instead.capitalize()}.")
    return declared_type


def delivery_validator(
    definition: FlowDefinition, step: StepDefinition, *, is_json: bool = False
) -> Callable[[str, Any], Any]:
    """Return a function that validates what is delivered to a wait step of a run, as strictly as a flow input.

    It takes the identifier of the run, for messages, and the value, and returns the value as pydantic validates it. It
    raises `InvalidDeliveryError` if the value is not of the type that the step declares.

    Args:
        definition: The flow.
        step: The wait step.
        is_json: Whether the function takes the JSON text of a value.

    Raises:
        InvalidOutputTypeError: pydantic cannot validate the type that the step declares.
    """
    declared = _delivered_type(definition, step) or DeclaredType.of(Any)
    flow, slug = definition.slug, step.slug
    read = declared.decode if is_json else declared.validate

    def validated(run_id: str, value: Any) -> Any:
        try:
            return read(value)
        except ValidationError as error:
            raise InvalidDeliveryError(flow, run_id, slug, declared.name, problems(error, declared)) from None

    return validated


def declared_input(definition: FlowDefinition) -> DeclaredType:
    """Return the type of the flow input.

    Raises:
        InvalidInputTypeError: pydantic cannot validate it.
    """
    try:
        declared = DeclaredType.of(definition.input_type, definition.unknown_keys)
    except (PydanticUserError, *_UNRESOLVED) as error:
        reason = (
            f"pydantic cannot validate the input type {name_of(definition.input_type)}: {_first_sentence(error)}. "
            "Use a TypedDict, a dataclass, a pydantic model or plain data."
        )
        raise InvalidInputTypeError(definition.slug, reason) from error
    if (unusable := declared.unusable) is not None:
        reason = f"the flow input is {unusable.what}{unusable.because}: its type is {declared.name}. "
        raise InvalidInputTypeError(definition.slug, f"{reason}{unusable.instead.capitalize()}.")
    return declared


def _validated_input(definition: FlowDefinition, validate: Callable[[DeclaredType], Any]) -> Any:
    declared = declared_input(definition)
    try:
        return validate(declared)
    except ValidationError as error:
        raise InvalidInputError(definition.slug, declared.name, problems(error, declared)) from None


def _delivered_type(definition: FlowDefinition, step: StepDefinition) -> DeclaredType | None:
    name = name_of(step.output_type)
    if step.output_type in (Any, object):
        return None
    try:
        declared = DeclaredType.of(step.output_type, definition.unknown_keys)
    except (PydanticUserError, *_UNRESOLVED) as error:
        reason = (
            f"pydantic cannot validate the output type {name}: {_first_sentence(error)}. "
            "Use a TypedDict, a dataclass, a pydantic model or plain data."
        )
        raise InvalidOutputTypeError(definition.slug, step.slug, reason) from error
    if (unusable := declared.unusable) is not None:
        reason = f"what is delivered is {unusable.what}{unusable.because}: the output type is {name}. "
        raise InvalidOutputTypeError(definition.slug, step.slug, f"{reason}{unusable.instead.capitalize()}.")
    return declared


def _first_sentence(error: Exception) -> str:
    """Return the first sentence of a message. The rest of pydantic's messages is advice for authors of models."""
    return str(error).partition("\n")[0].partition(". ")[0].removesuffix(".")


def problems(error: ValidationError, declared: DeclaredType | None = None) -> tuple[str, ...]:
    """Return what is wrong with a value: a line for each key."""
    found = []
    for item in error.errors(include_url=False, include_context=False):
        place = ".".join(map(str, item["loc"]))
        given = "" if item["type"] == "missing" else f" (given {item['input']!r:.80})"
        message = _NO_JSON if item["type"] == "needs_python_object" else item["msg"]
        if declared is not None and item["type"] in _UNKNOWN_KEY:
            message = f"there is no such key; {declared.meant(item['loc'])}"
        found.append(f"{place}: {message}{given}" if place else f"{message}{given}")
    return tuple(found)


def plain_or_error(value: object) -> Any:
    """Return what pydantic writes in place of a value that it does not know: for numpy's scalars, those of Python.

    Raises:
        PydanticSerializationError: It is not such a scalar.
    """
    scalar = plain(value)
    if scalar is value:
        raise PydanticSerializationError(f"Unable to serialize unknown type: {type(value)}")
    return scalar
