"""The cases, in a folder as their users would have them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from tests.checks.editors.checkers import CHECKERS
from tests.checks.editors.server import SERVERS
from typedflow._cli.command import typedflow

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES: dict[str, Any] = {}
for name in ("completions", "hovers", "mistakes"):
    CASES |= tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text("utf-8"))
HERE = "# here"


def write(folder: Path) -> None:
    """Write the module of the flows, and the one that is generated from it."""
    flows = folder / "flows.py"
    flows.write_text(CASES["flows"], "utf-8")
    done = CliRunner().invoke(typedflow, ["stubs", str(flows)])
    assert done.exit_code == 0, done.output


def program(case: dict[str, Any]) -> str:
    """The whole program of a case."""
    return str(CASES["head"] + case["program"])


def tables() -> Iterator[str]:
    """Draw which server can do what, and which checker, in Markdown."""
    yield "\n".join(_table(tuple(SERVERS), ("completions", "hovers")))
    yield "\n".join(_table((*CHECKERS, "typedflow check"), ("mistakes",)))


def _table(engines: tuple[str, ...], kinds: tuple[str, ...]) -> Iterator[str]:
    yield f"| | {' | '.join(engines)} |"
    yield f"|---{'|:-:' * len(engines)}|"
    for kind in kinds:
        for case in CASES[kind].values():
            yield f"| {case['row']} | {' | '.join('yes' if engine in case['yes'] else 'no' for engine in engines)} |"
