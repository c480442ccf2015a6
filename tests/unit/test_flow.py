"""The typed face: immutable, copyable, and run with or without trio."""

import copy
import datetime as dt
import pickle
from enum import Enum
from typing import Any, TypedDict

import pytest
import trio

from typedflow import Flow, InvalidInputError, InvalidOptionError, StepFailedError, UnknownStepError
from typedflow.flow import NoSteps
from typedflow.listeners import inline


class Order(TypedDict):
    amount: int


class Paid(TypedDict):
    """What a step of this module's flow reads."""

    run: Order


async def pay(inputs: Paid) -> int:
    return inputs["run"]["amount"]


def fail(inputs: Paid) -> int:
    raise ValueError("no")


def shop() -> Any:
    return Flow("shop", Order).step("pay", pay)


class TestImmutability:
    def test_no_attribute_of_a_flow_can_be_set_or_deleted(self) -> None:
        flow = shop()
        for name in ("definition", "slug", "anything"):
            message = f"^flow \"shop\" is immutable: '{name}' cannot be changed. .step\\(\\) returns a new flow.$"
            with pytest.raises(AttributeError, match=message):
                setattr(flow, name, 1)
            with pytest.raises(AttributeError, match=message):
                delattr(flow, name)

    def test_a_step_makes_a_new_flow_and_leaves_the_old_one(self) -> None:
        base: Any = Flow("shop", Order)
        left, right = base.step("left", pay), base.step("right", pay)
        assert base.run_sync({"amount": 1}) == {}
        assert left.run_sync({"amount": 1}) == {"left": 1}
        assert right.run_sync({"amount": 1}) == {"right": 1}

    def test_type_arguments_may_be_written(self) -> None:
        assert Flow[Order, NoSteps]("shop", Order).definition.slug == "shop"


class TestCopies:
    def test_a_flow_can_be_pickled_and_copied(self) -> None:
        flow = shop()
        for twin in (pickle.loads(pickle.dumps(flow)), copy.copy(flow), copy.deepcopy(flow)):  # noqa: S301  its own data
            assert isinstance(twin, Flow)
            assert twin.definition.steps == flow.definition.steps
            assert twin.run_sync({"amount": 2}) == {"pay": 2}


class TestRunning:
    def test_run_sync_is_for_programs_without_trio(self) -> None:
        assert shop().run_sync({"amount": 3}) == {"pay": 3}

    def test_run_can_be_given_to_trio(self) -> None:
        assert trio.run(shop().run, {"amount": 3}) == {"pay": 3}

    async def test_run_sync_inside_trio_says_what_to_do(self) -> None:
        with pytest.raises(RuntimeError) as caught:
            shop().run_sync({"amount": 3})
        assert str(caught.value) == ('flow "shop": run_sync() was called inside a trio program; await run() instead.')

    async def test_run_sync_works_in_a_worker_thread_of_a_trio_program(self) -> None:
        assert await trio.to_thread.run_sync(shop().run_sync, {"amount": 3}) == {"pay": 3}

    def test_options_are_handed_down(self) -> None:
        heard: list[Any] = []
        assert shop().run_sync({"amount": 3}, max_concurrency=1, listeners=[inline(heard.append)]) == {"pay": 3}
        assert len(heard) == 6
        with pytest.raises(InvalidOptionError):
            shop().run_sync({"amount": 3}, max_concurrency=0)

    def test_a_failure_comes_out_of_run_sync_as_it_is(self) -> None:
        with pytest.raises(StepFailedError) as caught:
            shop().step("fail", fail).run_sync({"amount": 3})
        assert isinstance(caught.value.__cause__, ValueError)

    def test_start_outside_of_trio_and_asyncio_says_what_to_do(self) -> None:
        with pytest.raises(RuntimeError) as caught:
            shop().start({"amount": 3})
        assert str(caught.value) == (
            'flow "shop": start() must be called in trio or asyncio, and neither is running. Call run_sync() instead.'
        )


class Day(Enum):
    MONDAY = "mo"


class Shift(TypedDict):
    day: Day
    begins: dt.datetime
    workers: set[str]


class TestInputAsJson:
    def test_what_json_does_not_have_is_read_from_its_json_form(self) -> None:
        flow = Flow("shift", Shift).step("year", lambda i: i["run"]["begins"].year)
        text = '{"day": "mo", "begins": "2024-01-02T03:04:05Z", "workers": ["Ann"]}'
        flow_input = flow.parse_input(text)

        begins = dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
        assert flow_input == {"day": Day.MONDAY, "begins": begins, "workers": {"Ann"}}
        assert flow.parse_input(text.encode()) == flow_input
        assert flow.run_sync(flow_input) == {"year": 2024}

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("{", "Invalid JSON: EOF while parsing an object at line 1 column 1 (given '{')"),
            ("{}", "amount: Field required"),
            ('{"amount": "1"}', "amount: Input should be a valid integer (given '1')"),
            (b"\xff", "Invalid JSON: expected value at line 1 column 1 (given b'\\xff')"),
        ],
    )
    def test_anything_else_is_refused_as_an_input_is(self, text: str | bytes, problem: str) -> None:
        with pytest.raises(InvalidInputError) as caught:
            shop().parse_input(text)
        assert str(caught.value) == f'flow "shop": the input is not a valid Order: {problem}'


class TestLooks:
    def test_a_step_can_be_looked_up(self) -> None:
        assert shop().get_step("pay").handler.function is pay
        with pytest.raises(UnknownStepError, match='step "pray": the flow has no such step'):
            shop().get_step("pray")

    def test_repr_names_the_first_steps(self) -> None:
        flow: Any = Flow("shop", Order)
        assert repr(flow) == "<Flow shop: no steps>"
        for i in range(10):
            flow = flow.step(f"s{i}", pay)
        assert repr(flow) == "<Flow shop: s0, s1, s2, s3, s4, s5, s6, s7, s8, s9>"
        assert repr(flow.step("more", pay)) == "<Flow shop: s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, ...>"
