"""`deploy`: puts a flow into a database, or says how it differs from what is there."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import psycopg

from typedflow._definition.options import UNSET
from typedflow._definition.shape import fingerprint, shape_of
from typedflow._definition.shape_comparison import differences
from typedflow._definition.storable import check_storable
from typedflow.engines.pgflow import _install_statements, _statements
from typedflow.engines.pgflow._compiled import BASE_DELAY, NO_TIMEOUT, CompiledFlow, as_stored
from typedflow.engines.pgflow._database import said
from typedflow.engines.pgflow._deployed_shape import DeployedShape, kind_of, options_of
from typedflow.engines.pgflow._features import Features
from typedflow.engines.pgflow._own_schema import has_own_schema, make_own_schema
from typedflow.exceptions import DeployedShapeError, EngineError, UndeployableError

if TYPE_CHECKING:
    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines.pgflow._database import Connection, Database

Outcome: TypeAlias = Literal["deployed", "unchanged", "updated", "replaced"]
"""What a deployment has done. ``updated``: options or types have changed, and no unfinished run minds."""
# A flow is replaced while workers report tasks of it. Postgres ends one of two transactions that wait for each other.
_MOST_TRIES: Final = 10


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment has done.

    Attributes:
        flow: Slug of the flow.
        outcome: What was done: ``"deployed"``, ``"unchanged"``, ``"updated"`` (options or types have changed, and no
            unfinished run minds) or ``"replaced"``.
        changes: What has changed, a sentence each.
        deleted_runs: How many runs were deleted with the flow that was replaced.
        kept_options: Options that the database has otherwise and keeps, because another program has deployed the flow.
        compiled: The flow as pgflow's tables have it.
    """

    flow: str
    outcome: Outcome
    changes: tuple[str, ...]
    deleted_runs: int
    compiled: CompiledFlow
    kept_options: tuple[str, ...] = ()


def deploy(database: Database, definition: FlowDefinition, *, replaces: bool = False) -> Deployment:
    """Put a flow into a database, in one transaction. Several deployments wait for each other.

    Args:
        database: The database.
        definition: The flow.
        replaces: Whether a flow with the same slug and another shape is deleted first, with all of its runs.

    Raises:
        UndeployableError: pgflow cannot express the flow, or its queue would be that of another flow or program.
        NotStorableError: The flow input or an output can never be stored.
        DeployedShapeError: The database has another shape of the flow.
        EngineError: The database cannot be reached, has no pgflow, or its user has too few rights.
    """
    check_storable(definition)
    for tries in range(1, _MOST_TRIES + 1):
        with database.connection() as connection:
            try:
                with connection.transaction():
                    return _Deploying(database.name, connection, definition).deployment(replaces=replaces)
            except (psycopg.errors.DeadlockDetected, psycopg.errors.ForeignKeyViolation):
                if tries == _MOST_TRIES:
                    raise
            except psycopg.errors.InsufficientPrivilege as error:
                reason = (
                    f'flow "{definition.slug}" is not deployed as it is here, and the user "{connection.info.user}" '
                    f"may not change that: {said(error)}. Run typedflow engine deploy as a user who may."
                )
                raise EngineError(database.name, reason) from error
    raise AssertionError


def ensure_deployed(database: Database, definition: FlowDefinition) -> CompiledFlow:
    """Deploy a flow that the database does not have, and return it as pgflow's tables have it.

    Raises:
        DeployedShapeError: The database has another shape of the flow; the others are those of `deploy`.
    """
    return deploy(database, definition).compiled


def refused_changes(database: Database, definition: FlowDefinition) -> tuple[str, ...]:
    """Say why `deploy` would refuse a flow for its shape, a sentence for each difference. Nothing is changed.

    Raises:
        UndeployableError: pgflow cannot express the flow.
        NotStorableError: The flow input or an output can never be stored.
        EngineError: The database cannot be reached, or has no pgflow.
    """
    check_storable(definition)
    with database.connection() as connection, connection.transaction():
        return _Deploying(database.name, connection, definition).refused_changes()


