"""A call that takes a handler, with all that was found out about it before mypy checks its arguments."""

from dataclasses import dataclass
from typing import TypeAlias

from mypy.types import CallableType, Parameters, Type

from typedflow_mypy.model.handler import Handler
from typedflow_mypy.model.step_call import StepCall


@dataclass(frozen=True)
class Refused:
    """Why a handler cannot serve its step."""

    message: str


@dataclass(frozen=True)
class Accepted:
    """How a handler takes what its step hands over.

    Attributes:
        parameters: What its parameters receive, where its type is to be inferred from that; else None.
        signature: How it is called; None if that is not known before its type is inferred.
    """

    parameters: Parameters | None
    signature: CallableType | None = None


Verdict: TypeAlias = Accepted | Refused


@dataclass(frozen=True)
class AnalysedCall:
    """A call that takes a handler, analysed.

    Attributes:
        on: The type that the method was called on, as mypy gave it to the hook.
        step: The step that gets the handler.
        handed_over: What the step hands to a handler: the step input, or an item, and the context.
        handlers: Every callable that the handler may be, and whether it can serve the step.
        predicates: The predicates of the step's condition, each as a call with the predicate for a handler.
    """

    on: Type
    step: StepCall
    handed_over: list[Type]
    handlers: list[tuple[Handler, Verdict]]
    predicates: tuple["AnalysedCall", ...] = ()
