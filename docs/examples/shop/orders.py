"""Reads the orders of a shop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from ._flow_types import FindOrdersInput


class Order(TypedDict):
    """An order, as its file has it."""

    customer: str
    price: float


def find_orders(inputs: FindOrdersInput) -> list[Order]:
    """Read all files of a folder."""
    return [json.loads(file.read_text("utf-8")) for file in sorted(Path(inputs["run"]).glob("*.json"))]
