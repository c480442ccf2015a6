"""Errors of the resources of a run."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from typedflow.exceptions.base import TypedflowError


class InvalidResourcesError(TypedflowError, TypeError):
    """The resources of a run are not what its flow declares. No step was started.

    Attributes:
        flow: Slug of the flow.
        reason: What is wrong and what to do.
    """

    def __init__(self, flow: str, reason: str) -> None:
        super().__init__(flow, reason)
        self.flow = flow
        self.reason = reason

    @override
    def __str__(self) -> str:
        return f'flow "{self.flow}": {self.reason}'


class ResourcesError(TypedflowError):
    """The resources of a run could not be opened or closed. The cause is the exception that was raised there.

    If they could not be opened, no step was started. If they could not be closed, the run may have completed.

    Attributes:
        flow: Slug of the flow.
        reason: What happened.
        outputs: The outputs of the run by slug, if it had completed; otherwise None.
    """

    def __init__(self, flow: str, reason: str, outputs: dict[str, Any] | None = None) -> None:
        super().__init__(flow, reason, outputs)
        self.flow = flow
        self.reason = reason
        self.outputs = outputs

    @override
    def __str__(self) -> str:
        completed = " The run had completed: its outputs are in this error." if self.outputs is not None else ""
        return f'flow "{self.flow}": {self.reason}{completed}'
