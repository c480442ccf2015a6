"""Every error that typedflow raises.

An error keeps its arguments as attributes and makes its message from them. So a program can read it, and it can be
pickled.
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
    InvalidPartError,
    InvalidResourcesTypeError,
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
    InvalidResourcesError,
    NoJsonFormError,
    PermanentError,
    ResourcesError,
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
    "InvalidPartError",
    "InvalidResourcesError",
    "InvalidResourcesTypeError",
    "InvalidSlugError",
    "InvalidStepOptionError",
    "NoJsonFormError",
    "PermanentError",
    "ResourcesError",
    "RunCancelledError",
    "SelfDependencyError",
    "StepFailedError",
    "StepTimeoutError",
    "TypedflowError",
    "UndeclaredInputError",
    "UnknownDependencyError",
    "UnknownStepError",
]
