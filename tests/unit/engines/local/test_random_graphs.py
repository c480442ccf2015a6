"""In any graph, every step runs once, after its dependencies and with their outputs."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.engines.local.flows import ONE_ATTEMPT
from typedflow import (
    FlowDefinition,
    StepFailedError,
    StepInput,
)
from typedflow.engines._local.runs import execute

if TYPE_CHECKING:
    from collections.abc import Callable


@st.composite
def graphs(draw: st.DrawFn) -> list[list[int]]:
    """For each step, the earlier steps that it depends on."""
    size = draw(st.integers(0, 25))
    return [sorted(draw(st.sets(st.integers(0, i - 1), max_size=4))) if i else [] for i in range(size)]


KINDS = st.sampled_from(["async", "thread", "lambda", "awaited"])


class Recorder:
    """Handlers of one random flow, and what they saw."""

    def __init__(self, graph: list[list[int]], data: st.DataObject, failing: frozenset[int] = frozenset()) -> None:
        self.graph = graph
        self.failing = failing
        self.started: Counter[int] = Counter()
        self.finished: list[int] = []
        self.inputs: dict[int, dict[str, object]] = {}
        self.entered = 0
        self.left = 0
        definition = FlowDefinition("f", Any, ONE_ATTEMPT)
        for step, dependencies in enumerate(graph):
            handler = self.handler(step, data.draw(KINDS), data.draw(st.integers(0, 5)))
            definition = definition.with_step(f"s{step}", handler, [f"s{d}" for d in dependencies])
        self.definition = definition

    def begin(self, step: int, inputs: StepInput) -> None:
        assert all(dependency in self.finished for dependency in self.graph[step])
        self.started[step] += 1
        self.inputs[step] = dict(inputs)

    def end(self, step: int) -> str:
        if step in self.failing:
            raise ValueError(f"s{step}")
        self.finished.append(step)
        return f"output {step}"

    def handler(self, step: int, kind: str, delay: int) -> object:
        async def in_nursery(inputs: StepInput) -> str:
            self.begin(step, inputs)
            self.entered += 1
            try:
                await trio.sleep(delay)
                return self.end(step)
            finally:
                with trio.CancelScope(shield=True):
                    await trio.sleep(delay)
                self.left += 1

        def in_thread(inputs: StepInput) -> str:
            self.begin(step, inputs)
            return self.end(step)

        handlers: dict[str, Callable[[StepInput], Any]] = {
            "async": in_nursery,
            "thread": in_thread,
            "lambda": lambda inputs: in_thread(inputs),  # noqa: PLW0108  a lambda runs in place
            "awaited": lambda inputs: in_nursery(inputs),  # noqa: PLW0108  as above
        }
        return handlers[kind]

    def run(self, max_concurrency: int | None) -> dict[str, Any]:
        return trio.run(
            lambda: execute(self.definition, "input", max_concurrency=max_concurrency),
            clock=trio.testing.MockClock(autojump_threshold=0),
        )


LIMITS = st.none() | st.integers(1, 4)


@given(graphs(), LIMITS, st.data())
@settings(deadline=None)
def test_in_any_graph_every_step_runs_once_after_its_dependencies_with_exactly_their_outputs(
    graph: list[list[int]], max_concurrency: int | None, data: st.DataObject
) -> None:
    recorder = Recorder(graph, data)
    outputs = recorder.run(max_concurrency)
    assert outputs == {f"s{step}": f"output {step}" for step in range(len(graph))}
    assert recorder.started == Counter(range(len(graph)))
    assert recorder.inputs == {
        step: {"run": "input", **{f"s{d}": f"output {d}" for d in dependencies}}
        for step, dependencies in enumerate(graph)
    }
    assert recorder.entered == recorder.left


@given(graphs().filter(bool), LIMITS, st.data())
@settings(deadline=None)
def test_in_any_graph_that_fails_the_error_names_a_failed_step_and_no_dependent_of_it_started(
    graph: list[list[int]], max_concurrency: int | None, data: st.DataObject
) -> None:
    wrong = data.draw(st.frozensets(st.integers(0, len(graph) - 1), min_size=1))
    recorder = Recorder(graph, data, wrong)
    with pytest.raises(StepFailedError) as caught:
        recorder.run(max_concurrency)
    failed = int(caught.value.step[1:])
    assert failed in wrong
    assert str(caught.value.__cause__) == f"s{failed}"
    assert recorder.started[failed] == 1
    assert not any(recorder.started[step] for step, dependencies in enumerate(graph) if wrong & set(dependencies))
    assert max(recorder.started.values()) == 1
    assert recorder.entered == recorder.left
