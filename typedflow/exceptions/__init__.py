"""Every error that typedflow raises.

Arguments are kept as attributes and the message is made from them, so that an error can be read by a program,
pickled, and printed without losing anything.
"""

from typedflow.exceptions.base import TypedflowError
from typedflow.exceptions.definition import (
    DuplicateDependencyError,
    DuplicateStepError,
    FlowDefinitionError,
    InvalidConditionError,
    InvalidDependenciesError,
    InvalidHandlerError,
    InvalidInputTypeError,
    InvalidSlugError,
    InvalidStepOptionError,
    SelfDependencyError,
    UnknownDependencyError,
    UnknownStepError,
)
from typedflow.exceptions.run import (
    ConditionUnmetError,
    InvalidInputError,
    InvalidMapSourceError,
    InvalidOptionError,
    InvalidOutputError,
    NoJsonFormError,
    PermanentError,
    RunCancelledError,
    StepFailedError,
    StepTimeoutError,
    UndeclaredInputError,
)

__all__ = [
    "ConditionUnmetError",
    "DuplicateDependencyError",
    "DuplicateStepError",
    "FlowDefinitionError",
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
    "NoJsonFormError",
    "PermanentError",
    "RunCancelledError",
    "SelfDependencyError",
    "StepFailedError",
    "StepTimeoutError",
    "TypedflowError",
    "UndeclaredInputError",
    "UnknownDependencyError",
    "UnknownStepError",
]
