"""Where mypy says that None may stand for a step, on random flows: wherever a run may put it, and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from mypy import api

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pytest

FLOWS = 300
MODES = ("fail", "skip", "skip_cascade")
REVEALED = re.compile(r'^flows\.py:(\d+): note: Revealed type is "(.*)"$', re.MULTILINE)
KEY = re.compile(r"'(s\d)': list\[int\]( \| None)?")


@dataclass(frozen=True)
class Step:
    """A step of a random flow; every step puts out a list of numbers, which others may map over."""

    slug: str
    depends_on: tuple[str, ...]
    is_map: bool
    has_condition: bool
    when_unmet: str | None
    when_exhausted: str | None

    @classmethod
    def random(cls, random: Random, slug: str, before: list[str]) -> Step:
        is_map = random.random() < 0.3
        count = random.randint(0, min(1 if is_map else 3, len(before)))
        has_condition = random.random() < 0.4
        return cls(
            slug,
            tuple(random.sample(before, count)),
            is_map,
            has_condition,
            random.choice((None, *MODES)) if has_condition else None,
            random.choice((None, None, *MODES)),
        )

    def source(self, random: Random) -> str:
        """The call that adds it, which reveals what its handler is handed."""
        options = [f'{name}="{mode}"' for name, mode in self.modes().items() if mode is not None]
        if self.has_condition:
            names = random.choice((["if_"], ["if_not"], ["if_", "if_not"]))
            options += [f"{name}={'[1]' if not self.depends_on else '{}'}" for name in names]
        if self.is_map:
            options.append(f'over="{"".join(self.depends_on) or "run"}"')
            return f'map("{self.slug}", lambda i: reveal_type(i), {", ".join(options)})'
        options.append(f"depends_on={list(self.depends_on)}")
        return f'step("{self.slug}", lambda i: [1] if reveal_type(i) else [2], {", ".join(options)})'

    def modes(self) -> dict[str, str | None]:
        return {"when_unmet": self.when_unmet, "when_exhausted": self.when_exhausted}

    def outcomes(self) -> tuple[str | None, ...]:
        """What may happen to it by itself: it completes, or there is a reason to skip it or to fail."""
        return (None, "when_unmet", "when_exhausted") if self.has_condition else (None, "when_exhausted")

    def becomes(self, outcome: str) -> str:
        return self.modes()[outcome] or {"when_unmet": "skip", "when_exhausted": "fail"}[outcome]


def may_be_none(flow: list[Step]) -> dict[str, set[str]]:
    """By what is handed over: the slugs that are None in it, in any run that the flow can have."""
    found: dict[str, set[str]] = {"outputs": set(), **{step.slug: set() for step in flow}}
    for outcomes in product(*(step.outcomes() for step in flow)):
        for handed_to, slugs in run(flow, outcomes):
            found[handed_to] |= slugs
    return found


def run(flow: list[Step], outcomes: tuple[str | None, ...]) -> Iterator[tuple[str, set[str]]]:
    """A run in which this happens to each step, as the documentation tells it: what is None in what is handed over."""
    skipped: set[str] = set()
    cascading: set[str] = set()
    for step, outcome in zip(flow, outcomes, strict=True):
        if cascading & set(step.depends_on):
            skipped.add(step.slug)
            cascading.add(step.slug)
            continue
        missing = skipped & set(step.depends_on)
        if outcome != "when_unmet" and not step.is_map:
            yield step.slug, missing
        has_tasks = not (step.is_map and missing)
        if outcome is None or (outcome == "when_exhausted" and not has_tasks):
            continue
        if (mode := step.becomes(outcome)) == "fail":
            return
        skipped.add(step.slug)
        if mode == "skip_cascade":
            cascading.add(step.slug)
    yield "outputs", skipped


def program(flows: list[list[Step]], random: Random) -> tuple[str, dict[int, tuple[int, str]]]:
    """A module of all flows, and what each of its lines reveals: of which flow, and what is handed to whom."""
    lines = ["from typedflow import Flow"]
    reveals: dict[int, tuple[int, str]] = {}
    for number, flow in enumerate(flows):
        is_chain = random.random() < 0.5
        name = f"flow{number}"
        lines.append(f'{name} = {"(" if is_chain else ""}Flow("flow", list[int])')
        for step in flow:
            call = step.source(random)
            lines.append(f"    .{call}" if is_chain else f"{name} = {name}.{call}")
            reveals[len(lines)] = number, step.slug
        lines += [")", f"reveal_type({name}.run_sync([]))"] if is_chain else [f"reveal_type({name}.run_sync([]))"]
        reveals[len(lines)] = number, "outputs"
    return "\n".join(lines) + "\n", reveals


def test_none_is_in_the_type_wherever_a_run_may_put_it_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(5)  # noqa: S311  no secret
    flows: list[list[Step]] = []
    for _ in range(FLOWS):
        slugs = [f"s{index}" for index in range(random.randint(1, 6))]
        flows.append([Step.random(random, slug, slugs[:index]) for index, slug in enumerate(slugs)])
    source, reveals = program(flows, random)
    monkeypatch.chdir(tmp_path)
    Path("mypy.ini").write_text("[mypy]\nstrict = True\nplugins = typedflow.mypy\n", "utf-8")
    Path("flows.py").write_text(source, "utf-8")
    report, errors, _ = api.run(["flows.py", "--no-error-summary"])
    assert not errors
    assert "error" not in report

    said = {reveals[int(line)]: text for line, text in REVEALED.findall(report)}
    none = 0
    for number, flow in enumerate(flows):
        expected = may_be_none(flow)
        for step in flow:
            handed = said[number, step.slug]
            assert handed == "int" if step.is_map else keys(handed) == of(step.depends_on, expected[step.slug])
        assert keys(said[number, "outputs"]) == of([step.slug for step in flow], expected["outputs"])
        none += sum(map(len, expected.values()))
    assert none > FLOWS  # that there is something to find


def keys(revealed: str) -> dict[str, bool]:
    """The slugs in a revealed TypedDict, and whether each may be None."""
    return {slug: bool(none) for slug, none in KEY.findall(revealed)}


def of(slugs: Sequence[str], none: set[str]) -> dict[str, bool]:
    return {slug: slug in none for slug in slugs}
