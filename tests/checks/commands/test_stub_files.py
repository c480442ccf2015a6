"""``typedflow stubs``: which modules it writes, and what it says if it cannot."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.checks.commands.written_stubs import ONE_STEP, stubs, written
from typedflow._cli.command import typedflow

pytestmark = pytest.mark.usefixtures("own_folder")
ROOT = Path(__file__).parents[3]


def test_each_folder_has_a_module_of_its_own_and_no_flow_is_imported_or_run() -> None:
    for folder in ("app", "app/sub"):
        Path(folder).mkdir()
        Path(folder, "__init__.py").touch()
    Path("app/flows.py").write_text(
        'from typedflow import Flow\nflow = Flow("f", int).step("a", lambda i: 1)\nraise SystemExit("it was run")\n',
        "utf-8",
    )
    Path("app/sub/more.py").write_text(
        "from app.flows import flow\nlonger = flow.step('b', lambda i: [i['a']], depends_on=['a'])\n", "utf-8"
    )
    done = stubs("app")

    assert done.output.splitlines() == ["Wrote app/_flow_types.py", "Wrote app/sub/_flow_types.py"]
    assert "class BInput(" not in Path("app/_flow_types.py").read_text("utf-8")
    assert "a: int\n    b: list[int]\n" in Path("app/sub/_flow_types.py").read_text("utf-8")


def test_the_module_can_be_imported_when_a_program_runs() -> None:
    written(
        "from models import Order\nflow = Flow('f', Order).step('class', lambda i: {'a': 1}).step('b', lambda i: 1)"
    )
    spec = importlib.util.spec_from_file_location("_flow_types", "_flow_types.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert module.FSteps.__required_keys__ == {"class", "b"}


def test_a_second_time_nothing_changes_in_any_order_of_the_files() -> None:
    first = written("flow = Flow('f', int).step('a', lambda i: 1)")
    Path("zzz.py").write_text("from flows import flow\n", "utf-8")

    assert stubs("zzz.py", "flows.py", "models.py").output == ""
    assert stubs(".", "--check").exit_code == 0
    assert written("flow = Flow('f', int).step('a', lambda i: 1)") == first


def test_a_stale_module_fails_the_check_with_a_diff_and_is_left_as_it_is() -> None:
    written("flow = Flow('f', int).step('a', lambda i: 1)")
    before = Path("_flow_types.py").read_text("utf-8")
    Path("flows.py").write_text("from typedflow import Flow\nflow = Flow('f', int).step('a', lambda i: '')\n", "utf-8")
    done = stubs(".", "--check")

    assert done.exit_code == 1
    assert done.stdout == (
        "--- _flow_types.py\n+++ _flow_types.py as it should be\n@@ -19,4 +19,4 @@\n"
        ' class FSteps(TypedDict):\n     """The output of every step of flow "f"."""\n \n-    a: int\n+    a: str\n'
    )
    assert done.stderr == (
        'Error: The generated types are out of date. Run "typedflow stubs ." and commit the result.\n'
    )
    assert Path("_flow_types.py").read_text("utf-8") == before


def test_a_flow_that_two_modules_have_is_the_same_flow() -> None:
    program = "f = Flow('f', int).step('a', lambda i: 1).step('b', lambda i: 2)\n"
    alone = written(program)
    Path("copied_flows.py").write_text(Path("flows.py").read_text("utf-8"), "utf-8")
    twice = written(program)

    assert [line for line in twice.splitlines() if line.startswith("class ")] == [
        line for line in alone.splitlines() if line.startswith("class ")
    ]


def test_a_module_whose_flows_are_gone_is_removed() -> None:
    written("flow = Flow('f', int).step('a', lambda i: 1)")
    Path("flows.py").write_text("", "utf-8")

    assert stubs(".", "--check").exit_code == 1
    assert stubs(".").output == "Removed _flow_types.py\n"
    assert not Path("_flow_types.py").exists()


def test_handlers_may_use_the_module_before_it_is_written() -> None:
    program = """
from __future__ import annotations
from typing import TYPE_CHECKING
from typedflow import Flow
if TYPE_CHECKING:
    from _flow_types import BInput
def b(inputs: BInput) -> list[str]:
    return [str(inputs["a"])]
