"""Workflows whose wiring the type checker proves.

Layers, each importing only from those below it:

    cli | testing | event_log | tracing             the last two are listeners
    flow                            the typed face
    from_asyncio | async_library    how asyncio awaits what runs on trio
    executor | run | graph          what runs a definition, a run that is under way, what draws a definition
    execution, worker               one run in a nursery, and who executes its tasks
    attempt | delayed | listeners | event_stream    calls of handlers, tasks that wait, who hears of events
    schedule                        what is ready, and what becomes of a step: the rules, without trio
    plan                            what all runs of a flow need to know of its steps
    codec                           values and types, by pydantic
    context | event | cancellation  what handlers and listeners receive; trio's exceptions taken apart
    definition                      a flow as frozen data, and all checks of the graph
    condition                       whether a step's condition is met
    options                         how a step is tried and skipped
    handler                         how a callable is called
    step_input                      what a handler receives
    exceptions

Beside them stands ``inference``: what checkers without the mypy plugin take for `Flow`. No program imports it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typedflow._definition.flow import FlowDefinition, StepDefinition
    from typedflow._definition.handler import Handler, Mode
    from typedflow._definition.options import UNSET, FlowOptions, Options, StepOptions
    from typedflow.context import StepContext
    from typedflow.engines._local.run import Run
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
        NoJsonFormError,
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
    from typedflow.step_input import StepInput

    # isort: split
    # mypy keeps the Flow above, which its plugin knows; the checkers that load no plugin take this one.
    from typedflow._inference import Flow  # type: ignore[assignment]  # noqa: F811

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
    "NoJsonFormError",
    "Options",
    "PermanentError",
    "Run",
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
    _MODULES = ("context", "definition", "event", "exceptions", "flow", "handler", "options", "run", "step_input")

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
