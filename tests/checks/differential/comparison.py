"""What the modes say of the same modules, compared."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.checks.differential.modes import LIBRARIES, MODES, Folder, crashed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tests.checks.differential.modes import Mode


class Comparison:
    """Modes that are asked about the same modules, again and again.

    Attributes:
        answers: What each mode said last.
    """

    def __init__(self, folder: Folder, modes: Sequence[Mode]) -> None:
        self._folder = folder
        self._modes = modes
        self.answers: dict[str, list[str]] = {}

    def ask(self, *states: Mapping[str, str]) -> None:
        """Ask about each state of the modules in turn; about all but the last, only the modes that remember it."""
        *before, last = states
        for sources in before:
            self._folder.write(sources)
            _ask([mode for mode in self._modes if mode.remembers])
        self._folder.write(last)
        self.answers = _ask(self._modes)

    def forget(self) -> None:
        """Have the modes forget all questions."""
        # A daemon would also forget the libraries if nothing imported them, and mypy's may crash on that.
        self._folder.write({"nothing.py": LIBRARIES})
        for mode in self._modes:
            mode.forget()

    def differing(self) -> list[str]:
        """The modes that say something else than the first, or crashed."""
        expected = next(iter(self.answers.values()))
        return [name for name, answer in self.answers.items() if answer != expected or crashed(answer)]

    def crashed(self) -> list[str]:
        """The modes that crashed."""
        return [name for name, answer in self.answers.items() if crashed(answer)]

    def difference(self) -> str:
        """Each line that one mode says less often than another, after those that say it most often; and every crash."""
        shown = [f"{name}: {line}" for name, answer in self.answers.items() if crashed(answer) for line in answer]
        counts = {name: Counter(answer) for name, answer in self.answers.items() if not crashed(answer)}
        for line in dict.fromkeys(line for count in counts.values() for line in count):
            most = max(count[line] for count in counts.values())
            saying = [name for name, count in counts.items() if count[line] == most]
            if len(saying) < len(counts):
                shown.append(f"{', '.join(saying)}: {line}")
        return "\n".join(shown)

    def kinds(self) -> set[str]:
        """What differs, without the numbers and names that an edit elsewhere may change."""
        return {re.sub(r'^.*?: |"[^"]*"|\d+', "", line) for line in self.difference().splitlines()}


@contextmanager
def comparison(names: Iterable[str], configuration: str, libraries: Path) -> Iterator[Comparison]:
    """Compare the modes of these names, in a folder that is removed afterwards."""
    with TemporaryDirectory() as path:
        folder = Folder(Path(path), configuration, libraries)
        modes = [MODES[name](folder) for name in names]
        try:
            yield Comparison(folder, modes)
        finally:
            for mode in modes:
                mode.stop()


def _ask(modes: Sequence[Mode]) -> dict[str, list[str]]:
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda mode: mode.ask(), modes)
        return {mode.name: answer for mode, answer in zip(modes, answers, strict=True)}
