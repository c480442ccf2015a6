"""``typedflow shape``: a file that is committed, and what a change of a flow does to unfinished runs."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.commands import Invoke
from typedflow import Flow
from typedflow._cli.shape_file import written
from typedflow._definition.shape import shape_of

SHOP = """
from typedflow import Flow

def load(inputs) -> list[int]:
    return []

trunk = Flow("shop", int).step("load", load)
shop = trunk.step("total", lambda i: 1, depends_on=["load"])
same = shop
stock = Flow("stock", int)
"""
FILE = """{
  "version": 1,
  "flows": {
    "shop": {
      "version": 1,
      "flow": "shop",
      "input": {"type": "integer"},
      "steps": [
        {
          "slug": "load",
          "kind": "step",
          "depends_on": [],
          "output": {"items": {"type": "integer"}, "type": "array"}
        },
        {"slug": "total", "kind": "step", "depends_on": ["load"], "output": null}
      ]
    },
    "stock": {"version": 1, "flow": "stock", "input": {"type": "integer"}, "steps": []}
  }
}
"""
ADVICE = 'Run "typedflow shape shop.py -o flows.json" and commit the result.\n'


@pytest.fixture
def shop(folder: Path) -> Path:
    (folder / "flows.json").write_text(FILE)
    (folder / "shop.py").write_text(SHOP)
    return folder / "shop.py"


def test_the_shapes_of_all_flows_of_a_module_are_printed(invoke: Invoke, shop: Path) -> None:
    result = invoke("shape", "shop.py")
    assert (result.exit_code, result.stdout, result.stderr) == (0, FILE, "")
    (shop.parent / "shop_with_shapes.py").write_text(SHOP)  # other tests have imported a module named shop
    of_module = invoke("shape", "shop_with_shapes:shop").stdout
    assert json.loads(of_module)["flows"]["shop"] == json.loads(FILE)["flows"]["shop"]


def test_they_are_written_to_a_file_which_is_then_up_to_date(invoke: Invoke, shop: Path) -> None:
    result = invoke("shape", "shop.py:shop", "shop.py:stock", "-o", "new.json")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Wrote new.json\n")
    assert (shop.parent / "new.json").read_text() == FILE
    result = invoke("shape", "shop.py", "--check", "new.json")
    assert (result.exit_code, result.output) == (0, "")


SAFE, UNSAFE = "Every unfinished run can be resumed.", "Some unfinished runs may not be resumed."
CHANGES = [
    (
        '"total", lambda i: 1, depends_on=["load"])',
        '"total", lambda i: 2, depends_on=["load"]).step("mail", load)',
        ['flow "shop"', '  step "mail" is new', "    safe for every unfinished run"],
        SAFE,
    ),
    (
        "list[int]",
        "list[str]",
        [
            'flow "shop"',
            '  the output of step "load" has another type: at [*], it was an integer and is a string',
            '    refused for runs in which step "load" has completed, unless what it has stored fits',
        ],
        UNSAFE,
    ),
    (
        '"stock"',
        '"store"',
        ['flow "stock" is gone', "  refused for every unfinished run", 'flow "store" is new'],
        UNSAFE,
    ),
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_change_does_to_unfinished_runs(
    invoke: Invoke, shop: Path, change: tuple[str, str, list[str], str]
) -> None:
    before, after, lines, verdict = change
    shop.write_text(SHOP.replace(before, after))
    result = invoke("shape", "shop.py", "--check", "flows.json")
    assert result.stdout.splitlines() == lines
    assert (result.exit_code, result.stderr) == (1, f"Error: flows.json is out of date. {verdict} {ADVICE}")


def test_another_handler_changes_nothing(invoke: Invoke, shop: Path) -> None:
    shop.write_text(SHOP.replace("lambda i: 1", "lambda i: 2"))
    result = invoke("shape", "shop.py", "--check", "flows.json")
    assert (result.exit_code, result.output) == (0, "")


def test_the_order_of_steps_does_not_matter_to_runs(invoke: Invoke, shop: Path) -> None:
    one, two = Flow("shop", int).step("a", lambda i: 1), Flow("shop", int).step("b", lambda i: 1)
    (shop.parent / "flows.json").write_text(
        written({"shop": json.loads(shape_of(two.include(one).definition))})  # b, a
    )
    shop.write_text('from typedflow import Flow\na = Flow("shop", int).step("a", lambda i: 1).step("b", lambda i: 1)\n')
    result = invoke("shape", "shop.py", "--check", "flows.json")
    assert (result.exit_code, result.stdout) == (
        1,
        'flow "shop"\n  only the order of its steps or dependencies has changed\n    safe for every unfinished run\n',
    )


def test_the_file_may_come_from_standard_input(invoke: Invoke, shop: Path) -> None:
    assert invoke("shape", "shop.py", "--check", "-", stdin=FILE.encode()).exit_code == 0
    result = invoke("shape", "shop.py:stock", "--check", "-", stdin=FILE.encode())
    assert result.stderr.endswith('Run "typedflow shape shop.py:stock -o FILE" and commit the result.\n')


NOT_WRITTEN = "flows.json is not a file that typedflow shape has written"
OTHER = f"{NOT_WRITTEN}, or another version of typedflow has written it. Write it again with -o flows.json."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", f"{NOT_WRITTEN}: it is not JSON."),
        ("[]", f"{NOT_WRITTEN}."),
        (FILE.replace('"version": 1', '"version": 2', 1), OTHER),
        (FILE.replace('"kind": "step", ', ""), OTHER),
        (FILE.replace('"input": {"type": "integer"},', ""), OTHER),
    ],
)
def test_a_file_that_is_something_else(invoke: Invoke, shop: Path, content: str, message: str) -> None:
    (shop.parent / "flows.json").write_text(content)
    result = invoke("shape", "shop.py", "--check", "flows.json")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"Error: {message}\n")


@pytest.mark.parametrize(
    ("source", "arguments", "message"),
    [
        ("x = 1\n", (), '"shop.py" has no flow. Define one: NAME = Flow("slug", InputType).step(...).'),
        (
            'from typedflow import Flow\na = Flow("shop", int)\nb = Flow("shop", str)\n',
            (),
            'several flows have the slug "shop": "shop.py:a", "shop.py:b". Name the one that is run.',
        ),
        (SHOP, ("--check", "flows.json", "-o", "x"), "-o writes the file that --check compares. Use one of them."),
        (SHOP, ("-o", "nowhere/x.json"), "nowhere/x.json cannot be written: No such file or directory."),
    ],
)
def test_wrong_usage(invoke: Invoke, shop: Path, source: str, arguments: tuple[str, ...], message: str) -> None:
    shop.write_text(source)
    result = invoke("shape", "shop.py", *arguments)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, f"Error: {message}")


def test_a_declared_type_that_does_not_exist_is_reported(invoke: Invoke, shop: Path) -> None:
    result = invoke("shape", "flows.py:unresolvable")
    assert result.exit_code == 2
    assert result.stderr.startswith('imported\nError: flow "analyze", step "unresolved": the return type cannot be ')
