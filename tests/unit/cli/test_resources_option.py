"""``typedflow run --resources``: what a flow with resources is given."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.commands import Invoke

GREETS = """
from contextlib import asynccontextmanager, contextmanager
from typedflow import Flow

class Clients:
    def __init__(self, greeting="Dear"):
        self.greeting = greeting

greets = Flow("greets", str, resources=Clients).step("greeting", lambda i, c: f"{c.resources.greeting} {i['run']}")
plain = Flow("plain", str).step("greeting", lambda i: i["run"])

@asynccontextmanager
async def opened():
    print("opened")
    yield Clients("Hi")
    print("closed")

@contextmanager
def unclosed():
    yield Clients()
    raise OSError("no")

def unopened():
    raise OSError("no")

text = "Dear"

def __getattr__(name):
    if name == "raising":
        raise KeyError(name)
    raise AttributeError(name)
"""


@pytest.fixture(autouse=True)
def greets(folder: Path) -> None:
    (folder / "greets.py").write_text(dedent(GREETS), "utf-8")


@pytest.mark.parametrize("target", ["greets.py:opened", "greets:opened"])
def test_they_are_named_like_a_flow_and_may_stand_in_its_module(invoke: Invoke, target: str) -> None:
    result = invoke("run", f"{target.split(':', maxsplit=1)[0]}:greets", "--input", '"Ada"', "--resources", target)
    assert (result.exit_code, result.stdout) == (0, '{\n  "greeting": "Hi Ada"\n}\n')
    assert result.stderr.startswith("opened\n")
    assert "closed\n" in result.stderr


def test_a_run_that_has_completed_prints_its_outputs_if_they_cannot_be_closed(invoke: Invoke) -> None:
    result = invoke("run", "greets:greets", "--input", '"Ada"', "--resources", "greets:unclosed")
    assert (result.exit_code, result.stdout) == (1, '{\n  "greeting": "Dear Ada"\n}\n')
    assert 'Error: flow "greets": the resources could not be closed: OSError: no.' in result.stderr


@pytest.mark.parametrize(
    ("flow", "resources", "code", "message"),
    [
        (
            "greets",
            None,
            2,
            (
                'flow "greets" needs resources. Name what gives an instance of Clients: '
                "--resources path/to/file.py:NAME or --resources package.module:NAME."
            ),
        ),
        ("plain", "greets:opened", 2, 'flow "plain": it declares no resources, but the run was given some.'),
        ("greets", "greets:text", 2, 'flow "greets": the resources must be an instance of Clients, or'),
        (
            "greets",
            "greets",
            2,
            '--resources: "greets" is not of the form path/to/file.py:NAME or package.module:NAME.',
        ),
        ("greets", "greets:openned", 2, '--resources: "greets" has no "openned". Did you mean "opened"?'),
        ("greets", "greets:xyz", 2, '--resources: "greets" has no "xyz".\n'),
        ("greets", "greets:raising", 2, '--resources: reading "raising" from "greets" raised KeyError: \'raising\''),
        ("greets", "nowhere:opened", 2, 'there is no module "nowhere".'),
        ("greets", "greets:unopened", 1, 'flow "greets": the resources could not be opened: OSError: no.'),
    ],
)
def test_what_cannot_be_the_resources_is_said(
    invoke: Invoke, flow: str, resources: str | None, code: int, message: str
) -> None:
    named = [] if resources is None else ["--resources", resources]
    result = invoke("run", f"greets:{flow}", "--input", '"Ada"', *named)
    assert (result.exit_code, result.stdout) == (code, "")
    assert f"Error: {message}" in result.stderr