class _Deploying:
    def __init__(self, engine: str, connection: Connection, definition: FlowDefinition) -> None:
        self._engine = engine
        self._connection = connection
        self._definition = definition
        self._flow = definition.slug
        connection.execute(_install_statements.LOCK)
        if connection.execute(_statements.HAS_PGFLOW).fetchone() != (True,):
            raise EngineError(engine, "it does not have pgflow. Run typedflow engine install.")
        self._features = Features.of(connection)
        self._compiled = CompiledFlow.of(definition, self._features)

    def deployment(self, *, replaces: bool) -> Deployment:
        make_own_schema(self._connection)
        self._check_case()
        if self._connection.execute(_statements.HAS_FLOW, (self._flow,)).fetchone() is None:
            self._check_queue()
            self._create()
            return Deployment(self._flow, "deployed", (), 0, self._compiled)
        recorded = self._connection.execute(_statements.DEPLOYED_SHAPE, (self._flow,)).fetchone()
        deployed = DeployedShape.read(self._connection, self._features, self._flow)
        changed = self._changed_shape(deployed)
        if changed or self._changed_types(recorded):
            return self._replacement(changed, recorded, replaces=replaces)
        return self._update(deployed, recorded)

    def refused_changes(self) -> tuple[str, ...]:
        self._check_case()
        if self._connection.execute(_statements.HAS_FLOW, (self._flow,)).fetchone() is None:
            self._check_queue()
            return ()
        changed = self._changed_shape(DeployedShape.read(self._connection, self._features, self._flow))
        has_records = has_own_schema(self._connection)
        recorded = (
            self._connection.execute(_statements.DEPLOYED_SHAPE, (self._flow,)).fetchone() if has_records else None
        )
        return tuple(dict.fromkeys(changed + self._changed_types(recorded)))

    def _changed_shape(self, deployed: DeployedShape) -> tuple[str, ...]:
        """Say how the flow differs from what is deployed, and choose the way to compile it that does not.

        Where pgflow was upgraded, the workers still decide the conditions of the flows that were deployed before.
        """
        changed = deployed.differences(self._compiled)
        if changed and self._features.conditions:
            older = CompiledFlow.of(self._definition, replace(self._features, conditions=False))
            differences_of_older = deployed.differences(older)
            if len(differences_of_older) < len(changed):
                self._compiled, changed = older, differences_of_older
        return changed

    def _changed_types(self, recorded: tuple[Any, ...] | None) -> tuple[str, ...]:
        """Say what unfinished runs may have stored that the flow cannot read any more."""
        if recorded is None or recorded[1] == fingerprint(self._definition) or not self._count_runs()[1]:
            return ()
        found = differences(json.loads(recorded[0]), json.loads(shape_of(self._definition)))
        return tuple(difference.sentence for difference in found if difference.refused)

    def _replacement(self, changed: tuple[str, ...], recorded: tuple[Any, ...] | None, *, replaces: bool) -> Deployment:
        if replaces:
            self._connection.execute(_statements.LOCK_FLOW, (self._flow,))  # no run starts until the flow is deleted
        runs, unfinished = self._count_runs()
        changed = tuple(dict.fromkeys(changed + self._changed_types(recorded)))
        if not replaces:
            raise DeployedShapeError(self._engine, self._flow, changed, runs, unfinished)
        for statement in _statements.BEFORE_DELETION:
            self._connection.execute(statement, (self._flow,))
        for statement in (
            [_statements.DELETE_FLOW] if self._features.deletes_flows else _statements.DELETE_FLOW_BY_TABLE
        ):
            self._connection.execute(statement, (self._flow,))
        self._compiled = CompiledFlow.of(self._definition, self._features)
        self._create()
        return Deployment(self._flow, "replaced", changed, runs, self._compiled)

    def _update(self, deployed: DeployedShape, recorded: tuple[Any, ...] | None) -> Deployment:
        options = deployed.changed_options(self._compiled)
        if recorded is None or recorded[2]:
            # Workers of another kind rely on the options that their program has deployed.
            if is_new := recorded is None or recorded[1] != fingerprint(self._definition):
                self._record(keeps_options=True)
            outcome: Outcome = "updated" if is_new and recorded is not None else "unchanged"
            return Deployment(self._flow, outcome, (), 0, self._compiled, options)
        if options:
            for step in self._compiled.steps:
                self._connection.execute(_statements.UPDATE_OPTIONS, (*options_of(step), self._flow, step.slug))
        if options or recorded[1] != fingerprint(self._definition):
            self._record()
            return Deployment(self._flow, "updated", options, 0, self._compiled)
        return Deployment(self._flow, "unchanged", (), 0, self._compiled)

    def _count_runs(self) -> tuple[int, int]:
        runs, unfinished = self._connection.execute(_statements.COUNT_RUNS, (self._flow,)).fetchall()[0]
        return runs, unfinished

    def _check_case(self) -> None:
        other = self._connection.execute(_statements.SAME_QUEUE, (self._flow, self._flow)).fetchone()
        if other is not None:
            reason = (
                f'the database has the flow "{other[0]}", and pgmq would give both the same queue, because the slugs '
                "differ in case only. Choose another slug."
            )
            raise UndeployableError(self._flow, None, reason)

    def _check_queue(self) -> None:
        queue = self._connection.execute(_statements.QUEUE_OF_OTHERS, (self._flow,)).fetchone()
        if queue is not None:
            reason = (
                f'the database has a queue "{queue[0]}" that belongs to no flow. Choose another slug. Or, if no '
                f"program uses the queue, delete it: select pgmq.drop_queue('{queue[0]}')."
            )
            raise UndeployableError(self._flow, None, reason)

    def _create(self) -> None:
        steps = self._compiled.steps
        most = max(step.max_attempts for step in steps)
        self._connection.execute(_statements.CREATE_FLOW, (self._flow, most, BASE_DELAY, NO_TIMEOUT))
        for step in steps:
            given = [self._flow, step.slug, list(step.depends_on), *options_of(step), kind_of(step)]
            if self._features.conditions:
                patterns = (_json(step.required), _json(step.forbidden))
                modes = (step.when_unmet or "skip", step.when_exhausted or "fail")
                self._connection.execute(_statements.ADD_STEP_WITH_CONDITIONS, (*given, *patterns, *modes))
            else:
                self._connection.execute(_statements.ADD_STEP, given)
        self._record()

    def _record(self, *, keeps_options: bool = False) -> None:
        compiled = as_stored(self._compiled)
        recorded = (shape_of(self._definition), fingerprint(self._definition), compiled, keeps_options)
        self._connection.execute(_statements.RECORD_FLOW, (self._flow, *recorded))


def _json(pattern: object) -> str | None:
    return None if pattern is UNSET else json.dumps(pattern)
