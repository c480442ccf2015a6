"""A random project: modules with places where one of several texts stands, and edits that put another one there."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    # Which text stands at a place, counted from 0, the right one, which stands where nothing is said.
    State: TypeAlias = Mapping[str, int]

ABSENT: Final = 1
_STAYS: Final = "# stays"
_PRESENCE: Final = ("present", "absent")
_PLACE: Final = re.compile(r"<<(.*?)>>", re.DOTALL)


@dataclass(frozen=True)
class Edit:
    """A text put at a place."""

    place: str
    text: int


@dataclass(frozen=True)
class Project:
    """What the modules can be.

    Attributes:
        modules: The paragraphs of each; in a paragraph, fixed texts and names of places take turns.
        places: The texts of each place. A module and a paragraph are places as well: they are present or absent.
    """

    modules: dict[str, dict[str, list[str]]]
    places: dict[str, tuple[str, ...]]

    @classmethod
    def read(cls) -> Project:
        """Read the project of the tests."""
        templates: dict[str, str] = {}
        for file in ("handlers", "flows", "tasks"):
            templates |= tomllib.loads(Path(__file__).with_name(f"{file}.toml").read_text("utf-8"))
        project = cls({}, {})
        for module, template in templates.items():
            project.places[module] = _PRESENCE
            project.modules[module] = paragraphs = {}
            for number, paragraph in enumerate(template.strip("\n").split("\n\n"), 1):
                name = f"{module}, paragraph {number}"
                if not paragraph.startswith(_STAYS):
                    project.places[name] = _PRESENCE
                paragraphs[name] = project._parts(name, paragraph)
        return project

    def _parts(self, name: str, paragraph: str) -> list[str]:
        parts = _PLACE.split(paragraph)
        for number in range(1, len(parts), 2):
            place = f"{name}, place {number // 2 + 1}"
            self.places[place] = tuple(text.strip() for text in parts[number].split("||"))
            parts[number] = place
        return parts

    def paragraphs(self) -> list[str]:
        """The names of all paragraphs that may be absent."""
        return [name for paragraphs in self.modules.values() for name in paragraphs if name in self.places]

    def sources(self, state: State) -> dict[str, str]:
        """The text of each module that is present, by its file's name."""
        return {
            f"{module}.py": "\n\n".join(
                self._text(parts, state) for name, parts in paragraphs.items() if state.get(name) != ABSENT
            )
            + "\n"
            for module, paragraphs in self.modules.items()
            if state.get(module) != ABSENT
        }

    def _text(self, parts: list[str], state: State) -> str:
        return "".join(
            self.places[part][state.get(part, 0)] if number % 2 else part for number, part in enumerate(parts)
        )

    def edit(self, random: Random, state: State) -> Edit:
        """Choose an edit at random: the more places are not as they should be, the likelier one of them is repaired."""
        wrong = [place for place, text in state.items() if text]
        if random.randrange(16) < len(wrong):
            return Edit(random.choice(wrong), 0)
        large = random.random() < 0.1
        place = random.choice([place for place, texts in self.places.items() if (texts is _PRESENCE) == large])
        texts = range(len(self.places[place]))
        return Edit(place, random.choice([text for text in texts if text != state.get(place, 0)]))

    def describe(self, edit: Edit) -> str:
        """Say where an edit is and what it puts there."""
        return f"{edit.place}: {self.places[edit.place][edit.text]}"
