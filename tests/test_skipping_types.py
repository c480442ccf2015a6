"""Where mypy says that None may stand for a step, on random flows: wherever a run puts it, and nowhere else.

Every run that a flow can have is run: in each, any of its steps are skipped for any reason there is.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import trio
from mypy import api

from typedflow import FlowDefinition, Options, StepFailedError, StepInput
from typedflow.executor import execute

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


async def may_be_none(flow: list[Step]) -> dict[str, set[str]]:
    """By what is handed over: the slugs that are None in it, in any of all runs that the flow can have."""
    found: dict[str, set[str]] = {"outputs": set(), **{step.slug: set() for step in flow}}
    for outcomes in product(*(step.outcomes() for step in flow)):
        await run(flow, outcomes, found)
    return found


async def run(flow: list[Step], outcomes: tuple[str | None, ...], found: dict[str, set[str]]) -> None:
    """A run in which this happens to each step; note what is None in what it hands over."""
    definition = FlowDefinition("flow", Any, Options(max_attempts=1))
    for step, outcome in zip(flow, outcomes, strict=True):
        options: dict[str, Any] = {name: mode for name, mode in step.modes().items() if mode is not None}
        if step.has_condition:
            holds = outcome != "when_unmet"
            options["if_"] = [1 if holds else 2] if not step.depends_on else {}
            if step.depends_on and not holds:
                options["if_not"] = {}
        handler = handling(step.slug, found, fails=outcome == "when_exhausted")
        if step.is_map:
            definition = definition.with_map(step.slug, handler, "".join(step.depends_on) or "run", **options)
        else:
            definition = definition.with_step(step.slug, handler, step.depends_on, **options)
    with contextlib.suppress(StepFailedError):
        outputs = await execute(definition, [1])
        found["outputs"].update(slug for slug, output in outputs.items() if output is None)


def handling(slug: str, found: dict[str, set[str]], *, fails: bool) -> Callable[[Any], Any]:
    async def handle(given: Any) -> Any:
        if isinstance(given, StepInput):
            found[slug].update(key for key, value in given.items() if value is None)
        if fails:
            raise ValueError(slug)
        return [1] if isinstance(given, StepInput) else given

    return handle


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


def test_none_is_in_the_type_wherever_a_run_puts_it_and_nowhere_else(
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
        expected = trio.run(may_be_none, flow)
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
