"""The options of a wait step, and the type of what is delivered to it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final, TypedDict

from typedflow._definition.handler import name_of
from typedflow._definition.options import EXCEPT_IN_MAPS, StepOptions
from typedflow._text import nearest
from typedflow.exceptions import InvalidOutputTypeError, InvalidStepOptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typedflow._definition.options import FailOrSkip
    from typedflow._quantity import Duration


class PlainWaitOptions(TypedDict, total=False):
    """Options of a wait step that do not say when it is skipped."""

    timeout: Duration | None
    """How long the step waits for its delivery, in seconds or as a timedelta, above 0; infinity means no limit. With a
    store, the time also passes while no process executes the run. Default: infinity."""


class WaitOptions(PlainWaitOptions, total=False):
    """Options of a wait step. Those of its flow do not apply: they say how handlers are called."""

    if_: Any
    """A pattern or a predicate, as in `StepOptions`."""
    if_not: Any
    """A pattern or a predicate, as in `StepOptions`."""
    when_unmet: FailOrSkip | None
    """What happens if the condition is unmet. Default: ``skip`` (pgflow)."""
    when_exhausted: FailOrSkip | None
    """What happens if nothing was delivered within the timeout. Default: ``fail``."""


OF_HANDLERS: Final = "It says how a handler is called, and a wait step does not have one."


# Values that are never an annotation.
_VALUES: Final = (int, float, complex, bytes, list, tuple, dict, set, frozenset)


def check_wait_options(flow: str, step: str, given: Mapping[str, Any]) -> None:
    """Check that a wait step is given only options that it can have.

    Raises:
        TypeError: An option is unknown, or only a step with a handler has it.
        InvalidStepOptionError: ``when_exhausted`` is not valid.
    """
    known = WaitOptions.__annotations__
    name = next((option for option in given if option not in known), None)
    if name is not None:
        suggestion = nearest(name, [*known, "depends_on"])
        hint = f"The options of a wait step are {', '.join(known)}."
        if name in StepOptions.__annotations__:
            hint = f"{OF_HANDLERS} {hint}"
        elif suggestion:
            hint = f'Did you mean "{suggestion}"?'
        raise TypeError(f'flow "{flow}", step "{step}": there is no option "{name}". {hint}')
    if given.get("when_exhausted") == "none":
        raise InvalidStepOptionError(flow, step, "when_exhausted", "none", EXCEPT_IN_MAPS)


def checked_output_type(flow: str, step: str, output_type: Any) -> Any:
    """Return the type of what is delivered to a wait step.

    Raises:
        InvalidOutputTypeError: It cannot be a type.
    """
    if isinstance(output_type, str):
        wrong = f'the output type is the text "{output_type}". Pass the class itself, without quotes.'
        raise InvalidOutputTypeError(flow, step, wrong)
    if inspect.isroutine(output_type):
        wrong = (
            f"the output type is the function {name_of(output_type)}, but a wait step does not have a handler. Pass "
            "the type of what is delivered to it, or add a step with .step()."
        )
        raise InvalidOutputTypeError(flow, step, wrong)
    if isinstance(output_type, _VALUES) or type(output_type) is object:
        wrong = f"the output type is {output_type!r:.80}, which is not a type. Pass the class of what is delivered."
        raise InvalidOutputTypeError(flow, step, wrong)
    return type(None) if output_type is None else output_type
