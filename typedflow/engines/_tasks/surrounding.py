"""What a run that a handler starts can know of the run and the task of that handler."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Protocol

from typedflow.event import ParentTask

if TYPE_CHECKING:
    from contextvars import Context

    from typedflow.engines._listening import Listeners
    from typedflow.engines._tasks.plan import Task


class SurroundingRun(Protocol):
    """The run whose handler has started another one."""

    @property
    def run_id(self) -> str:
        """Its identifier."""

    @property
    def listeners(self) -> Listeners | None:
        """Its listeners, which also receive the events of the runs that its handlers start; None if it has ended."""


class Surrounding:
    """What a run that a handler starts can know of that handler's run and task, by a context variable.

    The local engine has one for each worker, which executes one task after another. One for each task was tried: to set
    a context variable for each took 8 % of the time of a step. tests/unit/engines/local/test_runs_within_runs.py shows
    which runs know their task.

    Attributes:
        run: The run.
        task: The task that is executed.
    """

    __slots__ = ("_flow", "run", "task")

    def __init__(self, flow: str, run: SurroundingRun) -> None:
        self._flow = flow
        self.run = run
        self.task: Task

    def enter(self) -> None:
        """Let the runs that are started in this context, and in copies of it, know of the task."""
        _SURROUNDING.set(self)

    def parent(self) -> ParentTask:
        """Return the task as the parent of another run."""
        step, index, attempt = self.task
        return ParentTask(self._flow, self.run.run_id, step.slug, index, attempt)


_SURROUNDING: Final[ContextVar[Surrounding]] = ContextVar("surrounding task")


def surrounding_of(context: Context) -> Surrounding | None:
    """Return the task within which a context is; None if it is in no handler."""
    return context.get(_SURROUNDING)


def surrounding_listeners() -> Listeners | None:
    """Return the listeners of the run whose handler is called, if one is."""
    surrounding = _SURROUNDING.get(None)
    return None if surrounding is None else surrounding.run.listeners