flow = Flow("f", int).step("a", lambda i: 1).step("b", b, depends_on=["a"])
"""
    Path("flows.py").write_text(program, "utf-8")
    stubs(".")

    assert "    run: int\n    a: int\n" in Path("_flow_types.py").read_text("utf-8")
    assert stubs(".").output == ""
    assert CliRunner().invoke(typedflow, ["check", ".", "--all"]).exit_code == 0


def test_it_writes_into_another_folder() -> None:
    Path("app/sub").mkdir(parents=True)
    Path("app/sub/flows.py").write_text(ONE_STEP, "utf-8")

    assert stubs("app", "--output", "types").output == "Wrote types/sub/_flow_types.py\n"
    stale = stubs("app", "--output", "elsewhere", "--check")
    assert 'Run "typedflow stubs app --output elsewhere" and commit the result.' in stale.stderr


def test_a_mistake_in_a_flow_is_pointed_out() -> None:
    Path("flows.py").write_text(
        "from typedflow import Flow\n"
        "f = Flow('f', int).step('a', lambda i: 1).step('b', lambda i: 1, depends_on=['c'])\n",
        "utf-8",
    )
    done = stubs(".")

    assert done.exit_code == 0
    assert "Found 1 mistake; some types may be missing. Run typedflow check to see what is wrong." in done.stderr


def test_a_syntax_error_is_reported_and_nothing_is_written() -> None:
    Path("flows.py").write_text("def :\n", "utf-8")
    done = stubs(".")

    assert done.exit_code == 2
    assert done.stderr.startswith("Error: flows.py:1: error: ")
    assert not Path("_flow_types.py").exists()


def test_a_folder_without_python_is_an_error() -> None:
    done = stubs(".")

    assert done.exit_code == 2
    assert "There are no .py[i] files in directory '.'" in done.stderr


def test_a_folder_that_cannot_be_written_is_an_error() -> None:
    Path("flows.py").write_text(ONE_STEP, "utf-8")

    assert (
        "flows.py/types/_flow_types.py cannot be written: Not a directory."
        in stubs(".", "--output", "flows.py/types").stderr
    )


def test_a_file_in_the_way_of_the_folder_is_an_error() -> None:
    Path("flows.py").write_text(ONE_STEP, "utf-8")
    Path("types").mkdir()
    Path("types/_flow_types.py").mkdir()

    assert "types/_flow_types.py cannot be read: Is a directory." in stubs(".", "--output", "types").stderr


def test_the_types_of_the_examples_are_committed() -> None:
    """As their users would commit them; in a copy, for the command keeps a cache."""
    pytest.importorskip("polars", exc_type=ImportError)
    shutil.copytree(ROOT / "docs/examples", "docs/examples")
    shutil.copytree(ROOT / "stubs", "stubs")
    Path("mypy.ini").write_text("[mypy]\nexplicit_package_bases = True\nmypy_path = stubs\n", "utf-8")
    examples = stubs(*map(str, Path("docs/examples").glob("*.py")), "--output", "stubs", "--check")
    package = stubs("docs/examples/shop", "--check")

    assert (examples.exit_code, examples.output) == (0, "")
    assert (package.exit_code, package.output) == (0, "")


def test_the_first_types_of_a_package_have_what_its_handlers_declare() -> None:
    """As the page on packages tells it: handlers that take a StepInput, in modules of their own."""
    shutil.copytree(ROOT / "docs/examples/shop", "docs/examples/shop")
    Path("mypy.ini").write_text("[mypy]\nexplicit_package_bases = True\n", "utf-8")
    written = Path("docs/examples/shop/_flow_types.py")
    wanted = written.read_text("utf-8")
    written.unlink()
    for name in ("orders", "report"):
        file = Path(f"docs/examples/shop/{name}.py")
        program = re.sub(r"from ._flow_types import .*", "from typedflow import StepInput", file.read_text("utf-8"))
        file.write_text(re.sub(r"inputs: \w+", "inputs: StepInput", program), "utf-8")
    page = (ROOT / "docs/packages.md").read_text("utf-8")
    message = re.search(r"The handler of step \"total\" .*", page)

    assert message is not None
    assert f"error: {message[0]}  [typedflow-handler]" in CliRunner().invoke(typedflow, ["check", "docs"]).stdout
    first = stubs("docs/examples/shop")
    assert first.stderr.startswith("Found 3 mistakes; some types may be missing.")
    assert written.read_text("utf-8") == wanted
