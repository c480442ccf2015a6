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
from typedflow.engines._local.runs import execute

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

FLOWS = 300
MODES = ("fail", "skip", "skip_cascade")
REVEALED = re.compile(r'^flows\.py:(\d+): note: Revealed type is "(.*)"$', re.MULTILINE)
KEY = re.compile(r"'(s\d)': list\[int\]( \| None)?")


@dataclass(frozen=True)
class Step:
    """A step of a random flow; every step puts out a list of numbers, which others may map over, or also None.

    Attributes:
        named: What its condition ``if_`` asks of its dependencies: to be a list, or None of one that may return None.
    """

    slug: str
    depends_on: tuple[str, ...]
    is_map: bool
    returns_none: bool
    has_condition: bool
    named: dict[str, list[int] | None]
    when_unmet: str | None
    when_exhausted: str | None

    @classmethod
    def random(cls, random: Random, slug: str, before: list[Step]) -> Step:
        is_map = random.random() < 0.3
        sources = [step for step in before if not (is_map and step.returns_none)]
        depends_on = random.sample(sources, random.randint(0, min(1 if is_map else 3, len(sources))))
        has_condition = random.random() < 0.4
        named = [step for step in depends_on if random.random() < 0.3] if has_condition else []
        return cls(
            slug,
            tuple(step.slug for step in depends_on),
            is_map,
            not is_map and random.random() < 0.2,
            has_condition,
            {step.slug: None if step.returns_none else [] for step in named},
            random.choice((None, *MODES)) if has_condition else None,
            random.choice((None, None, *MODES)),
        )

    def source(self, random: Random) -> str:
        """The call that adds it, which reveals what its handler is handed."""
        options = [f'{name}="{mode}"' for name, mode in self.modes().items() if mode is not None]
        if self.has_condition:
            names = random.choice(
                (["if_"], ["if_", "if_not"]) if self.named else (["if_"], ["if_not"], ["if_", "if_not"])
            )
            patterns = {"if_": self.named, "if_not": {}} if self.depends_on else {"if_": [1], "if_not": [1]}
            options += [f"{name}={patterns[name]}" for name in names]
        if self.is_map:
            options.append(f'over="{"".join(self.depends_on) or "run"}"')
            return f'map("{self.slug}", lambda i: reveal_type(i), {", ".join(options)})'
        options.append(f"depends_on={list(self.depends_on)}")
        otherwise = "None" if self.returns_none else "[2]"
        return f'step("{self.slug}", lambda i: [1] if reveal_type(i) else {otherwise}, {", ".join(options)})'

    def modes(self) -> dict[str, str | None]:
        return {"when_unmet": self.when_unmet, "when_exhausted": self.when_exhausted}

    def outcomes(self) -> tuple[str | None, ...]:
        """What may happen to it by itself: it completes, with None too, or there is a reason to skip it or to fail."""
        unmet = ("when_unmet",) if self.has_condition else ()
        return (None, "when_exhausted", *unmet, *(("none",) if self.returns_none else ()))

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
            options["if_"] = [1 if holds else 2] if not step.depends_on else step.named
            if step.depends_on and not holds:
                options["if_not"] = {}
        handler = handling(step.slug, found, outcome)
        if step.is_map:
            definition = definition.with_map(step.slug, handler, "".join(step.depends_on) or "run", **options)
        else:
            definition = definition.with_step(step.slug, handler, step.depends_on, **options)
    with contextlib.suppress(StepFailedError):
        outputs = await execute(definition, [1])
        found["outputs"].update(slug for slug, output in outputs.items() if output is None)


def handling(slug: str, found: dict[str, set[str]], outcome: str | None) -> Callable[[Any], Any]:
    async def handle(given: Any) -> Any:
        if isinstance(given, StepInput):
            found[slug].update(key for key, value in given.items() if value is None)
        if outcome == "when_exhausted":
            raise ValueError(slug)
        if outcome == "none":
            return None
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
        flow: list[Step] = []
        for index in range(random.randint(1, 6)):
            flow.append(Step.random(random, f"s{index}", flow))
        flows.append(flow)
    source, reveals = program(flows, random)
    monkeypatch.chdir(tmp_path)
    Path("mypy.ini").write_text("[mypy]\nstrict = True\nplugins = typedflow.mypy\n", "utf-8")
    Path("flows.py").write_text(source, "utf-8")
    report, errors, _ = api.run(["flows.py", "--no-error-summary"])
    assert not errors
    assert "error" not in report

    said = {reveals[int(line)]: text for line, text in REVEALED.findall(report)}
    none = narrowed = 0
    for number, flow in enumerate(flows):
        expected = trio.run(may_be_none, flow)
        for step in flow:
            handed = said[number, step.slug]
            if step.is_map:
                assert handed == "int"
                continue
            # Where another step asks for it, what was skipped may keep this one from running.
            is_exact = not any(other.named for other in flow if other is not step)
            assert_right(keys(handed), of(step.depends_on, expected[step.slug]), is_exact=is_exact)
            narrowed += is_exact and bool(step.named)
        is_exact = not any(step.named and step.when_unmet == "fail" for step in flow)
        assert_right(keys(said[number, "outputs"]), of([s.slug for s in flow], expected["outputs"]), is_exact=is_exact)
        none += sum(map(len, expected.values()))
    assert none > FLOWS  # that there is something to find
    assert narrowed > FLOWS / 10


def assert_right(said: dict[str, bool], found: dict[str, bool], *, is_exact: bool) -> None:
    """That each key may be None, by its type, where it was found to be, and if that is exact, nowhere else."""
    assert said.keys() == found.keys()
    assert all(said[key] for key, none in found.items() if none)
    assert not is_exact or said == found


def keys(revealed: str) -> dict[str, bool]:
    """The slugs in a revealed TypedDict, and whether each may be None."""
    return {slug: bool(none) for slug, none in KEY.findall(revealed)}


def of(slugs: Sequence[str], none: set[str]) -> dict[str, bool]:
    return {slug: slug in none for slug in slugs}
