"""Workflows whose wiring the type checker proves.

Layers, each importing only from those below it:

    cli
    flow                            the typed face
    executor | graph                what runs a definition, what draws one
    codec                           values and types, by pydantic
    context | event | step_input    what handlers and listeners receive
    definition                      a flow as frozen data, and all checks of the graph
    handler                         how a callable is called
    exceptions
"""

from typedflow.context import StepContext
from typedflow.definition import FlowDefinition, StepDefinition
from typedflow.event import Event, Listener
from typedflow.exceptions import (
    DuplicateDependencyError,
    DuplicateStepError,
    FlowDefinitionError,
    InvalidDependenciesError,
    InvalidHandlerError,
    InvalidInputError,
    InvalidInputTypeError,
    InvalidOptionError,
    InvalidOutputError,
    InvalidSlugError,
    SelfDependencyError,
    StepFailedError,
    TypedflowError,
    UndeclaredInputError,
    UnknownDependencyError,
)
from typedflow.flow import Flow
from typedflow.handler import Handler, Mode
from typedflow.step_input import StepInput

__version__ = "0.1.0"

__all__ = [
    "DuplicateDependencyError",
    "DuplicateStepError",
    "Event",
    "Flow",
    "FlowDefinition",
    "FlowDefinitionError",
    "Handler",
    "InvalidDependenciesError",
    "InvalidHandlerError",
    "InvalidInputError",
    "InvalidInputTypeError",
    "InvalidOptionError",
    "InvalidOutputError",
    "InvalidSlugError",
    "Listener",
    "Mode",
    "SelfDependencyError",
    "StepContext",
    "StepDefinition",
    "StepFailedError",
    "StepInput",
    "TypedflowError",
    "UndeclaredInputError",
    "UnknownDependencyError",
]
