"""`CompiledFlow`: a flow as pgflow's tables have it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from typedflow._definition.options import UNSET
from typedflow.engines.pgflow._sql_conditions import is_tested_by_postgres
from typedflow.exceptions import UndeployableError

if TYPE_CHECKING:
    from typedflow._definition.flow import FlowDefinition, StepDefinition
    from typedflow.engines.pgflow._features import Features

LONGEST_SLUG: Final = 47
"""How long the slug of a flow may be: pgmq's limit for the name of a queue."""
NO_TIMEOUT: Final = 365 * 24 * 3600
"""What is stored for no timeout, in seconds. pgflow adds to it, so that the largest integer would overflow."""
BASE_DELAY: Final = 0
"""What is stored as the base delay: the worker sets every delay. pgflow doubles it with each claim, so that any other
one would overflow after 30 claims."""
SPARE_ATTEMPTS: Final = 50
"""How often more than a step allows a task may be claimed, because workers that were stopped gave it back."""
MOST_CLAIMS: Final = 1000
"""How often a task may be claimed at most. pgflow doubles a delay with each claim, in a float that overflows after
1,023 of them, even if the delay is 0."""
MOST_WAVES: Final = 49
"""How many maps without items, or skipped steps, pgflow completes one after the other. It raises an error at the
50th, so a worker makes the items of that map, or tests the condition of that step."""
LONGEST_DELAY: Final = 2**31 - 1
"""The longest start delay that pgflow has a column for, in seconds."""
LONGEST_STEP_SLUG: Final = 128
"""How long the slug of a step may be in pgflow's tables."""
ITEMS: Final = "__items"
"""What the slug of the step that makes a map's items ends with."""

Role: TypeAlias = Literal["step", "items", "map", "wait"]
"""What a worker does with a task of a compiled step: calls the handler, makes the items of a map, calls the handler
with an item, or leaves it for a delivery."""


@dataclass(frozen=True, slots=True)
class CompiledStep:
    """A step as pgflow's tables have it.

    Attributes:
        slug: Its slug there.
        step: Slug of the step of the flow that it belongs to.
        role: What a worker does with its tasks.
        depends_on: Slugs of the compiled steps that it depends on.
        max_attempts: How often a task may be claimed.
        timeout: In whole seconds.
        start_delay: In whole seconds.
        required: Pattern of its condition, if the database tests it; otherwise None.
        forbidden: Pattern that its input must not contain, if the database tests it; otherwise None.
        when_unmet: In pgflow's words; None if the database does not test a condition.
        when_exhausted: In pgflow's words; None if the database does not skip it.
        is_decided: Whether the worker tests its condition, or skips it because a dependency was skipped.
        delay_if_met: Its start delay in whole seconds, if that begins when its condition was tested.
    """

    slug: str
    step: str
    role: Role
    depends_on: tuple[str, ...]
    max_attempts: int
    timeout: int
    start_delay: int = 0
    required: object = UNSET
    forbidden: object = UNSET
    when_unmet: str | None = None
    when_exhausted: str | None = None
    is_decided: bool = False
    delay_if_met: int = 0

    def arguments(self) -> dict[str, Any]:
        """Return what `add_step` takes in addition to the slugs, as JSON."""
        found: dict[str, Any] = {"max_attempts": self.max_attempts, "timeout": self.timeout}
        found["step_type"] = "map" if self.role == "map" else "single"
        if self.start_delay:
            found["start_delay"] = self.start_delay
        patterns = {"required_input_pattern": self.required, "forbidden_input_pattern": self.forbidden}
        modes = {"when_unmet": self.when_unmet, "when_exhausted": self.when_exhausted}
        found |= {name: pattern for name, pattern in patterns.items() if pattern is not UNSET}
        return found | {name: mode for name, mode in modes.items() if mode is not None}


@dataclass(frozen=True, slots=True)
class CompiledFlow:
    """A flow as pgflow's tables have it.

    Attributes:
        slug: Slug of the flow.
        steps: Its steps there, in an order in which each follows its dependencies.
    """

    slug: str
    steps: tuple[CompiledStep, ...]

    @classmethod
    def of(cls, definition: FlowDefinition, features: Features) -> CompiledFlow:
        """Compile a flow.

        Raises:
            UndeployableError: pgflow cannot express it.
        """
        flow = definition.slug
        if len(flow) > LONGEST_SLUG:
            reason = f"its slug has {len(flow)} characters, and pgflow's queues take {LONGEST_SLUG}. Shorten it."
            raise UndeployableError(flow, None, reason)
        if not definition.steps:
            raise UndeployableError(flow, None, "it has no steps.")
        compiler = _Compiler(definition, features)
        return cls(flow, tuple(each for step in definition.steps for each in compiler.compiled(step)))

    def __getitem__(self, slug: str) -> CompiledStep:
        return next(step for step in self.steps if step.slug == slug)


