"""Adds up orders, and reports on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._flow_types import ReportInput, TotalInput


def total(inputs: TotalInput) -> float:
    """Add up the prices."""
    return sum(order["price"] for order in inputs["find_orders"])


def report(inputs: ReportInput) -> str:
    """Say how much was ordered, and by how many customers."""
    customers = {order["customer"] for order in inputs["find_orders"]}
    return f"{len(customers)} customers ordered for {inputs['total']:.2f}"
