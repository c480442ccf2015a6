"""Workflows whose wiring the type checker proves.

Everything that a program needs is imported from here. The rooms behind it:

    _definition   what a flow is: frozen data
    engines       who runs it: ``_local`` in this process, on trio
    listeners     who watches it: a log, OpenTelemetry spans
    testing       how its users test it: a virtual clock, one step alone
    _cli          the command ``typedflow``
    _inference    what type checkers without the mypy plugin take for `Flow`; no program imports it

A module whose path has a part with an underscore is private. Imports run downward only, as pyproject.toml has it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typedflow._definition.flow import FlowDefinition, StepDefinition
    from typedflow._definition.handler import Handler, Mode
    from typedflow._definition.options import UNSET, FlowOptions, Options, StepOptions
    from typedflow.context import StepContext, StepInput
    from typedflow.engines._local.run import Run
    from typedflow.engines._run_options import RunOptions
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
    "RunOptions",
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
    _MODULES = (
        "context",
        "event",
        "exceptions",
        "_definition.options",
        "_definition.handler",
        "_definition.flow",
        "engines._run_options",
        "engines._local.run",
        "flow",
    )

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
