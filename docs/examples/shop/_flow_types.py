"""The input of every step, and the outputs of every flow, of the modules beside this one.

Written by ``typedflow stubs``, which writes it anew; do not edit it.
"""

# It takes types from the modules that take their inputs from it, for type checkers alone.
# pyright: reportImportCycles=false

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from docs.examples.shop.orders import Order


class FindOrdersInput(TypedDict):
    """What step "find_orders" of flow "shop" receives."""

    run: str


class TotalInput(TypedDict):
    """What step "total" of flow "shop" receives."""

    run: str
    find_orders: list[Order]


class ReportInput(TypedDict):
    """What step "report" of flow "shop" receives."""

    run: str
    find_orders: list[Order]
    total: float


class ShopSteps(TypedDict):
    """The output of every step of flow "shop"."""

    find_orders: list[Order]
    total: float
    report: str
