"""Workflows whose wiring the type checker proves.

Programs import from here, and from ``typedflow.codecs``, ``typedflow.engines.pgflow``, ``typedflow.listeners``,
``typedflow.stores`` and ``typedflow.testing``. The packages are:

    _definition   what a flow is: frozen data
    codecs        how objects are stored that pydantic has no schema for
    engines       what runs a flow: ``_local`` in this process, on trio; ``pgflow`` on many machines, by Postgres
    listeners     what receives the events of a run: a log, OpenTelemetry spans
    testing       what tests of flows need: a virtual clock, one step on its own
    _cli          the command ``typedflow``
    _inference    the type of `Flow` for checkers without the mypy plugin; never imported by a running program

A module is private if any part of its path begins with an underscore. Imports run downward only; import-linter checks
the order that pyproject.toml lists.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typedflow._definition.flow import FlowDefinition, StepDefinition
    from typedflow._definition.handler import Handler
    from typedflow._definition.options import UNSET, FlowOptions, Options, StepOptions
    from typedflow._definition.rate_limit import RateLimit
    from typedflow._definition.runs_in import RunsIn
    from typedflow._definition.wait import WaitOptions
    from typedflow._shape_difference import ShapeDifference
    from typedflow.context import StepContext, StepInput
    from typedflow.engines._local.run import Run
    from typedflow.engines._run_options import ResumeOptions, RunOptions
    from typedflow.event import Event, Listener, ParentTask, RunStatus, StepStatus
    from typedflow.exceptions import (
        AsyncioOnTrioError,
        CodecError,
        ConditionUnmetError,
        DeliveryError,
        DeliveryTimeoutError,
        DeployedShapeError,
        DifferentInputError,
        DuplicateDependencyError,
        DuplicateStepError,
        EngineError,
        FlowDefinitionError,
        InvalidConditionError,
        InvalidDeliveryError,
        InvalidDependenciesError,
        InvalidHandlerError,
        InvalidInputError,
        InvalidInputTypeError,
        InvalidMapSourceError,
        InvalidOptionError,
        InvalidOutputError,
        InvalidOutputTypeError,
        InvalidPartError,
        InvalidResourcesError,
        InvalidResourcesTypeError,
        InvalidRetryError,
        InvalidSlugError,
        InvalidStepOptionError,
        NoJsonFormError,
        NotDeployedError,
        NotStorableError,
        OtherFlowError,
        PermanentError,
        PredicateError,
        RemoteError,
        ResourcesError,
        RetryAfter,
        RunCancelledError,
        RunClaimedError,
        RunEndedError,
        RunExistsError,
        RunLostError,
        RunTimeoutError,
        SelfDependencyError,
        ShapeMismatchError,
        StepFailedError,
        StepTimeoutError,
        StoredValueError,
        StoreError,
        TaskInterruptedError,
        TrioOnAsyncioError,
        TypedflowError,
        UndeclaredInputError,
        UndeliverableError,
        UndeployableError,
        UnknownDependencyError,
        UnknownRunError,
        UnknownStepError,
        UnstorableValueError,
        WorkerProcessError,
    )
    from typedflow.flow import Flow
    from typedflow.outputs import CompletedOutputs

    # isort: split
    # `Flow` is imported twice, because there are two kinds of checkers. mypy and zuban keep the first import, the class
    # that the plugin handles. pyright, pyrefly and ty take the last one: a generated stub, from whose overloads they
    # infer the outputs of steps without a plugin. `if MYPY:` was tried instead, but pyrefly does not choose between its
    # branches. tests/typing shows what mypy infers, tests/checks/test_editors.py what the others do.
    from typedflow._inference import Flow  # type: ignore[assignment]  # noqa: F811

__version__ = "0.1.0"

__all__ = [
    "UNSET",
    "AsyncioOnTrioError",
    "CodecError",
    "CompletedOutputs",
    "ConditionUnmetError",
    "DeliveryError",
    "DeliveryTimeoutError",
    "DeployedShapeError",
    "DifferentInputError",
    "DuplicateDependencyError",
    "DuplicateStepError",
    "EngineError",
    "Event",
    "Flow",
    "FlowDefinition",
    "FlowDefinitionError",
    "FlowOptions",
    "Handler",
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
    "Listener",
    "NoJsonFormError",
    "NotDeployedError",
    "NotStorableError",
    "Options",
    "OtherFlowError",
    "ParentTask",
    "PermanentError",
    "PredicateError",
    "RateLimit",
    "RemoteError",
    "ResourcesError",
    "ResumeOptions",
    "RetryAfter",
    "Run",
    "RunCancelledError",
    "RunClaimedError",
    "RunEndedError",
    "RunExistsError",
    "RunLostError",
    "RunOptions",
    "RunStatus",
    "RunTimeoutError",
    "RunsIn",
    "SelfDependencyError",
    "ShapeDifference",
    "ShapeMismatchError",
    "StepContext",
    "StepDefinition",
    "StepFailedError",
    "StepInput",
    "StepOptions",
    "StepStatus",
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
    "WaitOptions",
    "WorkerProcessError",
]

if not TYPE_CHECKING:
    _MODULES = (
        "context",
        "event",
        "exceptions",
        "outputs",
        "_shape_difference",
        "_definition.rate_limit",
        "_definition.options",
        "_definition.runs_in",
        "_definition.wait",
        "_definition.handler",
        "_definition.flow",
        "engines._run_options",
        "engines._local.run",
        "flow",
    )

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used: loading the plugin imports this package but needs no names."""
        if name in __all__:
            for module in _MODULES:
                found = getattr(import_module(f"typedflow.{module}"), name, None)
                if found is not None:
                    globals()[name] = found
                    return found
        if name == "plugin":  # mypy asks for it if its configuration says plugins = ["typedflow"]
            return import_module("typedflow.mypy").plugin
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
