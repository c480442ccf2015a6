"""The corpora: programs in TOML, and what mypy reports about each.

Every folder beside this module is a corpus. Its `head.toml` has what all its programs begin with and the modules that
they import; its other files have the programs, by topic.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent
# About a program: an older mypy has a note about another file, where the called function is defined.
_MESSAGE = re.compile(r"^(\w+)\.py:(\d+):(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Corpus:
    """Programs that begin alike and import the same modules.

    Attributes:
        head: What each program begins with.
        modules: The source of the modules that they import, by name.
        cases: What is known of each program, by name; its source, without the head, is `program`.
    """

    head: str
    modules: dict[str, str]
    cases: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, name: str) -> Corpus:
        """Read a corpus from its folder."""
        shared = _tables(FOLDER / name / "head.toml")
        cases: dict[str, dict[str, Any]] = {}
        for file in sorted((FOLDER / name).glob("*.toml")):
            if file.stem != "head":
                found = _tables(file)["cases"]
                assert not found.keys() & cases.keys(), f"{file} has a program of a name that is taken"
                cases.update(found)
        return cls(shared["head"], shared["modules"], cases)

    def write(self, folder: Path) -> None:
        """Write every program into a module of its own."""
        for name, source in self._sources():
            (folder / f"{name}.py").write_text(source, "utf-8")

    def _sources(self) -> Iterator[tuple[str, str]]:
        yield from self.modules.items()
        for name in self.cases:
            yield name, self.source(name)

    def source(self, name: str) -> str:
        """The whole source of a program."""
        return f"{self.head}{self.cases[name]['program']}"

    def by_program(self, report: str) -> dict[str, str]:
        """Divide mypy's report by program, where lines count from the program's first."""
        offset = self.head.count("\n")
        found: dict[str, str] = {}
        for name, line, text in _MESSAGE.findall(report):
            found[name] = found.get(name, "") + f"{int(line) - offset}:{text}\n"
        return found


corpus = cache(Corpus.read)


def names() -> list[str]:
    """The names of all corpora."""
    return sorted(head.parent.name for head in FOLDER.glob("*/head.toml"))


def _tables(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text("utf-8"))
