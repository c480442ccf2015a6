"""Errors of stores, and of the runs that they remember."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from typedflow._text import escaped, named_place
from typedflow.exceptions.base import TypedflowError

if TYPE_CHECKING:
    from typedflow.stores import Owner, RunRecord


class StoreError(TypedflowError):
    """A store cannot be opened, read or written. What it has confirmed is not lost.

    Attributes:
        store: Name of the store: the path of its file.
        reason: What is wrong and what to do.
    """

    def __init__(self, store: str, reason: str) -> None:
        super().__init__(store, reason)
        self.store = store
        self.reason = reason

    @override
    def __str__(self) -> str:
        return f"{named_place(self.store)}: {self.reason}"


class UnknownRunError(StoreError, LookupError):
    """A store has no such run.

    Attributes:
        run_id: Identifier of the run.
        was_deleted: Whether there was such a run, which was deleted.
    """

    def __init__(self, store: str, run_id: str, *, was_deleted: bool = False) -> None:
        name = f'run "{escaped(run_id)}"'
        super().__init__(store, f"{name} was deleted." if was_deleted else f"there is no {name}.")
        self.run_id = run_id
        self.was_deleted = was_deleted

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), was_deleted=self.was_deleted), (self.store, self.run_id)


class RunExistsError(StoreError):
    """A run cannot be created, because the store knows its identifier already.

    Attributes:
        run: The run that the store knows; None if it was deleted.
    """

    def __init__(self, store: str, run_id: str, run: RunRecord | None) -> None:
        known = "was deleted" if run is None else f'exists: it is a run of flow "{run.flow}", {run.status}'
        super().__init__(store, f'run "{escaped(run_id)}" {known}. Choose another run_id.')
        self.run_id = run_id
        self.run = run

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.store, self.run_id, self.run)


class RunClaimedError(StoreError):
    """A run is executed by a living process, which has to end it or to die before others can have it.

    Attributes:
        run_id: Identifier of the run.
        owner: The process that executes it.
    """

    def __init__(self, store: str, run_id: str, owner: Owner, place: str) -> None:
        super().__init__(
            store, f'run "{escaped(run_id)}" is executed by {place}. Wait until it has ended, or cancel it.'
        )
        self.run_id = run_id
        self.owner = owner
        self.place = place

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.store, self.run_id, self.owner, self.place)


class RunEndedError(StoreError):
    """A run has ended, so it can be neither resumed nor cancelled.

    Attributes:
        run: The run.
    """

    def __init__(self, store: str, run: RunRecord) -> None:
        advice = " Retry it with flow.retry()." if run.status in {"failed", "cancelled"} else ""
        super().__init__(
            store, f'run "{escaped(run.run_id)}" of flow "{run.flow}" has ended: it is {run.status}.{advice}'
        )
        self.run = run

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.store, self.run)


class RunLostError(StoreError):
    """This process has lost its claim on a run: it was frozen for longer than its lease, and another one resumed it.

    Nothing that this process did since then was stored. The run is in good hands.

    Attributes:
        run_id: Identifier of the run.
    """

    def __init__(self, store: str, run_id: str, reason: str) -> None:
        super().__init__(store, f'run "{escaped(run_id)}" {reason}')
        self.run_id = run_id
        self.why = reason

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.store, self.run_id, self.why)


class DifferentInputError(StoreError, ValueError):
    """A run was started again under its identifier, with another flow input.

    Attributes:
        flow: Slug of the flow.
        run_id: Identifier of the run.
    """

    def __init__(self, store: str, flow: str, run_id: str) -> None:
        super().__init__(
            store,
            f'run "{escaped(run_id)}" of flow "{flow}" was started with another flow input. Give it the same input, or '
            "choose another run_id.",
        )
        self.flow = flow
        self.run_id = run_id

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.store, self.flow, self.run_id)
