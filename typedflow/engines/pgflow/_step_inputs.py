"""`StepInputs`: what the tasks of a flow are given, decoded from JSON with the declared types."""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from typedflow.context import ITEM
from typedflow.engines._encoding import Encoding
from typedflow.engines.pgflow._values import FailedItem, Skipped, from_jsonb
from typedflow.stores import StoredValue

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from typing import TypeAlias
    from uuid import UUID

    from typedflow._definition.flow import FlowDefinition, StepDefinition
    from typedflow.context import StepInput
    from typedflow.engines._tasks.plan import Plan, PlannedStep
    from typedflow.engines.pgflow._turn import ClaimedTask

    ReadOutputs: TypeAlias = Callable[[UUID, Sequence[str]], Awaitable[Mapping[str, list[Any]]]]

# How many values are kept that many tasks read: flow inputs, and the outputs that the items of a map share.
_MOST_KEPT: Final = 256


class StepInputs:
    """Decodes what the tasks of one flow are given.

    Args:
        plan: The plan of the flow.
        definition: The flow.
        size: Of how many runs tasks may be executed concurrently.
    """

    def __init__(self, plan: Plan, definition: FlowDefinition, size: int) -> None:
        self._size = _MOST_KEPT + 2 * size
        self._plan = plan
        self._definition = definition
        self._encoding = Encoding.of(definition)
        self._flow_inputs: OrderedDict[UUID, Any] = OrderedDict()
        self._raw_flow_inputs: OrderedDict[UUID, Any] = OrderedDict()
        self._shared: OrderedDict[tuple[UUID, str], dict[str, Any]] = OrderedDict()

    def missing_runs(self, tasks: Iterable[ClaimedTask]) -> set[UUID]:
        """Return the runs whose flow inputs are not known. Those of the others are kept, as they will be needed."""
        runs = {task.key.run_id for task in tasks}
        known = runs & self._raw_flow_inputs.keys()
        for run_id in known:
            self._raw_flow_inputs.move_to_end(run_id)
        return runs - known

    def add_runs(self, flow_inputs: Mapping[UUID, Any]) -> None:
        """Keep the flow inputs of runs, as JSON."""
        for run_id, raw in flow_inputs.items():
            _keep(self._raw_flow_inputs, run_id, raw, self._size)

    def flow_input(self, run_id: UUID) -> Any:
        """Return a flow input.

        Raises:
            StoredValueError: It is not of the flow's input type.
        """
        if run_id not in self._flow_inputs:
            stored = _value(from_jsonb(self._raw_flow_inputs[run_id]))
            _keep(self._flow_inputs, run_id, self._encoding.input_from_store(stored))
        return self._flow_inputs[run_id]

    def raw_items(self, task: ClaimedTask) -> Any:
        """Return what a map maps over, as JSON, to the task that makes its items."""
        over = self._definition[task.step.step].over
        return self._raw_flow_inputs[task.key.run_id] if over == "run" else task.given.get(over)

    def outputs_of(self, step: PlannedStep, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Skipped]]:
        """Return the outputs of the dependencies of a step, and those that were skipped.

        Args:
            step: The step.
            given: The outputs as JSON, by slug. One that a worker or the database has skipped may be missing.

        Raises:
            StoredValueError: An output is not of the declared type.
        """
        return self._decoded(step.depends_on, given)

    def _decoded(self, slugs: Iterable[str], given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Skipped]]:
        outputs: dict[str, Any] = {}
        skipped: dict[str, Skipped] = {}
        for slug in slugs:
            found = self._output(slug, given[slug]) if slug in given else Skipped("condition_unmet", is_cascade=False)
            if isinstance(found, Skipped):
                skipped[slug], found = found, None
            outputs[slug] = found
        return outputs, skipped

    def step_input(self, step: PlannedStep, run_id: UUID, outputs: Mapping[str, Any]) -> StepInput:
        """Return a step input of the flow input and outputs."""
        return step.input_with(tuple(outputs), self.flow_input(run_id), outputs)

    def item(self, step: StepDefinition, given: Any) -> Any:
        """Return an item of a map.

        The declared type is that of all items, so an item is decoded as a list of one.

        Args:
            step: The map step.
            given: The item as JSON.

        Raises:
            StoredValueError: It is not of the declared type.
        """
        over = step.over or "run"
        found = from_jsonb(given)
        if isinstance(found, FailedItem):
            return None
        stored = _value(found)
        if over != "run" and self._plan.by_slug[over].is_map:
            return self._encoding.output_from_store(over, stored)
        alone = StoredValue(f"[{_text(stored)}]")
        if over == "run":
            return self._encoding.input_from_store(alone)[0]
        return self._encoding.output_from_store(over, alone)[0]

    async def with_shared(self, step: PlannedStep, run_id: UUID, item: Any, read: ReadOutputs) -> StepInput:
        """Return the step input of an item whose handler takes other outputs too. The items of a run share these.

        Args:
            step: The map step.
            run_id: Identifier of the run.
            item: The item, decoded.
            read: Returns the outputs of the tasks of some steps of a run, as JSON.

        Raises:
            StoredValueError: An output is not of the declared type.
        """
        key, reads = (run_id, step.slug), step.reads or ()
        if key not in self._shared:
            found = await read(run_id, reads) if reads else {}
            given = {
                slug: outputs if self._plan.by_slug[slug].is_map else outputs[0] for slug, outputs in found.items()
            }
            outputs, _ = self._decoded(reads, given)
            _keep(self._shared, key, outputs)
        step_input = step.input_with(reads, self.flow_input(run_id), self._shared[key])
        step_input[ITEM] = item
        return step_input

    def _output(self, slug: str, raw: Any) -> Any:
        if not self._plan.by_slug[slug].is_map:
            found = from_jsonb(raw)
            return found if isinstance(found, Skipped) else self._encoding.output_from_store(slug, _value(found))
        outputs: list[Any] = []
        for each in raw:
            found = from_jsonb(each)
            if isinstance(found, Skipped):
                return found
            failed = isinstance(found, FailedItem)
            outputs.append(None if failed else self._encoding.output_from_store(slug, _value(found)))
        return outputs


def _value(found: object) -> StoredValue:
    return found if isinstance(found, StoredValue) else StoredValue(json.dumps(None))


def _text(stored: StoredValue) -> str:
    return stored.data if isinstance(stored.data, str) else json.dumps(None)


def _keep(kept: OrderedDict[Any, Any], key: Any, value: Any, most: int = _MOST_KEPT) -> None:
    kept[key] = value
    if len(kept) > most:
        kept.popitem(last=False)
