"""How flows are compiled to what pgflow's tables have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pytest
from pydantic import BaseModel, Field

from typedflow import Flow, StepInput
from typedflow.engines.pgflow._compiled import MOST_WAVES, CompiledFlow, CompiledStep
from typedflow.engines.pgflow._features import Features
from typedflow.exceptions import UndeployableError

WITH_CONDITIONS = Features(conditions=True)
YEAR = 365 * 24 * 3600


@dataclass
class Order:
    vip: bool
    tags: list[str]


class Renamed(BaseModel):
    vip: bool = Field(alias="VIP")


def numbers(_: Any) -> list[int]:
    return [1, 2]


def number(_: Any) -> int:
    return 1


def encoded(_: Any) -> bytes:
    return b"1"


def vip(_: StepInput) -> bool:
    return True


def compiled(flow: Flow[Any, Any], features: Features | None = None) -> CompiledFlow:
    return CompiledFlow.of(flow.definition, features or Features())


def shown(flow: Flow[Any, Any], features: Features | None = None) -> list[str]:
    """The steps, such as ``a map <- b ?`` for one whose condition a worker tests."""
    return [
        " ".join(
            [
                step.slug,
                step.role,
                *(["<-", *step.depends_on] if step.depends_on else []),
                *(["?"] if step.is_decided else []),
                *([step.when_unmet] if step.when_unmet else []),
                *([f"exhausted:{step.when_exhausted}"] if step.when_exhausted else []),
            ]
        )
        for step in compiled(flow, features).steps
    ]


def test_steps_maps_and_wait_steps() -> None:
    flow = (
        Flow("shop", list[int])
        .map("root", number, over="run")
        .step("items", numbers)
        .map("each", number, over="items")
        .map("beside", number, over="items", depends_on=["each"])
        .wait("approval", bool, depends_on=["root"])
        .step("last", number, depends_on=["each", "approval"])
    )
    assert shown(flow) == [
        "root map",
        "items step",
        "each map <- items",
        "beside__items items <- items each",
        "beside map <- beside__items",
        "approval wait <- root",
        "last step <- each approval",
    ]
    assert compiled(flow)["beside"].step == compiled(flow)["beside__items"].step == "beside"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (61, YEAR, 0)),
        ({"max_attempts": 3, "max_interruptions": 2, "timeout": 0.2, "start_delay": 0.001}, (55, 1, 1)),
        ({"timeout": 59.5, "start_delay": 60}, (61, 60, 60)),
        ({"timeout": 1e12, "start_delay": 2**31 - 1}, (61, YEAR, 2**31 - 1)),
        ({"max_attempts": 950}, (1000, YEAR, 0)),
    ],
)
def test_options_are_rounded_up_and_leave_room_for_interruptions(
    options: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    flow: Any = Flow("shop", int)
    step = compiled(flow.step("a", number, **options))["a"]
    assert (step.max_attempts, step.timeout, step.start_delay) == expected


def test_only_the_map_of_a_delayed_map_with_a_step_for_its_items_is_delayed() -> None:
    flow = Flow("shop", int).step("a", numbers).map("b", number, over="a", if_={"a": [1]}, start_delay=2)
    assert [step.start_delay for step in compiled(flow).steps] == [0, 0, 2]


def test_workers_decide_conditions_and_what_follows_from_their_marks() -> None:
    flow = (
        Flow("shop", Order)
        .step("a", numbers, if_={"vip": True}, when_unmet="skip_cascade")
        .step("b", number, depends_on=["a"])
        .map("c", number, over="a")
        .step("d", number, when_exhausted="skip")
        .step("e", number, depends_on=["d"])
        .step("f", number)
    )
    workers = ["a step ?", "b step <- a ?", "c__items items <- a ?", "c map <- c__items ?"]
    assert shown(flow) == [*workers, "d step", "e step <- d ?", "f step"]
    assert shown(flow, WITH_CONDITIONS) == [
        *("a step skip-cascade", "b step <- a", "c map <- a"),
        *("d step", "e step <- d ?", "f step"),
    ]


@pytest.mark.parametrize(
    ("input_type", "options", "by_postgres"),
    [
        (Order, {"if_": {"vip": True}}, True),
        (Order, {"if_": {"run": {"vip": True}}}, True),
        (Order, {"if_": {"run": True}}, False),
        (Order, {"if_": {"vip": True}, "if_not": {"tags": ["new"]}, "when_unmet": "fail"}, True),
        (Order, {"if_": {"vip": True}, "if_not": vip}, False),
        (Order, {"if_": vip}, False),
        (list[int], {"if_": [1]}, False),
        (int, {"if_": None}, False),
        (Renamed, {"if_": {"VIP": True}}, False),
        (dict[str, bytes], {"if_": {"a": "b"}}, False),
        (dict[int, str], {"if_": {"1": "b"}}, False),
    ],
)
def test_postgres_tests_a_condition_only_if_it_comes_to_the_same_result(
    input_type: Any, options: dict[str, Any], *, by_postgres: bool
) -> None:
    flow: Any = Flow("shop", input_type)
    step = compiled(flow.step("a", lambda _: 1, **options), WITH_CONDITIONS)["a"]
    assert step.is_decided is not by_postgres
    assert (step.when_unmet is not None) is by_postgres


@pytest.mark.parametrize(
    ("pattern", "by_postgres"),
    [({"a": 1}, True), ({}, True), ({"a": 1, "run": 2}, False), ({"b": "x"}, False), ({"c": [1]}, False)],
)
def test_postgres_tests_a_condition_on_outputs(pattern: Any, *, by_postgres: bool) -> None:
    flow: Any = Flow("shop", int).step("a", number).step("b", encoded).step("many", numbers)
    with_map = flow.map("c", number, over="many")
    slugs = ["a", "c"] if "c" in pattern else ["a", "b"]
    step = compiled(with_map.step("d", number, depends_on=slugs, if_=pattern), WITH_CONDITIONS)["d"]
    assert step.is_decided is not by_postgres


def test_a_chain_of_maps_is_cut_before_pgflow_raises_an_error() -> None:
    flow: Any = Flow("shop", list[int]).map("m1", number, over="run")
    for index in range(2, 2 * MOST_WAVES + 2):
        flow = flow.map(f"m{index}", number, over=f"m{index - 1}")
    assert [step.slug for step in compiled(flow).steps if step.role == "items"] == ["m50__items", "m99__items"]
    assert not any(step.is_decided for step in compiled(flow).steps)


def test_a_chain_of_conditions_is_cut_before_pgflow_raises_an_error() -> None:
    flow: Any = Flow("shop", Order).step("s1", number, if_={"vip": True})
    for index in range(2, MOST_WAVES + 3):
        flow = flow.step(f"s{index}", number, depends_on=[f"s{index - 1}"], if_={f"s{index - 1}": 1})
    decided = [step.slug for step in compiled(flow, WITH_CONDITIONS).steps if step.is_decided]
    assert decided == ["s50", "s51"]


@pytest.mark.parametrize(
    ("flow", "message"),
    [
        (
            Flow("s" * 48, int).step("a", number),
            f'flow "{"s" * 48}": its slug has 48 characters, and pgflow\'s queues take 47. Shorten it.',
        ),
        (Flow("shop", int), 'flow "shop": it has no steps.'),
        (
            Flow("shop", int).step("a", number, max_attempts=951),
            'flow "shop", step "a": it has 951 max_attempts, and pgflow takes 950. Lower them.',
        ),
        (
            Flow("shop", int).step("a", number, start_delay=2.0**31),
            'flow "shop", step "a": its start delay is 2.14748e+09 s, and pgflow takes 2147483647 s. Shorten it.',
        ),
        (
            Flow("shop", int).step("a", numbers).step("b__items", number).map("b", number, over="a", if_=vip),
            (
                'flow "shop", step "b": its items are made by a step of the slug "b__items", which the flow has '
                "already. Rename that step."
            ),
        ),
        (
            cast("Any", Flow("shop", int).step("a", numbers)).map("b" * 122, number, over="a", if_=vip),
            (
                f'flow "shop", step "{"b" * 122}": its slug has 122 characters, and the engine takes 121 for this '
                "map. Shorten it."
            ),
        ),
    ],
)
def test_what_pgflow_cannot_express_is_refused(flow: Flow[Any, Any], message: str) -> None:
    with pytest.raises(UndeployableError) as caught:
        compiled(flow)
    assert str(caught.value) == message


def test_the_arguments_of_add_step() -> None:
    step = CompiledStep("a", "a", "map", (), 3, 60, 2, {"vip": True}, {"vip": None}, "skip-cascade", "skip")
    assert step.arguments() == {
        "max_attempts": 3,
        "timeout": 60,
        "step_type": "map",
        "start_delay": 2,
        "required_input_pattern": {"vip": True},
        "forbidden_input_pattern": {"vip": None},
        "when_unmet": "skip-cascade",
        "when_exhausted": "skip",
    }