class _Compiler:
    def __init__(self, definition: FlowDefinition, features: Features) -> None:
        self._definition = definition
        self._features = features
        self._slugs = {step.slug for step in definition.steps}
        # Whether a worker may put a mark in the place of the output, by slug of the step.
        self._is_marked: dict[str, bool] = {}
        # In how many waves the database completes or skips a step without a task, by slug. 0: it always has a task.
        self._waves_of: dict[str, int] = {}

    def compiled(self, step: StepDefinition) -> list[CompiledStep]:
        options = step.options
        if options.max_attempts > MOST_CLAIMS - SPARE_ATTEMPTS:
            most = MOST_CLAIMS - SPARE_ATTEMPTS
            reason = f"it has {options.max_attempts} max_attempts, and pgflow takes {most}. Lower them."
            raise UndeployableError(self._definition.slug, step.slug, reason)
        # Never by Postgres: it would skip the step also for errors that fail the run, such as an invalid output.
        is_skipped_if_exhausted = options.when_exhausted in {"skip", "skip_cascade"}
        may_inherit = any(self._is_marked[slug] for slug in step.depends_on)
        waves = self._waves(step)
        by_sql = not may_inherit and waves <= MOST_WAVES and self._features.conditions
        by_sql = by_sql and is_tested_by_postgres(self._definition, step)
        is_decided = may_inherit or (options.has_condition and not by_sql)
        self._is_marked[step.slug] = is_decided or is_skipped_if_exhausted
        common: dict[str, Any] = {
            "step": step.slug,
            "max_attempts": min(options.max_attempts + options.max_interruptions + SPARE_ATTEMPTS, MOST_CLAIMS),
            "timeout": _whole_seconds(options.timeout),
            "is_decided": is_decided,
        }
        self._waves_of[step.slug] = waves if by_sql else 0
        in_sql: dict[str, Any] = {}
        if by_sql and options.has_condition:
            in_sql = {"required": options.if_, "forbidden": options.if_not, "when_unmet": _dashed(options.when_unmet)}
        if step.handler is None:
            return [CompiledStep(step.slug, role="wait", depends_on=step.depends_on, **common, **in_sql)]
        if options.start_delay > LONGEST_DELAY:
            reason = f"its start delay is {options.start_delay:g} s, and pgflow takes {LONGEST_DELAY} s. Shorten it."
            raise UndeployableError(self._definition.slug, step.slug, reason)
        kind = "delay_if_met" if is_decided and step.over is None else "start_delay"
        delayed = common | {kind: math.ceil(options.start_delay)}
        if step.over is None:
            return [CompiledStep(step.slug, role="step", depends_on=step.depends_on, **delayed, **in_sql)]
        if not is_decided and step.beside is None and waves <= MOST_WAVES:
            self._waves_of[step.slug] = waves
            return [CompiledStep(step.slug, role="map", depends_on=step.depends_on, **delayed, **in_sql)]
        self._waves_of[step.slug] = 1
        items = f"{step.slug}{ITEMS}"
        if len(items) > LONGEST_STEP_SLUG:
            most = LONGEST_STEP_SLUG - len(ITEMS)
            reason = f"its slug has {len(step.slug)} characters, and the engine takes {most} for this map. Shorten it."
            raise UndeployableError(self._definition.slug, step.slug, reason)
        if items in self._slugs:
            reason = (
                f'its items are made by a step of the slug "{items}", which the flow has already. Rename that step.'
            )
            raise UndeployableError(self._definition.slug, step.slug, reason)
        return [
            CompiledStep(items, role="items", depends_on=step.depends_on, **common),
            CompiledStep(step.slug, role="map", depends_on=(items,), **delayed, **in_sql),
        ]

    def _waves(self, step: StepDefinition) -> int:
        """Return in how many waves the database may complete or skip a step, if others before it have no tasks."""
        return 1 + max((self._waves_of[slug] for slug in step.depends_on), default=0)


def _whole_seconds(seconds: float) -> int:
    return NO_TIMEOUT if math.isinf(seconds) else min(math.ceil(seconds), NO_TIMEOUT)


def _dashed(mode: str) -> str:
    return mode.replace("_", "-")


def as_stored(compiled: CompiledFlow) -> str:
    """Return a compiled flow as JSON, for comparisons with what was deployed."""
    steps: list[dict[str, Any]] = [
        {"slug": step.slug, "step": step.step, "role": step.role, "depends_on": step.depends_on, **step.arguments()}
        for step in compiled.steps
    ]
    return json.dumps({"flow": compiled.slug, "steps": steps})
