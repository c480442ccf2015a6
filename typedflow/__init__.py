"""Workflows whose wiring the type checker proves.

Layers, each importing only from those below it:

    cli
    flow                            the typed face
    from_asyncio | async_library    how asyncio awaits what runs on trio
    executor | graph                what runs a definition, what draws one
    codec                           values and types, by pydantic
    context | event | step_input    what handlers and listeners receive
    definition                      a flow as frozen data, and all checks of the graph
    options | condition             how a step is tried and skipped, and what a pattern contains
    handler                         how a callable is called
    exceptions

Beside them stands ``inference``: what checkers without the mypy plugin take for `Flow`. No program imports it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typedflow.context import StepContext
    from typedflow.definition import FlowDefinition, StepDefinition
    from typedflow.event import Event, Listener
    from typedflow.exceptions import (
        ConditionUnmetError,
        DuplicateDependencyError,
        DuplicateStepError,
        FlowDefinitionError,
        InvalidConditionError,
        InvalidDependenciesError,
        InvalidHandlerError,
        InvalidInputError,
        InvalidInputTypeError,
        InvalidMapSourceError,
        InvalidOptionError,
        InvalidOutputError,
        InvalidSlugError,
        InvalidStepOptionError,
        PermanentError,
        RunCancelledError,
        SelfDependencyError,
        StepFailedError,
        StepTimeoutError,
        TypedflowError,
        UndeclaredInputError,
        UnknownDependencyError,
        UnknownStepError,
    )
    from typedflow.flow import Flow
    from typedflow.handler import Handler, Mode

    # mypy keeps the Flow above, which its plugin knows; the checkers that load no plugin take this one.
    from typedflow.inference import Flow  # type: ignore[assignment]  # noqa: F811
    from typedflow.options import UNSET, FlowOptions, Options, StepOptions
    from typedflow.step_input import StepInput

__version__ = "0.1.0"

__all__ = [
    "UNSET",
    "ConditionUnmetError",
    "DuplicateDependencyError",
    "DuplicateStepError",
    "Event",
    "Flow",
    "FlowDefinition",
    "FlowDefinitionError",
    "FlowOptions",
    "Handler",
    "InvalidConditionError",
    "InvalidDependenciesError",
    "InvalidHandlerError",
    "InvalidInputError",
    "InvalidInputTypeError",
    "InvalidMapSourceError",
    "InvalidOptionError",
    "InvalidOutputError",
    "InvalidSlugError",
    "InvalidStepOptionError",
    "Listener",
    "Mode",
    "Options",
    "PermanentError",
    "RunCancelledError",
    "SelfDependencyError",
    "StepContext",
    "StepDefinition",
    "StepFailedError",
    "StepInput",
    "StepOptions",
    "StepTimeoutError",
    "TypedflowError",
    "UndeclaredInputError",
    "UnknownDependencyError",
    "UnknownStepError",
]

if not TYPE_CHECKING:
    _MODULES = ("context", "definition", "event", "exceptions", "flow", "handler", "options", "step_input")

    def __getattr__(name: str) -> object:
        """Import what is asked for when it is asked for: a type checker that loads the plugin needs none of it."""
        if name in __all__:
            for module in _MODULES:
                found = getattr(import_module(f"typedflow.{module}"), name, None)
                if found is not None:
                    globals()[name] = found
                    return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
