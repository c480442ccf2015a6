"""Errors of runs that a flow cannot resume, because they belong to another one or to another version of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from typedflow._text import escaped, first_joined, quoted
from typedflow.exceptions.stores import StoreError

if TYPE_CHECKING:
    from typedflow._shape_difference import ShapeDifference


class ShapeMismatchError(StoreError, ValueError):
    """A flow cannot resume a run, because what the run has stored does not fit the flow any more.

    Attributes:
        flow: Slug of the flow.
        run_id: Identifier of the run.
        differences: What differs, of all that keeps the run from being resumed.
    """

    def __init__(self, store: str, flow: str, run_id: str, differences: tuple[ShapeDifference, ...]) -> None:
        run = escaped(run_id)
        steps = dict.fromkeys(difference.step for difference in differences)
        can_repeat = None not in steps and all(difference.aspect != "added" for difference in differences)
        again = f'flow.retry("{run}", store=store, from_steps=[{quoted([step for step in steps if step])}])'
        advice = f"or have what has changed executed again: {again}" if can_repeat else "or start a new run"
        listed = first_joined([difference.sentence for difference in differences])
        super().__init__(
            store,
            f'run "{run}" cannot be resumed by flow "{flow}" as it is now: {listed}. Resume it with the version of the '
            f"flow that it was started with, {advice}.",
        )
        self.flow = flow
        self.run_id = run_id
        self.differences = differences

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.store, self.flow, self.run_id, self.differences)


class OtherFlowError(StoreError, ValueError):
    """A flow was to resume a run of another flow.

    Attributes:
        flow: Slug of the flow.
        run_id: Identifier of the run.
        flow_of_run: Slug of the flow whose run it is.
    """

    def __init__(self, store: str, flow: str, run_id: str, flow_of_run: str) -> None:
        super().__init__(
            store,
            f'run "{escaped(run_id)}" is a run of flow "{flow_of_run}", not of flow "{flow}". Resume it with its own.',
        )
        self.flow = flow
        self.run_id = run_id
        self.flow_of_run = flow_of_run

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.store, self.flow, self.run_id, self.flow_of_run)
