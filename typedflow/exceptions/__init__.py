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
    InvalidOutputTypeError,
    InvalidPartError,
    InvalidResourcesTypeError,
    InvalidSlugError,
    InvalidStepOptionError,
    SelfDependencyError,
    UnknownDependencyError,
    UnknownStepError,
)
from typedflow.exceptions.delivery import (
    DeliveryError,
    DeliveryTimeoutError,
    InvalidDeliveryError,
    UndeliverableError,
)
from typedflow.exceptions.engines import (
    DeployedShapeError,
    EngineError,
    NotDeployedError,
    RemoteError,
    UndeployableError,
)
from typedflow.exceptions.library import AsyncioOnTrioError, TrioOnAsyncioError
from typedflow.exceptions.resources import InvalidResourcesError, ResourcesError
from typedflow.exceptions.retry import InvalidRetryError, PermanentError, RetryAfter
from typedflow.exceptions.run import (
    ConditionUnmetError,
    InvalidInputError,
    InvalidMapSourceError,
    InvalidOptionError,
    InvalidOutputError,
    NoJsonFormError,
    PredicateError,
    RunCancelledError,
    RunTimeoutError,
    StepFailedError,
    StepTimeoutError,
    TaskInterruptedError,
    UndeclaredInputError,
    WorkerProcessError,
)
from typedflow.exceptions.shapes import OtherFlowError, ShapeMismatchError
from typedflow.exceptions.storage import CodecError, NotStorableError, StoredValueError, UnstorableValueError
from typedflow.exceptions.stores import (
    DifferentInputError,
    RunClaimedError,
    RunEndedError,
    RunExistsError,
    RunLostError,
    StoreError,
    UnknownRunError,
)

__all__ = [
    "AsyncioOnTrioError",
    "CodecError",
    "ConditionUnmetError",
    "DeliveryError",
    "DeliveryTimeoutError",
    "DeployedShapeError",
    "DifferentInputError",
    "DuplicateDependencyError",
    "DuplicateStepError",
    "EngineError",
    "FlowDefinitionError",
    "InvalidConditionError",
    "InvalidDeliveryError",
    "InvalidDependenciesError",
    "InvalidHandlerError",
    "InvalidInputError",
    "InvalidInputTypeError",
    "InvalidMapSourceError",
    "InvalidOptionError",
    "InvalidOutputError",
    "InvalidOutputTypeError",
    "InvalidPartError",
    "InvalidResourcesError",
    "InvalidResourcesTypeError",
    "InvalidRetryError",
    "InvalidSlugError",
    "InvalidStepOptionError",
    "NoJsonFormError",
    "NotDeployedError",
    "NotStorableError",
    "OtherFlowError",
    "PermanentError",
    "PredicateError",
    "RemoteError",
    "ResourcesError",
    "RetryAfter",
    "RunCancelledError",
    "RunClaimedError",
    "RunEndedError",
    "RunExistsError",
    "RunLostError",
    "RunTimeoutError",
    "SelfDependencyError",
    "ShapeMismatchError",
    "StepFailedError",
    "StepTimeoutError",
    "StoreError",
    "StoredValueError",
    "TaskInterruptedError",
    "TrioOnAsyncioError",
    "TypedflowError",
    "UndeclaredInputError",
    "UndeliverableError",
    "UndeployableError",
    "UnknownDependencyError",
    "UnknownRunError",
    "UnknownStepError",
    "UnstorableValueError",
    "WorkerProcessError",
]
