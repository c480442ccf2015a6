"""The flow: what depends on what."""

from typedflow import Flow

from .orders import find_orders
from .report import report, total

shop = (
    Flow("shop", str)
    .step("find_orders", find_orders)
    .step("total", total, depends_on=["find_orders"])
    .step("report", report, depends_on=["find_orders", "total"])
)
