"""`deploy`: puts a flow into a database, or says how it differs from what is there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from typedflow._definition.options import UNSET
from typedflow._definition.shape import fingerprint, shape_of
from typedflow._definition.shape_comparison import differences
from typedflow._definition.storable import check_storable
from typedflow._text import quoted
from typedflow.engines.pgflow import _install_statements, _statements
from typedflow.engines.pgflow._compiled import BASE_DELAY, NO_TIMEOUT, CompiledFlow, as_stored
from typedflow.engines.pgflow._features import Features
from typedflow.engines.pgflow._own_schema import make_own_schema
from typedflow.exceptions import DeployedShapeError, EngineError, UndeployableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines.pgflow._compiled import CompiledStep
    from typedflow.engines.pgflow._database import Connection, Database

Outcome: TypeAlias = Literal["deployed", "unchanged", "updated", "replaced"]
"""What a deployment has done. ``updated``: options or types have changed, and no unfinished run minds."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment has done.

    Attributes:
        flow: Slug of the flow.
        outcome: What was done.
        changes: What has changed, a sentence each.
        deleted_runs: How many runs were deleted with the flow that was replaced.
        compiled: The flow as pgflow's tables have it.
    """

    flow: str
    outcome: Outcome
    changes: tuple[str, ...]
    deleted_runs: int
    compiled: CompiledFlow


class _Row(NamedTuple):
    """A step as pgflow's tables have it."""

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


def deploy(database: Database, definition: FlowDefinition, *, replaces: bool = False) -> Deployment:
    """Put a flow into a database, in one transaction. Several deployments wait for each other.

    Args:
        database: The database.
        definition: The flow.
        replaces: Whether a flow with the same slug and another shape is deleted first, with all of its runs.

    Raises:
        UndeployableError: pgflow cannot express the flow, or has one whose slug differs from its own by case only.
        NotStorableError: The flow input or an output can never be stored.
        DeployedShapeError: The database has another shape of the flow.
        EngineError: The database cannot be reached, or has no pgflow.
    """
    check_storable(definition)
    with database.connection() as connection, connection.transaction():
        connection.execute(_install_statements.LOCK)
        if connection.execute(_statements.HAS_PGFLOW).fetchone() != (True,):
            raise EngineError(database.name, "it does not have pgflow. Run typedflow engine install.")
        make_own_schema(connection)
        return _Deploying(database.name, connection, definition).deployment(replaces=replaces)


def ensure_deployed(database: Database, definition: FlowDefinition) -> CompiledFlow:
    """Deploy a flow that the database does not have, and return it as pgflow's tables have it.

    Raises:
        DeployedShapeError: The database has another shape of the flow; the others are those of `deploy`.
    """
    return deploy(database, definition).compiled


