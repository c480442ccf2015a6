"""What the failures of steps are called that pgflow itself has failed."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from typedflow import ConditionUnmetError, Flow, StepFailedError
from typedflow.engines.pgflow._failures import failure_of
from typedflow.engines.pgflow._history import TaskHistory
from typedflow.engines.pgflow._run_state import Failed, RunState


def failed(flow: Flow[Any, Any]) -> StepFailedError:
    """The error of a run whose step ``b`` was failed by the database, whose text says no more than that."""
    state = RunState(flow.definition, "run")
    state.end, state.failed = "failed", Failed("b", None, TaskHistory(), "Condition not met")
    error = failure_of(flow.definition, state, "run")
    assert isinstance(error, StepFailedError)
    return error


@pytest.mark.parametrize("options", [{"if_": {"a": {"x": 2}}}, {"if_not": {"a": {"x": 1}}}])
def test_a_condition_is_named_as_the_local_engine_does(options: Any) -> None:
    flow: Any = Flow("f", int).step("a", lambda _: {"x": 1})
    flow = flow.step("b", lambda _: 1, depends_on=["a"], when_unmet="fail", **options)
    error = failed(flow)
    with pytest.raises(StepFailedError) as local:
        trio.run(flow.run, 1)
    assert str(error) == str(local.value)
    assert isinstance(error.__cause__, ConditionUnmetError)


def test_of_two_conditions_the_database_does_not_say_which() -> None:
    flow: Any = Flow("f", int).step("a", lambda _: {"x": 1})
    options: Any = {"if_": {"a": {"x": 1}}, "if_not": {"a": {"x": 1}}, "when_unmet": "fail"}
    error = failed(flow.step("b", lambda _: 1, depends_on=["a"], **options))
    assert str(error) == 'flow "f": step "b" failed: Condition not met'
