"""Each kind of handler in a run that a cell of a real notebook kernel awaits, whatever happens to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_client.manager import start_new_kernel

from tests.integration.cells import EXPECTED, HANDLERS

ROOT = Path(__file__).parents[2]
SECONDS = 120
CELL = """
import sys
sys.path.insert(0, {root!r})
from tests.integration.cells import HAPPENINGS, left_behind, observe_in_cell
for runs_in in {kinds!r}:
    for happening in HAPPENINGS:
        print(runs_in, happening, *await observe_in_cell(runs_in, happening, {folder!r}), sep="|")
left = left_behind()
print(left["processes"], [name for name in left["threads"] if name.startswith(("run of", "typedflow"))])
"""


def test_a_cell_awaits_each_kind_of_handler_and_leaves_nothing_behind(tmp_path: Path) -> None:
    manager, client = start_new_kernel(startup_timeout=SECONDS, kernel_name="python3")
    shown: list[str] = []

    def show(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            shown.append(message["content"]["text"])

    try:
        cell = CELL.format(root=str(ROOT), folder=str(tmp_path), kinds=list(HANDLERS))
        reply = client.execute_interactive(cell, timeout=SECONDS, output_hook=show)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert reply["content"]["status"] == "ok", reply["content"]
    assert "".join(shown).splitlines() == [
        *(f"{runs_in}|{happening}|{seen}|True" for runs_in in HANDLERS for happening, seen in EXPECTED.items()),
        "[] []",
    ]
