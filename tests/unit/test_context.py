"""What a handler may know about its task."""

import logging
import pickle
import uuid
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
import trio

from typedflow import FlowDefinition, StepContext, StepInput
from typedflow.engines._local.runs import execute


async def context_of_a_run(flow_input: object = None) -> Any:
    definition = FlowDefinition("shop", Any).with_step("a", lambda inputs, context: context, timeout=60)
    return (await execute(definition, flow_input))["a"]


async def test_a_context_tells_which_task_it_is() -> None:
    context = await context_of_a_run("input")
    assert isinstance(context, StepContext)
    assert (context.flow, context.step, context.task_index, context.attempt) == ("shop", "a", 0, 1)
    assert context.flow_input == "input"
    assert context.deadline == pytest.approx(trio.current_time() + 60, abs=5)
    assert str(uuid.UUID(context.run_id)) == context.run_id


async def test_every_run_has_an_identifier_of_its_own() -> None:
    first, second = await context_of_a_run(), await context_of_a_run()
    assert first.run_id != second.run_id


async def test_a_context_cannot_be_changed() -> None:
    context = await context_of_a_run()
    with pytest.raises(FrozenInstanceError):
        context.attempt = 2


async def test_its_logger_says_where_a_record_comes_from(caplog: pytest.LogCaptureFixture) -> None:
    context = await context_of_a_run()
    with caplog.at_level(logging.INFO):
        context.logger.info("paid %d", 3)
    (record,) = caplog.records
    assert record.name == "typedflow.shop.a"
    assert record.getMessage() == "paid 3"
    place = {name: vars(record)[name] for name in ("flow", "step", "run_id", "task_index", "attempt")}
    assert place == {"flow": "shop", "step": "a", "run_id": context.run_id, "task_index": 0, "attempt": 1}


async def test_its_logger_keeps_what_a_call_adds(caplog: pytest.LogCaptureFixture) -> None:
    context = await context_of_a_run()
    extra = {"order": 7, "step": "mine", "name": "Ada", "message": "hello"}
    with caplog.at_level(logging.INFO):
        context.logger.info("paid", extra=extra)
        context.logger.info("paid", extra=None)
        logging.LoggerAdapter(context.logger, {"order": 8}).info("paid")
    first, second, third = map(vars, caplog.records)
    assert (first["order"], first["step_"], first["name_"], first["message_"]) == (7, "mine", "Ada", "hello")
    assert (first["step"], first["name"], first["message"]) == ("a", "typedflow.shop.a", "paid")
    assert (second["step"], third["step"], third["order"]) == ("a", "a", 8)


async def test_a_step_input_is_a_dict_that_can_be_sent_to_another_process() -> None:
    definition = FlowDefinition("shop", Any).with_step("a", lambda _: 1).with_step("b", lambda inputs: inputs, ["a"])
    inputs = (await execute(definition, 5))["b"]
    twin = pickle.loads(pickle.dumps(inputs))  # noqa: S301  its own data
    assert isinstance(inputs, StepInput)
    assert isinstance(inputs, dict)
    assert twin == inputs == {"run": 5, "a": 1}
    with pytest.raises(KeyError, match='step "b" reads "c", which it does not depend on; it depends on "a"'):
        twin["c"]
