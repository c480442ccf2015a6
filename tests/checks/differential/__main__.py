"""Edit a project at random, and compare after every edit what mypy says of it in each mode."""
# ruff: noqa: T201  what is found is printed

from __future__ import annotations

import argparse
import sys
import time
from difflib import unified_diff
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.checks.differential.modes import CONFIGURATION, WITH_PLUGIN
from tests.checks.differential.project import Project
from tests.checks.differential.search import Search

if TYPE_CHECKING:
    from tests.checks.differential.project import State


def main() -> None:
    """Search for a difference; shrink and print the first, and exit with status 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.checks.differential", description=__doc__)
    parser.add_argument(
        "--edits",
        type=int,
        default=500,
        help="how many, not counting those that crash mypy itself",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the random edits")
    parser.add_argument("--without-plugin", action="store_true", help="show how mypy itself differs")
    options = parser.parse_args()
    began = time.monotonic()
    project = Project.read()
    states: list[State] = []
    skipped = 0
    with TemporaryDirectory() as path:
        plain = Search(project, CONFIGURATION, Path(path, "plain"))
        search = plain if options.without_plugin else Search(project, WITH_PLUGIN, Path(path, "libraries"))
        differing: list[str] = []
        for state, modes in search.walk(Random(options.seed)):  # noqa: S311  no secret
            states.append(state)
            differing = modes.differing()
            if modes.crashed() and plain.crashes(states, modes.crashed()):
                skipped += 1
                del states[-1]  # as the walk does
            elif differing or len(states) > options.edits:
                break
            elif len(states) % 20 == 1:
                print(f"{len(states) - 1} edits, {time.monotonic() - began:.0f} s", flush=True)
        found = f"{len(states) - 1} edits, {bool(differing):d} differences, {skipped} crashes of mypy itself"
        print(f"{found}, {time.monotonic() - began:.0f} s", flush=True)
        if differing:
            print(f"seed {options.seed}: {', '.join(differing)} differ\n{modes.difference()}\nshrinking", flush=True)
            _report(search, plain, search.shrink(states, modes))
            sys.exit(1)


def _report(search: Search, plain: Search, states: list[State]) -> None:
    first, *_ = sources = [search.project.sources(state) for state in states]
    for name, source in first.items():
        if source.strip():
            print(f"\n# {name}\n{source.strip()}")
    for before, after in pairwise(sources):
        print("\nthen")
        for name in dict.fromkeys([*before, *after]):
            old, new = (texts.get(name, "").splitlines() for texts in (before, after))
            for line in unified_diff(old, new, name, name, lineterm=""):
                print(line)
    print(f"\nwhat differs\n{search.replay(states).difference()}")
    print(f"\nwhat differs without the plugin\n{plain.replay(states).difference() or 'nothing'}")


if __name__ == "__main__":
    main()
