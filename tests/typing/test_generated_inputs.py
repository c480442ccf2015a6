"""A handler that reads an undeclared key from an input that ``typedflow stubs`` has written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.mypy_runs import STRICT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mypy_runs import Mypy

GENERATED = """
from typing import TypedDict

class LoadInput(TypedDict):
    run: int
    orders: list[int]

class SaveInput(TypedDict):
    run: int
    load: int
"""
HANDLERS = """
from __future__ import annotations
from typing import TYPE_CHECKING, TypedDict
import shop._flow_types as generated
if TYPE_CHECKING:
    from ._flow_types import LoadInput, SaveInput

class OtherInput(TypedDict):
    run: int

def load(inputs: LoadInput) -> int:
    return inputs["order"]

async def save(inputs: SaveInput) -> str:
    for order in inputs["orders"]:
        print(order)
    return str(inputs["load"])

def ignored(inputs: SaveInput) -> str:
    return inputs["orders"]  # type: ignore[typedflow-undeclared-input]

def other(inputs: OtherInput) -> object:
    return inputs["orders"], load(1)

def elsewhere(inputs: generated.LoadInput) -> int:
    return len(inputs["orders"])
"""
MORE = """
import shop._flow_types as generated

def load(inputs: generated.LoadInput) -> object:
    return inputs["save"]
"""
ADVICE = "If that is a step, add it to depends_on, and run typedflow stubs  [typedflow-undeclared-input]"
SAID = [
    f'shop/handlers.py:12: error: The step of LoadInput does not depend on "order". {ADVICE}',
    'shop/handlers.py:12: note: Did you mean "orders"?',
    f'shop/handlers.py:15: error: The step of SaveInput does not depend on "orders". {ADVICE}',
    'shop/handlers.py:23: error: TypedDict "OtherInput" has no key "orders"  [typeddict-item]',
    'shop/handlers.py:23: error: Argument 1 to "load" has incompatible type "int"; expected "LoadInput"  [arg-type]',
    'shop/more.py:5: error: TypedDict "LoadInput" has no key "save"  [typeddict-item]',
]


def test_it_is_reported_in_terms_of_the_step(tmp_path: Path, mypy: Mypy) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "_flow_types.py").write_text(GENERATED, "utf-8")
    (folder / "handlers.py").write_text(HANDLERS, "utf-8")
    (folder / "more.py").write_text(MORE, "utf-8")

    assert sorted(mypy.check(tmp_path, STRICT).splitlines()) == sorted(SAID)
