"""The search for edits after which modes differ, and for the fewest."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from tests.checks.differential.comparison import Comparison, comparison
from tests.checks.differential.modes import MODES
from tests.checks.differential.project import ABSENT, Edit, Project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from random import Random

    from tests.checks.differential.project import State

Item = TypeVar("Item")


@dataclass(frozen=True)
class Search:
    """The search in one project.

    Attributes:
        project: What is edited.
        configuration: mypy's.
        libraries: Where the cache of the libraries is.
    """

    project: Project
    configuration: str
    libraries: Path

    def walk(self, random: Random) -> Iterator[tuple[State, Comparison]]:
        """Edit at random; yield each state of the project, the unedited first, with what the modes say of it.

        An edit after which one of them crashes is undone.
        """
        state: State = {}
        before = state
        with comparison(MODES, self.configuration, self.libraries) as modes:
            while True:
                modes.ask(self.project.sources(state))
                yield state, modes
                if modes.crashed():
                    state = before
                before = state
                for _ in range(random.choice((1, 1, 1, 2, 3))):
                    edit = self.project.edit(random, state)
                    state = {**state, edit.place: edit.text}

    def replay(self, states: Sequence[State]) -> Comparison:
        """Ask all modes anew about each state in turn; return what they say of the last."""
        with comparison(MODES, self.configuration, self.libraries) as modes:
            modes.ask(*map(self.project.sources, states))
            return modes

    def crashes(self, states: Sequence[State], names: Sequence[str]) -> bool:
        """Whether one of these modes crashes on the last of these states, or on the way to it."""
        with comparison(names, self.configuration, self.libraries) as modes:
            recent = 1
            while recent < 2 * len(states):
                modes.forget()
                for state in states[-recent:]:
                    modes.ask(self.project.sources(state))
                    if modes.crashed():
                        return True
                recent *= 4
        return False

    def shrink(self, states: Sequence[State], found: Comparison) -> list[State]:
        """Return few states, of few edits and few paragraphs, of the last of which modes still differ so.

        All are returned if that does not hold for the few in processes that know nothing of the many.
        """
        kinds = found.kinds()
        names = list(dict.fromkeys(["cold", *found.differing()]))
        with comparison(names, self.configuration, self.libraries) as modes:

            def differ(steps: Sequence[Edit | None]) -> bool:
                modes.forget()
                modes.ask(*map(self.project.sources, _states(steps)))
                return bool(modes.kinds() & kinds)

            recent = 1
            while recent < len(states) and not differ(_steps(states[-recent:])):
                recent *= 2
            steps = fewest(_steps(states[-recent:]), differ)
            absent = [Edit(name, ABSENT) for name in self.project.paragraphs()]
            present = fewest(absent, lambda kept: differ([edit for edit in absent if edit not in kept] + steps))
        few = _states([edit for edit in absent if edit not in present] + steps)
        return few if self.replay(few).kinds() & kinds else list(states)


def fewest(items: list[Item], holds: Callable[[list[Item]], bool]) -> list[Item]:
    """Leave out items, in ever smaller groups, while something holds of those that are left."""
    size = len(items)
    while size:
        start = 0
        while start < len(items):
            left = items[:start] + items[start + size :]
            if holds(left):
                items = left
            else:
                start += size
        size //= 2
    return items


def changes(before: State, after: State) -> list[Edit]:
    """The edits that lead from one state to another."""
    places = dict.fromkeys([*before, *after])
    return [Edit(place, after.get(place, 0)) for place in places if before.get(place, 0) != after.get(place, 0)]


def _steps(states: Sequence[State]) -> list[Edit | None]:
    """The edits that lead to each state in turn, with None where mypy is asked in between."""
    steps: list[Edit | None] = []
    for before, after in pairwise([{}, *states]):
        steps += [*changes(before, after), None]
    return steps[:-1]


def _states(steps: Sequence[Edit | None]) -> list[State]:
    states: list[State] = [{}]
    for edit in steps:
        if edit is None:
            states.append(states[-1])
        else:
            states[-1] = {**states[-1], edit.place: edit.text}
    return states
