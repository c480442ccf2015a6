"""`DeployedShape`: the steps of a flow as pgflow's tables have them, and how they differ from a compiled flow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from typedflow._definition.options import UNSET
from typedflow._text import quoted
from typedflow.engines.pgflow import _statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typedflow.engines.pgflow._compiled import CompiledFlow, CompiledStep
    from typedflow.engines.pgflow._database import Connection
    from typedflow.engines.pgflow._features import Features

_KINDS: Final = {"single": "a step", "map": "a map step"}
_OPTIONS: Final = ("max_attempts", "timeout", "start_delay")


class _Row(NamedTuple):
    slug: str
    kind: str
    depends_on: list[str]
    required: Any
    forbidden: Any
    when_unmet: str | None
    when_exhausted: str | None
    max_attempts: int | None
    timeout: int | None
    start_delay: int | None


class DeployedShape:
    """The steps of a flow as pgflow's tables have them, no matter which program has deployed it.

    Args:
        rows: The rows of the steps.
        has_conditions: Whether the tables have conditions.
    """

    def __init__(self, rows: list[_Row], *, has_conditions: bool) -> None:
        self._rows = {row.slug: row for row in rows}
        self._has_conditions = has_conditions

    @classmethod
    def read(cls, connection: Connection, features: Features, flow: str) -> DeployedShape:
        """Read the steps of a flow."""
        has_conditions = features.conditions
        statement = _statements.DEPLOYED_STEPS_WITH_CONDITIONS if has_conditions else _statements.DEPLOYED_STEPS
        rows = [_Row(*row) for row in connection.execute(statement, (flow,))]
        return cls(rows, has_conditions=has_conditions)

    def differences(self, compiled: CompiledFlow) -> tuple[str, ...]:
        """Say how the shape of a flow differs from what is deployed, a sentence each. Options are not part of it."""
        return tuple(self._differences(compiled))

    def _differences(self, compiled: CompiledFlow) -> Iterator[str]:
        for step in compiled.steps:
            if (row := self._rows.get(step.slug)) is None:
                yield f"{_named(step)} is new"
                continue
            if row.kind != kind_of(step):
                yield f"{_named(step)} was {_KINDS[row.kind]} and is {_KINDS[kind_of(step)]}"
            if set(row.depends_on) != set(step.depends_on):
                before, now = (quoted(sorted(each)) or "no step" for each in (row.depends_on, step.depends_on))
                yield f"{_named(step)} depended on {before} and depends on {now}"
            if self._has_conditions:
                yield from _changed_conditions(step, row)
        wanted = {step.slug for step in compiled.steps}
        yield from (f'step "{slug}" is gone' for slug in self._rows if slug not in wanted)

    def changed_options(self, compiled: CompiledFlow) -> tuple[str, ...]:
        """Say which options of steps differ from those that are deployed, a sentence each."""
        return tuple(
            f"{_named(step)} had {name} {_number(was)} and has {_number(now)}"
            for step in compiled.steps
            for name, was, now in zip(_OPTIONS, self._rows[step.slug][-3:], options_of(step), strict=True)
            if was != now
        )


def kind_of(step: CompiledStep) -> str:
    """Return what pgflow calls the kind of a step."""
    return "map" if step.role == "map" else "single"


def options_of(step: CompiledStep) -> tuple[int, int, int | None]:
    """Return the options of a step that are deployed: attempts, timeout and start delay."""
    return step.max_attempts, step.timeout, step.start_delay or None


def _changed_conditions(step: CompiledStep, row: _Row) -> Iterator[str]:
    for name, was, wanted in (("if_", row.required, step.required), ("if_not", row.forbidden, step.forbidden)):
        now = None if wanted is UNSET else wanted
        if not _is_same(was, now):
            yield f"{_named(step)} had {_pattern(name, was)} and has {_pattern(name, now)}"
    modes = [("when_exhausted", row.when_exhausted or "fail", step.when_exhausted or "fail")]
    if step.when_unmet is not None:
        modes.insert(0, ("when_unmet", row.when_unmet or "skip", step.when_unmet))
    for name, before, mode in modes:
        if before != mode:
            yield f'{_named(step)} had {name}="{before.replace("-", "_")}" and has "{mode.replace("-", "_")}"'


def _named(step: CompiledStep) -> str:
    return f'step "{step.slug}"' + (f', which makes the items of "{step.step}",' if step.role == "items" else "")


def _pattern(name: str, pattern: object) -> str:
    return f"no {name}" if pattern is None else f"{name}={json.dumps(pattern, ensure_ascii=False):.80}"


def _number(value: int | None) -> str:
    return "none" if value is None else f"{value}"


def _is_same(was: Any, now: Any) -> bool:
    """Compare patterns: in Python, True equals 1. In jsonb, 1e300 comes back as a whole number."""
    if isinstance(was, dict) and isinstance(now, dict):
        return was.keys() == now.keys() and all(_is_same(was[key], now[key]) for key in now)
    if isinstance(was, list) and isinstance(now, list):
        return len(was) == len(now) and all(map(_is_same, was, now))
    if isinstance(was, bool) or isinstance(now, bool):
        return was is now
    return bool((float(was) if isinstance(now, float) and isinstance(was, int) else was) == now)
