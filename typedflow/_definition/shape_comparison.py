"""How a flow differs from what it was, step by step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from typedflow._definition.fitting import why_not_fitting
from typedflow._shape_difference import ShapeDifference
from typedflow._text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typedflow._shape_difference import Aspect, Reached

_KINDS: Final = {"step": "a step", "map": "a map step", "wait": "a wait step"}
# How many characters of a pattern are shown.
_LONGEST: Final = 80


def differences(was: dict[str, Any], now: dict[str, Any]) -> tuple[ShapeDifference, ...]:
    """Compare two shapes of a flow, step by step.

    Args:
        was: The earlier shape, as an object of JSON.
        now: The shape that takes its place.
    """
    return tuple(_Comparison(was, now).found())


_CONDITIONS: Final = ("if_", "if_not")
_FINISHED: Final[frozenset[Reached]] = frozenset({"completed", "skipped"})
_BEGUN: Final[frozenset[Reached]] = frozenset({"started", "completed"})
_STARTED: Final[frozenset[Reached]] = frozenset({"started"})
_COMPLETED: Final[frozenset[Reached]] = frozenset({"completed"})


class _Comparison:
    def __init__(self, was: dict[str, Any], now: dict[str, Any]) -> None:
        self._was = was
        self._now = now
        self._old = {step["slug"]: step for step in was["steps"]}
        self._new = {step["slug"]: step for step in now["steps"]}
        self._ways_before = _ways_to_be_skipped(was["steps"])
        self._ways = _ways_to_be_skipped(now["steps"])

    def found(self) -> Iterator[ShapeDifference]:
        yield from _of_type(None, self._was["input"], self._now["input"], _COMPLETED)
        gone = [step for slug, step in self._old.items() if slug not in self._new]
        for slug, new in self._new.items():
            if slug in self._old:
                yield from self._of_step(slug, self._old[slug], new)
            else:
                yield _added(new, gone)
        for step in gone:
            yield ShapeDifference(step["slug"], "removed", step, None, f'step "{step["slug"]}" is gone')

    def _of_step(self, slug: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[ShapeDifference]:
        step = f'step "{slug}"'
        maps = "map" in {old["kind"], new["kind"]}
        if old["kind"] != new["kind"]:
            was, now = old["kind"], new["kind"]
            refused = _BEGUN if maps else _STARTED
            yield ShapeDifference(slug, "kind", was, now, f"{step} was {_KINDS[was]} and is {_KINDS[now]}", refused)
        yield from self._of_dependencies(slug, old, new)
        refused = _BEGUN if maps else _COMPLETED
        yield from _of_type(slug, old["output"], new["output"], refused)
        yield from self._of_conditions(slug, old, new)

    def _of_dependencies(self, slug: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[ShapeDifference]:
        step = f'step "{slug}"'
        before, after = set(old["depends_on"]), set(new["depends_on"])
        if old["kind"] == new["kind"] == "map":
            if old["over"] != new["over"]:
                was, now = old["over"], new["over"]
                yield ShapeDifference(
                    slug, "over", was, now, f'{step} mapped over "{was}" and maps over "{now}"', _BEGUN | _FINISHED
                )
                before, after = before - {was}, after - {now}
            elif before == after and (was := old.get("beside")) != (now := new.get("beside")):
                took = f"{step} took {_taken(was)} and takes {_taken(now)}"
                yield ShapeDifference(slug, "beside", was, now, took)
        if before != after:
            was, now = old["depends_on"], new["depends_on"]
            refused = _FINISHED if old["kind"] == new["kind"] == "step" else _BEGUN | _FINISHED
            sentence = f"{step} depended on {_listed(was)} and depends on {_listed(now)}"
            yield ShapeDifference(slug, "depends_on", was, now, sentence, refused)

    def _of_conditions(self, slug: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[ShapeDifference]:
        step = f'step "{slug}"'
        narrowed = _narrowed(self._ways_before[slug], self._ways[slug])
        for name in _CONDITIONS:
            was, now = old.get(name), new.get(name)
            if json.dumps(was) != json.dumps(now):
                yield ShapeDifference(
                    slug, "condition", was, now, f"{step}: {name} was {_shown(was)} and is {_shown(now)}"
                )
        was, now = old.get("when_unmet"), new.get("when_unmet")
        if was != now and was is not None and now is not None:
            sentence = f'{step}: when_unmet was "{was}" and is "{now}"'
            yield ShapeDifference(slug, "when_unmet", was, now, sentence)
        was, now = old.get("when_exhausted", "fail"), new.get("when_exhausted", "fail")
        if was != now:
            gaps = was == "none"  # where items have failed
            sentence = f'{step}: when_exhausted was "{was}" and is "{now}"'
            yield ShapeDifference(slug, "when_exhausted", was, now, sentence, _BEGUN if gaps else frozenset(), gaps)
        if narrowed is not None:
            was, now = sorted(self._ways_before[slug]), sorted(self._ways[slug])
            yield ShapeDifference(slug, "skips", was, now, f"{step} {narrowed}", frozenset({"skipped"}))


def _of_type(slug: str | None, was: Any, now: Any, refused: frozenset[Reached]) -> Iterator[ShapeDifference]:
    what = "the flow input" if slug is None else f'the output of step "{slug}"'
    aspect: Aspect = "input" if slug is None else "output"
    problem = why_not_fitting(was, now)
    if problem is not None:
        yield ShapeDifference(slug, aspect, was, now, f"{what} has another type: {problem}", refused, by_value=True)
    elif json.dumps(was) != json.dumps(now):
        yield ShapeDifference(slug, aspect, was, now, f"{what} has another type, which what is stored fits")


def _added(new: dict[str, Any], gone: list[dict[str, Any]]) -> ShapeDifference:
    like = next((step["slug"] for step in gone if {**step, "slug": new["slug"]} == new), None)
    slug = new["slug"]
    sentence = f'step "{slug}" is new'
    if like is not None:
        sentence += f': it is as "{like}" was, but a run that has executed "{like}" executes it nevertheless'
    return ShapeDifference(slug, "added", None, new, sentence)


def _ways_to_be_skipped(steps: list[dict[str, Any]]) -> dict[str, frozenset[str]]:
    """Return how each step may be skipped: without its dependents, with them, or because a dependency is."""
    found: dict[str, frozenset[str]] = {}
    for step in steps:
        own = {"skip", "skip_cascade"} & {step.get("when_unmet"), step.get("when_exhausted")}
        if any(found[slug] & {"skip_cascade", "cascade"} for slug in step["depends_on"] if slug in found):
            own.add("cascade")
        found[step["slug"]] = frozenset(own)
    return found


def _narrowed(before: frozenset[str], after: frozenset[str]) -> str | None:
    """Say in which way a step cannot be skipped any more that it could be, if that makes a difference."""
    if before and not after:
        return "could be skipped, and cannot be skipped any more"
    if "skip" in before and "skip" not in after:
        return "could be skipped without its dependents, and is skipped only with them"
    return None


def _taken(beside: list[str] | None) -> str:
    if beside is None:
        return "an item"
    return f"a step input with the item and {quoted(beside)}" if beside else "a step input with the item"


def _listed(slugs: list[str]) -> str:
    return quoted(slugs) if slugs else "no step"


def _shown(condition: dict[str, Any] | None) -> str:
    if condition is None:
        return "missing"
    text = "a predicate" if "predicate" in condition else json.dumps(condition["pattern"], ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
