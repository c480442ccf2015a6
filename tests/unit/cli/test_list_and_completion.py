"""``typedflow list`` and ``typedflow completion``."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.unit.cli.commands import COMMAND, Invoke

SHOP = """
from typedflow import Flow
import orders
from orders import order
shop = order.step("pay", lambda i: 1).step("ship", lambda i: 1, depends_on=["pay"])
empty = Flow("empty", None)
number = 1
"""
ORDERS = 'from typedflow import Flow\norder = Flow("order", list[int]).step("check", lambda i: 1)\n'


@pytest.fixture
def project(folder: Path) -> Path:
    (folder / "flows.py").unlink()
    (folder / "shop.py").write_text(SHOP)
    (folder / "orders.py").write_text(ORDERS)
    (folder / "other.py").write_text("raise SystemExit(1)  # it does not mention any flow\n")
    for hidden in (".tox", "env", "lib/site-packages"):
        (folder / hidden).mkdir(parents=True)
        (folder / hidden / "broken.py").write_text("Flow(")
    (folder / "env" / "pyvenv.cfg").touch()
    return folder


@pytest.mark.usefixtures("project")
class TestList:
    def test_the_flows_of_a_folder(self, invoke: Invoke) -> None:
        result = invoke("list")
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout == (
            'orders.py:order\n  flow "order" of list[int], 1 step: check\n'
            'shop.py:shop\n  flow "order" of list[int], 3 steps: check, pay, ship\n'
            'shop.py:empty\n  flow "empty" of None, 0 steps\n'
        )

    def test_the_flows_of_files_and_modules_as_json(self, invoke: Invoke) -> None:
        result = invoke("list", "orders", "shop.py", "--format", "json")
        assert [(flow["target"], flow["steps"]) for flow in json.loads(result.stdout)] == [
            ("orders:order", ["check"]),
            ("shop.py:shop", ["check", "pay", "ship"]),
            ("shop.py:empty", []),
        ]

    def test_a_module_that_fails_is_named_and_the_others_are_listed(self, invoke: Invoke, project: Path) -> None:
        (project / "a.py").write_text('Flow("f", int)\n')
        result = invoke("list", ".")
        assert (result.exit_code, len(result.stdout.splitlines())) == (2, 6)
        assert result.stderr.startswith("Error: importing \"a.py\" raised NameError: name 'Flow' is not defined\n")

    def test_no_flow(self, invoke: Invoke) -> None:
        result = invoke("list", "json")
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "No flow found.\n")


class TestCompletion:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_the_script_is_printed(self, invoke: Invoke, shell: str) -> None:
        result = invoke("completion", shell)
        assert result.exit_code == 0
        assert "_TYPEDFLOW_COMPLETE" in result.stdout

    def test_another_shell_is_refused(self, invoke: Invoke) -> None:
        assert "'tcsh' is not one of 'bash', 'zsh', 'fish'." in invoke("completion", "tcsh").stderr

    @pytest.mark.parametrize(
        ("words", "completed"),
        [
            ("typedflow gr", ["graph"]),
            ("typedflow run shop.py:sh", ["shop.py:shop"]),
            ("typedflow graph shop:e", ["shop:empty"]),
            ("typedflow run sh", ["sh"]),
            ("typedflow run none.py:sh", []),
            ("typedflow run shop.py:shop --only ", ["pay", "ship"]),
            ("typedflow run shop:shop --output pa", ["pay"]),
            ("typedflow run shop.py --up-t", ["--up-to"]),
        ],
    )
    def test_commands_options_flows_and_steps_are_completed(
        self, project: Path, words: str, completed: list[str]
    ) -> None:
        environment = {
            **os.environ,
            "_TYPEDFLOW_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        }
        done = subprocess.run([COMMAND], cwd=project, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        assert [line.partition(",")[2] for line in done.stdout.splitlines() if line] == completed
