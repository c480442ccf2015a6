"""The pages about maps and conditions: their examples give what the pages say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def example(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_maps() -> None:
    maps = example("maps")
    outputs = maps.excerpts.run_sync({"length": 3, "texts": ["A long text", "", "Another"]})
    assert outputs["excerpt"] == ["In short: A l", None, "In short: Ano"]
    assert outputs["found"] == ["In short: A l", "In short: Ano"]
    assert maps.labels.run_sync({"names": ["pen"], "prices": [1.5]})["label"] == ["pen: 1.50"]
    assert maps.names.run_sync([["a", "b"], [], ["c"]])["upper"] == ["A", "B", "C"]


def test_conditions() -> None:
    flow = example("conditions").order
    outputs = flow.run_sync({"kind": "gift", "prices": [10.0, 20.0], "limit": 25.0})
    assert (outputs["review"], outputs["card"], outputs["notice"]) == ("review 30.00", "a card", None)
    assert outputs["labels"] == ["10.00", "20.00"]
    outputs = flow.run_sync({"kind": "sale", "prices": [1.0], "limit": 25.0})
    assert (outputs["gift"], outputs["review"], outputs["card"], outputs["notice"]) == (None, None, None, "no gift")
