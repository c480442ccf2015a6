"""The shape of a flow: what its runs store and in which order, without its code."""

import json
from typing import Any, TypedDict

import pytest

from typedflow import Flow, FlowDefinition, InvalidHandlerError
from typedflow._definition.shape import fingerprint, shape_of


class Order(TypedDict):
    number: int


def load(inputs: Any) -> list[int]:
    return [inputs["run"]["number"]]


async def load_too(inputs: Any) -> list[int]:
    return []


def double(item: int) -> int:
    return 2 * item


def nowhere(inputs: Any) -> "Nowhere":  # type: ignore[name-defined]  # noqa: F821
    return None


shop = (
    Flow("shop", Order)
    .step("load", load)
    .map("double", double, over="load", when_exhausted="none")
    .map("label", lambda i: i["item"], over="double", depends_on=["load"])
    .step("gift", lambda i: 1, if_={"number": 7}, when_unmet="skip_cascade")
    .wait("approval", Order, depends_on=["load"], timeout=60)
    .step("card", lambda i: "dear", depends_on=["gift", "load"], if_not=lambda i: True, when_exhausted="skip")
)


def test_the_shape_of_a_flow() -> None:
    assert json.loads(shape_of(shop.definition)) == {
        "version": 1,
        "flow": "shop",
        "input": {
            "additionalProperties": False,
            "properties": {"number": {"type": "integer"}},
            "required": ["number"],
            "type": "object",
        },
        "steps": [
            {
                "slug": "load",
                "kind": "step",
                "depends_on": [],
                "output": {"items": {"type": "integer"}, "type": "array"},
            },
            {
                "slug": "double",
                "kind": "map",
                "depends_on": ["load"],
                "over": "load",
                "output": {"type": "integer"},
                "when_exhausted": "none",
            },
            {
                "slug": "label",
                "kind": "map",
                "depends_on": ["double", "load"],
                "over": "double",
                "beside": ["load"],
                "output": None,
            },
            {
                "slug": "gift",
                "kind": "step",
                "depends_on": [],
                "output": None,
                "if_": {"pattern": {"number": 7}},
                "when_unmet": "skip_cascade",
            },
            {
                "slug": "approval",
                "kind": "wait",
                "depends_on": ["load"],
                "output": {
                    "additionalProperties": False,
                    "properties": {"number": {"type": "integer"}},
                    "required": ["number"],
                    "type": "object",
                },
            },
            {
                "slug": "card",
                "kind": "step",
                "depends_on": ["gift", "load"],
                "output": None,
                "if_not": {"predicate": True},
                "when_unmet": "skip",
                "when_exhausted": "skip",
            },
        ],
    }


def test_a_flow_returns_its_shape() -> None:
    assert shop.shape() == json.loads(shape_of(shop.definition))
    shop.shape()["steps"].clear()
    assert len(shop.shape()["steps"]) == 6


def test_it_is_made_once() -> None:
    assert shape_of(shop.definition) is shape_of(shop.definition)
    assert fingerprint(shop.definition) is fingerprint(shop.definition)


ONE = Flow("shop", Order).step("load", load).step("count", lambda i: 1, depends_on=["load"])


@pytest.mark.parametrize(
    "same",
    [
        Flow("shop", Order).step("load", load_too).step("count", lambda i: 2, depends_on=["load"]),
        Flow("shop", Order, max_attempts=3, base_delay=2, timeout=9, runs_in="inline")
        .step("load", load, start_delay=1, retry_on=OSError)
        .step("count", lambda i: 1, depends_on=["load"]),
        ONE.replace("load", load_too),
        ONE.step("more", lambda i: 1).up_to("count"),
        Flow("shop", Order).include(ONE),
    ],
)
def test_handlers_and_most_options_are_not_part_of_it(same: Flow[Any, Any]) -> None:
    assert shape_of(same.definition) == shape_of(ONE.definition)


def test_a_part_of_a_flow_has_another_shape() -> None:
    assert fingerprint(ONE.up_to("load").definition) != fingerprint(ONE.definition)


def test_the_fingerprint_does_not_depend_on_any_order() -> None:
    base = FlowDefinition("shop", int)
    one = base.with_step("a", load).with_step("b", load).with_step("c", load, ["a", "b"])
    other = base.with_step("b", load).with_step("a", load).with_step("c", load, ["b", "a"])
    assert shape_of(one) != shape_of(other)
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    "other",
    [
        FlowDefinition("store", Order),
        FlowDefinition("shop", int),
        FlowDefinition("shop", Order, unknown_keys="ignore"),
        FlowDefinition("shop", Order).with_step("a", load),
    ],
)
def test_what_is_part_of_it(other: FlowDefinition) -> None:
    assert fingerprint(other) != fingerprint(FlowDefinition("shop", Order))


def test_a_declared_type_that_does_not_exist_is_reported() -> None:
    with pytest.raises(InvalidHandlerError):
        shape_of(FlowDefinition("shop", int).with_step("a", nowhere))
