"""``typedflow stubs``, called on a module of flows."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from typedflow._cli.command import typedflow

HEAD = '''\
"""The input of every step, and the outputs of every flow, of the modules beside this one.

Written by ``typedflow stubs``, which writes it anew; do not edit it.
"""

# It takes types from the modules that take their inputs from it, for type checkers alone.
# pyright: reportImportCycles=false

from __future__ import annotations

'''
MODELS = """
from dataclasses import dataclass
from enum import Enum
from typing import Generic, NamedTuple, NewType, TypedDict, TypeVar
Item = TypeVar("Item")
class Color(Enum):
    RED = 1
    BLUE = 2
class Order(TypedDict):
    number: int
class Point(NamedTuple):
    x: int
    y: int
@dataclass
class Box(Generic[Item]):
    item: Item
@dataclass
class Outer:
    @dataclass
    class Inner:
        number: int
Id = NewType("Id", int)
Names = dict[str, list[str]]
"""
ONE_STEP = "from typedflow import Flow\nflow = Flow('f', int).step('a', lambda i: 1)\n"


def stubs(*arguments: str) -> Result:
    return CliRunner().invoke(typedflow, ["stubs", *arguments])


def written(program: str, *, models: str = MODELS) -> str:
    """What is written for a module, without the head that all have."""
    Path("models.py").write_text(models, "utf-8")
    Path("flows.py").write_text("from typing import *\nfrom typedflow import Flow, StepInput\n" + program, "utf-8")
    done = stubs(".")
    assert (done.exit_code, done.stdout) == (0, "")
    return Path("_flow_types.py").read_text("utf-8").removeprefix(HEAD)