class _Deploying:
    def __init__(self, engine: str, connection: Connection, definition: FlowDefinition) -> None:
        self._engine = engine
        self._connection = connection
        self._definition = definition
        self._features = Features.of(connection)
        self._compiled = CompiledFlow.of(definition, self._features)
        self._flow = definition.slug

    def deployment(self, *, replaces: bool) -> Deployment:
        self._check_case()
        rows = self._rows()
        if not rows and self._connection.execute(_statements.HAS_FLOW, (self._flow,)).fetchone() is None:
            self._create()
            return Deployment(self._flow, "deployed", (), 0, self._compiled)
        found = {row.slug: row for row in rows}
        changed = tuple(self._differences(found))
        unfinished, runs = self._connection.execute(_statements.COUNT_RUNS, (self._flow,)).fetchall()[0]
        recorded = self._connection.execute(_statements.DEPLOYED_SHAPE, (self._flow,)).fetchone()
        types = self._changed_types(recorded, has_unfinished=bool(unfinished))
        if (changed or types) and not replaces:
            raise DeployedShapeError(self._engine, self._flow, (*changed, *types), runs, unfinished)
        if changed or types:
            self._delete()
            self._create()
            return Deployment(self._flow, "replaced", (*changed, *types), runs, self._compiled)
        options = tuple(self._changed_options(found)) if recorded is not None else ()
        if options:
            self._update_options()
        is_new = recorded is None or recorded[1] != fingerprint(self._definition)
        if is_new:
            self._record()
        return Deployment(self._flow, "updated" if options or is_new else "unchanged", options, 0, self._compiled)

    def _check_case(self) -> None:
        other = self._connection.execute(_statements.SAME_QUEUE, (self._flow, self._flow)).fetchone()
        if other is not None:
            reason = (
                f'the database has the flow "{other[0]}", and pgmq would give both the same queue, because the slugs '
                "differ in case only. Choose another slug."
            )
            raise UndeployableError(self._flow, None, reason)

    def _rows(self) -> list[_Row]:
        statement = (
            _statements.DEPLOYED_STEPS_WITH_CONDITIONS if self._features.conditions else _statements.DEPLOYED_STEPS
        )
        return [_Row(*row) for row in self._connection.execute(statement, (self._flow,))]

    def _create(self) -> None:
        steps = self._compiled.steps
        most = max(step.max_attempts for step in steps)
        self._connection.execute(_statements.CREATE_FLOW, (self._flow, most, BASE_DELAY, NO_TIMEOUT))
        for step in steps:
            given = [self._flow, step.slug, list(step.depends_on), *_options(step), _kind(step)]
            if self._features.conditions:
                patterns = (_json(step.required), _json(step.forbidden))
                modes = (step.when_unmet or "skip", step.when_exhausted or "fail")
                self._connection.execute(_statements.ADD_STEP_WITH_CONDITIONS, (*given, *patterns, *modes))
            else:
                self._connection.execute(_statements.ADD_STEP, given)
        self._record()

    def _record(self) -> None:
        recorded = (shape_of(self._definition), fingerprint(self._definition), as_stored(self._compiled))
        self._connection.execute(_statements.RECORD_FLOW, (self._flow, *recorded))

    def _update_options(self) -> None:
        for step in self._compiled.steps:
            self._connection.execute(_statements.UPDATE_OPTIONS, (*_options(step), self._flow, step.slug))

    def _delete(self) -> None:
        if self._features.deletes_flows:
            self._connection.execute(_statements.DELETE_FLOW, (self._flow,))
        else:
            for statement in _statements.DELETE_FLOW_BY_TABLE:
                self._connection.execute(statement, (self._flow,))

    def _changed_types(self, recorded: tuple[Any, ...] | None, *, has_unfinished: bool) -> list[str]:
        """Say what unfinished runs may have stored that the flow cannot read any more."""
        if recorded is None or not has_unfinished or recorded[1] == fingerprint(self._definition):
            return []
        found = differences(json.loads(recorded[0]), json.loads(shape_of(self._definition)))
        return [difference.sentence for difference in found if difference.refused]

    def _differences(self, found: dict[str, _Row]) -> Iterator[str]:
        """Say how pgflow's tables differ from the flow."""
        wanted = {step.slug: step for step in self._compiled.steps}
        for slug, step in wanted.items():
            if slug not in found:
                yield f'step "{slug}" is new'
                continue
            row = found[slug]
            if row.kind != _kind(step):
                yield f'step "{slug}" was a {_WORDS[row.kind]} and is a {_WORDS[_kind(step)]}'
            if set(row.depends_on) != set(step.depends_on):
                before, now = (quoted(sorted(each)) or "no step" for each in (row.depends_on, step.depends_on))
                yield f'step "{slug}" depended on {before} and depends on {now}'
            yield from self._changed_conditions(step, row)
        for slug in found:
            if slug not in wanted:
                yield f'step "{slug}" is gone'

    def _changed_conditions(self, step: CompiledStep, row: _Row) -> Iterator[str]:
        if not self._features.conditions:
            return
        for name, before, now in (("if_", row.required, step.required), ("if_not", row.forbidden, step.forbidden)):
            new = None if now is UNSET else now
            if before != new:
                yield f'step "{step.slug}" had the {name} {_shown(before)} and has {_shown(new)}'
        has_condition = step.required is not UNSET or step.forbidden is not UNSET
        if has_condition and row.when_unmet != step.when_unmet:
            yield f'step "{step.slug}" had when_unmet="{row.when_unmet}" and has "{step.when_unmet}"'
        if (row.when_exhausted or "fail") != (step.when_exhausted or "fail"):
            exhausted = step.when_exhausted or "fail"
            yield f'step "{step.slug}" had when_exhausted="{row.when_exhausted}" and has "{exhausted}"'

    def _changed_options(self, found: dict[str, _Row]) -> Iterator[str]:
        names = ("max_attempts", "timeout", "start_delay")
        for step in self._compiled.steps:
            row = found[step.slug]
            for name, now in zip(names, _options(step), strict=True):
                if getattr(row, name) != now:
                    yield f'step "{step.slug}" had {name} {getattr(row, name)} and has {now}'


_WORDS = {"single": "step", "map": "map step"}


def _kind(step: CompiledStep) -> str:
    return "map" if step.role == "map" else "single"


def _options(step: CompiledStep) -> tuple[int, int, int | None]:
    return step.max_attempts, step.timeout, step.start_delay or None


def _json(pattern: object) -> str | None:
    return None if pattern is UNSET else json.dumps(pattern)


def _shown(pattern: object) -> str:
    return "no pattern" if pattern is None else f"{json.dumps(pattern):.80}"
