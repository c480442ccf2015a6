"""Errors of engines on a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from typedflow._text import escaped
from typedflow.exceptions.base import TypedflowError
from typedflow.exceptions.definition import FlowDefinitionError

if TYPE_CHECKING:
    from collections.abc import Sequence


class EngineError(TypedflowError):
    """An engine's database cannot be reached, read or written, or is not ready.

    Attributes:
        engine: Name of the engine: the address of its database, without a password.
        reason: What is wrong and what to do.
    """

    def __init__(self, engine: str, reason: str) -> None:
        super().__init__(engine, reason)
        self.engine = engine
        self.reason = reason

    @override
    def __str__(self) -> str:
        return f'engine "{escaped(self.engine)}": {self.reason}'


class NotDeployedError(EngineError):
    """A database does not have a flow, so it cannot be run there.

    Attributes:
        flow: Slug of the flow.
    """

    def __init__(self, engine: str, flow: str) -> None:
        super().__init__(engine, f'flow "{flow}" is not deployed. Run typedflow engine deploy.')
        self.flow = flow

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.engine, self.flow)


class DeployedShapeError(EngineError):
    """A database has another shape of a flow than the program.

    Attributes:
        flow: Slug of the flow.
        differences: The differences, a sentence each.
        runs: How many runs of the flow the database has.
        unfinished: How many of them have not ended.
    """

    def __init__(self, engine: str, flow: str, differences: Sequence[str], runs: int = 0, unfinished: int = 0) -> None:
        listed = "".join(f"\n  - {difference}" for difference in differences)
        super().__init__(
            engine,
            f'flow "{flow}" is deployed with another shape. Give the changed flow a new slug, or replace it with '
            f"typedflow engine deploy --replace, which deletes {_price(runs, unfinished)}.{listed}",
        )
        self.flow = flow
        self.differences = tuple(differences)
        self.runs = runs
        self.unfinished = unfinished

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.engine, self.flow, self.differences, self.runs, self.unfinished)


def _price(runs: int, unfinished: int) -> str:
    if runs == 1:
        return "its only run" + (", which has not ended" if unfinished else "")
    if not unfinished:
        return f"its {runs:,} runs" if runs else "no runs, as it has none"
    return f"its {runs:,} runs, and {unfinished:,} of them {'has' if unfinished == 1 else 'have'} not ended"


class RemoteError(TypedflowError):
    """An exception that a handler raised in another process. This is the cause of a `StepFailedError`.

    Attributes:
        type_name: Name of its class, with the module unless that is ``builtins``.
        message: What ``str`` said of it.
        traceback: The traceback as Python printed it there; empty if there is none.
    """

    def __init__(self, type_name: str, message: str, traceback: str = "") -> None:
        super().__init__(type_name, message, traceback)
        self.type_name = type_name
        self.message = message
        self.traceback = traceback

    @override
    def __str__(self) -> str:
        return f"{self.type_name}: {self.message}" if self.message else self.type_name


class UndeployableError(FlowDefinitionError):
    """A flow cannot be deployed, because the engine cannot express it."""
