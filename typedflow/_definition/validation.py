"""Values checked against declared types, and turned to and from JSON, by pydantic."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Never, NoReturn, TypedDict

from pydantic import (
    BaseModel,
    PydanticUserError,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import PydanticSerializationError, SchemaValidator, core_schema, from_json, to_json

from typedflow.exceptions import (
    InvalidHandlerError,
    InvalidInputError,
    InvalidInputTypeError,
    InvalidOutputError,
    NoJsonFormError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typedflow._definition.flow import FlowDefinition, StepDefinition


class _Empty(TypedDict):
    pass


_patching = threading.RLock()
# What evaluating an annotation raises where a name is missing, or stands for something else than in a stub.
_UNRESOLVED = (NameError, AttributeError, SyntaxError, TypeError)


def validate_input(definition: FlowDefinition, value: object) -> Any:
    """Return the flow input as its type has it; strictly, so ``"1"`` is not an ``int``.

    Raises:
        InvalidInputError: The value is not of the flow's input type.
        InvalidInputTypeError: The flow's input type is none that pydantic can validate.
    """
    return _checked_input(definition, lambda adapter: adapter.validate_python(value, strict=True))


def decode_input(definition: FlowDefinition, text: str | bytes) -> Any:
    """Return the flow input that a JSON text spells; strictly, as far as JSON has the types.

    Raises:
        InvalidInputError: The text is no JSON, or not that of the flow's input type.
        InvalidInputTypeError: The flow's input type is none that pydantic can validate.
    """
    return _checked_input(definition, lambda adapter: adapter.validate_json(text, strict=True))


def encode_outputs(outputs: dict[str, Any]) -> str:
    """Return the outputs of a run as indented JSON; null for a float that is infinite or no number.

    Raises:
        ValueError: An output has no JSON form; the message names its step.
    """
    for slug, output in outputs.items():
        try:
            to_json(output, inf_nan_mode="null")
        except PydanticSerializationError as error:
            raise ValueError(f'the output of step "{slug}" has no JSON form: {error}') from error
    return to_json(outputs, indent=2, inf_nan_mode="null").decode()


def json_form(flow: str, source: str, value: object) -> Any:
    """Return what a value is in JSON: dicts with string keys, lists, strings, numbers, booleans and None.

    It goes by pydantic's rules for the value that is there, whatever type is declared: a model or a dataclass is a dict
    of its fields (a model's by their aliases), a tuple or a set a list, a date ISO 8601, bytes the text they encode. A
    float that is infinite or no number is None, as JSON cannot say it.

    Args:
        flow: Slug of the flow, for the message.
        source: Where the value comes from, for the message: the slug of a step, or ``run``.
        value: An output or a flow input.

    Raises:
        NoJsonFormError: It has none.
    """
    try:
        return from_json(to_json(value, inf_nan_mode="null"))
    except (ValueError, TypeError) as error:
        reason = str(error).removeprefix("Error serializing to JSON: ").partition("\n")[0].removesuffix(".")
        raise NoJsonFormError(flow, source, reason) from error


def output_validator(definition: FlowDefinition, step: StepDefinition) -> Callable[[object], None] | None:
    """Return what checks an output of the step, or nothing where its handler declares no type.

    The check is strict and leaves the value as it is: in process, outputs are handed over untouched. It raises
    `InvalidOutputError` for a wrong value.

    Raises:
        InvalidHandlerError: The declared type does not exist at run time, or pydantic cannot validate it.
    """
    declared: Any = None
    try:
        declared = step.handler.output_type()
        # What never returns has nothing to check.
        if declared in (Any, object, NoReturn, Never):
            return None
        if isinstance(declared, type) and issubclass(declared, BaseModel):
            # Even strictly, pydantic would make a model of a dict; dependents are handed the dict itself.
            validate = SchemaValidator(core_schema.is_instance_schema(declared)).validate_python
        else:
            validate = _adapter(declared).validator.validate_python
    except PydanticUserError as error:
        reason = (
            f"the return type {_name(declared)} is none that pydantic can validate: {_reason(error)}. Return a "
            "TypedDict, a dataclass, a pydantic model or plain data, or annotate the return type as Any."
        )
        raise InvalidHandlerError(definition.slug, step.slug, reason) from error
    except _UNRESOLVED as error:
        reason = (
            f"the return type cannot be found at run time: {_reason(error)}. "
            "Define it at the module's top level, or import it there, outside `if TYPE_CHECKING:`."
        )
        raise InvalidHandlerError(definition.slug, step.slug, reason) from error
    # The check outlives this call in a cache whose keys are definitions: it must not keep its own key alive.
    flow, slug = definition.slug, step.slug

    def check(output: object) -> None:
        try:
            validate(output, strict=True)
        except ValidationError as error:
            raise InvalidOutputError(flow, slug, _name(declared), _lines(error)) from error

    return check


def _checked_input(definition: FlowDefinition, validate: Callable[[TypeAdapter[Any]], Any]) -> Any:
    try:
        adapter = _adapter(definition.input_type)
    except (PydanticUserError, *_UNRESOLVED) as error:
        reason = (
            f"the input type {_name(definition.input_type)} is none that pydantic can validate: {_reason(error)}. "
            "Use a TypedDict, a dataclass, a pydantic model or plain data."
        )
        raise InvalidInputTypeError(definition.slug, reason) from error
    try:
        return validate(adapter)
    except ValidationError as error:
        raise InvalidInputError(definition.slug, _name(definition.input_type), _lines(error)) from error


def _adapter(declared: Any) -> TypeAdapter[Any]:
    try:
        hash(declared)
    except TypeError:  # the metadata of an annotation may be unhashable, as in Annotated[int, {"unit": "cm"}]
        return _new_adapter(declared)
    return _kept_adapter(declared)


def _new_adapter(declared: Any) -> TypeAdapter[Any]:
    with _plain_typed_dicts():
        adapter = TypeAdapter(declared)
        adapter.rebuild()  # pydantic puts off what it cannot resolve; a flow wants to know at once
        return adapter


_kept_adapter = lru_cache(maxsize=4096)(_new_adapter)


@contextmanager
def _plain_typed_dicts() -> Iterator[None]:
    """Let pydantic read ``typing.TypedDict`` on Python 3.11, where it insists on that of typing_extensions.

    It does so because decorators and generic bases of such a class cannot be found before Python 3.12; plain keys
    and types, which are what a flow hands over, can. It recognises the class by the module of its metaclass.
    """
    if sys.version_info >= (3, 12):
        yield
        return
    metaclass = type(_Empty)
    with _patching:
        metaclass.__module__ = "typing_extensions"
        try:
            yield
        finally:
            metaclass.__module__ = "typing"


def _name(declared: Any) -> str:
    return declared.__name__ if isinstance(declared, type) else str(declared).replace("typing.", "")


def _reason(error: Exception) -> str:
    """The first sentence of an error; pydantic goes on with advice for authors of models."""
    return str(error).partition("\n")[0].partition(". ")[0].removesuffix(".")


def _lines(error: ValidationError) -> tuple[str, ...]:
    found = []
    for item in error.errors(include_url=False, include_context=False):
        place = ".".join(map(str, item["loc"]))
        given = "" if item["type"] == "missing" else f" (given {item['input']!r:.80})"
        found.append(f"{place}: {item['msg']}{given}" if place else f"{item['msg']}{given}")
    return tuple(found)
