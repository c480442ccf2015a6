"""Conditions: patterns, and predicates of the step input."""

from typing import TypedDict

from typedflow import Flow, StepInput


class Order(TypedDict):
    """The flow input."""

    kind: str
    prices: list[float]
    limit: float


def total(inputs: StepInput) -> float:
    """Add the prices."""
    return sum(inputs["run"]["prices"])


def is_large(inputs: StepInput) -> bool:
    """Whether an order is above its limit: a predicate."""
    return inputs["total"] > inputs["run"]["limit"]


order = (
    Flow("order", Order)
    .step("prices", lambda i: i["run"]["prices"])
    .step("total", total)
    .step("gift", lambda _: {"paper": "red"}, if_={"kind": "gift"})
    .step("review", lambda i: f"review {i['total']:.2f}", depends_on=["total"], if_=is_large)
    .step("card", lambda _: "a card", depends_on=["gift"], if_={"run": {"kind": "gift"}, "gift": {"paper": "red"}})
    .step("notice", lambda _: "no gift", depends_on=["gift"], if_=lambda i: i["gift"] is None)
    .map("labels", lambda price: f"{price:.2f}", over="prices", if_not=lambda i: len(i["prices"]) > 100)
)
