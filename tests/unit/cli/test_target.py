"""How the command line finds a flow, and what it says if it cannot."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.unit.cli.commands import FLOW_NAMES, LOOKED_FOR, PAGE, Invoke

LONG = "a" * 3000 + ".py"


class TestWrongTarget:
    @pytest.mark.parametrize(
        ("target", "message"),
        [
            (
                "flows.py",
                (
                    'imported\nError: the target "flows.py" does not say which flow. Write flows.py:NAME. '
                    f"Its flows are {FLOW_NAMES}."
                ),
            ),
            (
                ":analyze",
                'the target ":analyze" is not of the form path/to/file.py:NAME or package.module:NAME.',
            ),
            ("flows:", 'the target "flows:" is not of the form path/to/file.py:NAME or package.module:NAME.'),
            ("/:f", '"/" is a folder. Name a Python file in it: /FILE.py:NAME.'),
            (f"{LONG}:f", f'the file "{LONG}" does not exist.'),
            ("nowhere.py:f", 'the file "nowhere.py" does not exist.'),
            ("./flows:f", 'the file "./flows" does not exist.'),
            (
                "nowhere.flows:f",
                f'there is no module "nowhere". {LOOKED_FOR}',
            ),
            (
                "email.flows:f",
                f'there is no module "email.flows". {LOOKED_FOR}',
            ),
            ("my flows:f", '"my flows" is neither the name of a module nor a path that ends in .py.'),
            ("flows.py:analyse", 'imported\nError: "flows.py" has no "analyse". Did you mean "analyze"?'),
            ("flows.py:xyz", f'imported\nError: "flows.py" has no "xyz". Its flows are {FLOW_NAMES}.'),
            (
                "flows:website",
                (f'imported\nError: "website" in "flows" is of type function, not Flow. Its flows are {FLOW_NAMES}.'),
            ),
            (
                "json:flow",
                '"json" has no "flow". It has no flow. Define one: NAME = Flow("slug", InputType).step(...).',
            ),
        ],
    )
    def test_one_clear_message(self, invoke: Invoke, target: str, message: str) -> None:
        result = invoke("graph", target)
        expected = message if message.startswith("imported") else f"Error: {message}"
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{expected}\n")

    def test_a_module_that_raises_shows_where(self, invoke: Invoke, folder: Path) -> None:
        (folder / "raising.py").write_text("import flows\n\n1 / 0\n")
        for place in ("raising", "raising.py"):
            result = invoke("graph", f"{place}:f")
            assert result.exit_code == 2
            error = result.stderr.partition("Error: ")[2].splitlines()
            assert error[:3] == [
                f'importing "{place}" raised ZeroDivisionError: division by zero',
                "Traceback (most recent call last):",
                f'  File "{folder / "raising.py"}", line 3, in <module>',
            ]
            assert error[-1] == "ZeroDivisionError: division by zero"

    def test_a_module_that_cannot_be_parsed_shows_where(self, invoke: Invoke, folder: Path) -> None:
        (folder / "garbled.py").write_text("flow = (\n")
        result = invoke("graph", "garbled.py:flow")
        assert result.exit_code == 2
        assert result.stderr.startswith("Error: importing \"garbled.py\" raised SyntaxError: '(' was never closed")
        assert f'  File "{folder / "garbled.py"}", line 1\n    flow = (\n' in result.stderr

    def test_a_module_that_imports_a_missing_one_is_not_itself_missing(self, invoke: Invoke, folder: Path) -> None:
        (folder / "needy.py").write_text("import nowhere\n")
        result = invoke("graph", "needy:f")
        assert result.exit_code == 2
        assert result.stderr.startswith(
            "Error: importing \"needy\" raised ModuleNotFoundError: No module named 'nowhere'\nTraceback"
        )

    @pytest.mark.parametrize("raised", ["SystemExit: 0", "GeneratorExit", "BaseException: \\x1b[2J"])
    def test_a_module_that_exits_does_not_end_the_command(self, invoke: Invoke, folder: Path, raised: str) -> None:
        kind, _, text = raised.partition(": ")
        (folder / "script.py").write_text(f"raise {kind}('{text}')\n" if text else f"raise {kind}\n")
        result = invoke("graph", "script.py:f")
        assert result.exit_code == 2
        assert result.stderr.startswith(f'Error: importing "script.py" raised {raised}\n')
        assert "\x1b" not in result.stderr

    def test_a_module_may_refuse_a_name_as_it_likes(self, invoke: Invoke, folder: Path) -> None:
        (folder / "lazy.py").write_text("def __getattr__(name):\n    raise LookupError(name)\n")
        result = invoke("graph", "lazy.py:f")
        assert result.exit_code == 2
        assert 'Error: reading "f" from "lazy.py" raised LookupError: f\nTraceback' in result.stderr
        assert "_cli" not in result.stderr

    def test_a_module_below_src_is_named_by_its_path(self, invoke: Invoke, folder: Path) -> None:
        (folder / "src" / "warehouse").mkdir(parents=True)
        (folder / "src" / "warehouse" / "orders.py").touch()
        result = invoke("graph", "warehouse.orders:flow")
        expected = f'there is no module "warehouse". {LOOKED_FOR} Name the file instead: src/warehouse/orders.py:NAME.'
        assert (result.exit_code, result.stderr) == (2, f"Error: {expected}\n")

    def test_a_folder_that_was_deleted_is_named(self, invoke: Invoke, folder: Path) -> None:
        gone = folder / "gone"
        gone.mkdir()
        os.chdir(gone)
        gone.rmdir()
        result = invoke("graph", "flows:analyze")
        expected = "the current folder cannot be read: No such file or directory."
        assert (result.exit_code, result.stderr) == (2, f"Error: {expected}\n")

    def test_a_flow_that_is_wired_wrongly_shows_the_line_that_wires_it(self, invoke: Invoke, folder: Path) -> None:
        wiring = 'f = Flow("f", int).step("b", print, depends_on=["a"])'
        (folder / "miswired.py").write_text(f"from typedflow import Flow\n{wiring}\n")
        result = invoke("graph", "miswired.py:f")
        assert result.exit_code == 2
        assert result.stderr.startswith(
            'Error: flow "f", step "b": depends on "a", which is not defined before it. '
            "It is the flow's first step: .step() returns a new flow and leaves the old one as it is.\n"
            "Traceback (most recent call last):\n"
            f'  File "{folder / "miswired.py"}", line 2, in <module>\n'
            f"    {wiring}\n"
        )
        assert "definition.py" not in result.stderr

    def test_an_option_that_makes_no_sense_is_one_clear_message(self, invoke: Invoke, folder: Path) -> None:
        (folder / "hurried.py").write_text("from typedflow import Flow\nf = Flow('f', int, timeout=0)\n")
        result = invoke("run", "hurried.py:f", "--input", "1")
        assert result.exit_code == 2
        assert result.stderr.splitlines()[0] == (
            'Error: flow "f": timeout must be a duration above 0 (seconds or a timedelta), or math.inf for no limit, '
            "not 0."
        )

    def test_a_flow_whose_types_do_not_exist_is_refused_before_it_starts(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:unresolvable", "--input", PAGE)
        assert result.exit_code == 2
        message = (
            'flow "analyze", step "unresolved": the return type cannot be found at run time: '
            "name 'Nowhere' is not defined."
        )
        assert result.stderr.startswith(f"imported\nError: {message}")
        assert result.stderr.count("\n") == 2


class TestTheOnlyFlow:
    def test_of_a_module_needs_no_name(self, invoke: Invoke, folder: Path) -> None:
        (folder / "only.py").write_text("from flows import analyze as only\n")
        for target in ("only.py", "only"):
            assert invoke("graph", target).stdout.startswith("analyze: 2 steps\n")


class TestImports:
    def test_a_file_can_import_from_its_own_folder_and_from_the_current_one(self, invoke: Invoke, folder: Path) -> None:
        (folder / "inner").mkdir()
        (folder / "inner" / "beside.py").write_text("")
        (folder / "inner" / "target.py").write_text("import beside\nfrom flows import analyze\n")
        assert invoke("graph", "inner/target.py:analyze").exit_code == 0

    def test_a_file_of_a_package_can_import_relatively(self, invoke: Invoke, folder: Path) -> None:
        package = folder / "src" / "package" / "inner"
        package.mkdir(parents=True)
        (package.parent / "__init__.py").write_text("")
        (package / "__init__.py").write_text("")
        (package / "beside.py").write_text("from flows import analyze\n")
        (package / "target.py").write_text("from .beside import analyze\n")
        assert invoke("graph", "src/package/inner/target.py:analyze").exit_code == 0

    def test_a_file_may_have_the_name_of_a_module_in_use(self, invoke: Invoke, folder: Path) -> None:
        (folder / "json.py").write_text("from flows import analyze\n")
        assert invoke("graph", "json.py:analyze").exit_code == 0
        assert sys.modules["json"] is json
