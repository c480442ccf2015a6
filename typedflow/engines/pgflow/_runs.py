"""`PgflowRuns`: the runs in a database with pgflow, for programs that look at them and administer them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from psycopg import sql

from typedflow.engines._delivery import no_wait_step
from typedflow.engines.pgflow import _run_statements as statements
from typedflow.engines.pgflow._client import Client
from typedflow.engines.pgflow._history import TaskHistory, reason_of
from typedflow.engines.pgflow._run_id import run_uuid
from typedflow.engines.pgflow._run_records import Role, failure_records, step_records, task_record
from typedflow.engines.pgflow._run_rows import TaskRow
from typedflow.engines.pgflow._values import from_jsonb
from typedflow.exceptions import (
    DeliveryError,
    EngineError,
    RunClaimedError,
    RunEndedError,
    UnknownRunError,
    UnknownStepError,
)
from typedflow.stores import Owner, RunFilter, RunRecord, StoredError, StoredValue
from typedflow.stores._arguments import check_call, check_status
from typedflow.stores._delivered import delivered
from typedflow.stores._records import TaskStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Self

    from typedflow.engines.pgflow._database import Connection, Database
    from typedflow.stores import FailureRecord, StepRecord, TaskRecord

_BATCH: Final = 500
# The status that the row of a run has; it is started with all others.
_STATUSES_OF_ROWS: Final = {"completed": "completed", "failed": "failed", "cancelled": "failed"}
# A worker that has sent no heartbeat for so long counts as dead.
_LOST_AFTER: Final = timedelta(seconds=15)


class PgflowRuns:
    """The runs in a database with pgflow: a `typedflow.stores.RunLog`. It may be used in any thread.

    Args:
        database: The database. It is closed with this.

    Attributes:
        name: The address of the database, without a password.
        max_value_bytes: None: Postgres limits the size of values.
    """

    max_value_bytes: int | None = None

    def __init__(self, database: Database) -> None:
        self.name = database.name
        self._database = database
        self._client = Client(database)
        self._is_ready = False

    def runs(
        self,
        *,
        flow: str | None = None,
        status: RunFilter | None = None,
        since: datetime | timedelta | None = None,
        prefix: str | None = None,
        limit: int | None = None,
        before: str | None = None,
    ) -> Sequence[RunRecord]:
        """Return the newest runs first. See `typedflow.stores.RunLog`."""
        check_status(self.name, status, RunFilter)
        check_call(self.name, flow=flow, since=since, prefix=prefix, limit=limit, before=before)
        return self._runs(
            flow=flow,
            status=status,
            since=_time(since),
            prefix=None if prefix is None else prefix.lower(),
            limit=limit,
            before=None if before is None else _uuid(self.run(before)),
        )

    def run(self, run_id: str) -> RunRecord:
        """Return a run."""
        check_call(self.name, run_id=run_id)
        found = self._runs(run_id=run_uuid(run_id))
        if not found:
            raise UnknownRunError(self.name, run_id)
        return found[0]

    def revision(self) -> int:
        """Return a number that is another one if anything has been committed in the database since the last time."""
        with self._database.connection() as connection:
            return int(connection.execute(statements.REVISION).fetchall()[0][0])

    def steps(self, run_id: str) -> Sequence[StepRecord]:
        """Return the steps of a run that have begun or ended, in the order in which they started."""
        roles = self._roles(self.run(run_id))
        rows = self._client.read(run_uuid(run_id))
        if rows is None:  # it was deleted in this moment
            raise UnknownRunError(self.name, run_id)
        return step_records(rows, roles)

    def tasks(
        self,
        run_id: str,
        *,
        step: str | None = None,
        status: TaskStatus | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Sequence[TaskRecord]:
        """Return tasks of a run, in the order of their steps' slugs and of their indices."""
        check_status(self.name, status, TaskStatus)
        check_call(self.name, step=step, limit=limit, offset=offset)
        run = self.run(run_id)
        roles, has_ended = self._roles(run), run.ended_at is not None
        selected = (run_uuid(run_id), step, step)
        page = (None, 0) if status is not None else (limit, offset)
        with self._database.connection() as connection:
            rows = [TaskRow(*row) for row in connection.execute(statements.TASKS_OF_STEP, (*selected, *page))]
        records = [task_record(row, _role(roles, row.slug), has_ended=has_ended) for row in rows]
        found = [record for record in records if record is not None and status in {None, record.status}]
        end = None if limit is None else offset + limit
        return found if status is None else found[offset:end]

    def failures(self, run_id: str, *, step: str | None = None, limit: int | None = None) -> Sequence[FailureRecord]:
        """Return the attempts of a run that failed or were interrupted, oldest first."""
        check_call(self.name, step=step, limit=limit)
        roles = self._roles(self.run(run_id))
        with self._database.connection() as connection:
            rows = connection.execute(statements.FAILED_TASKS, (run_uuid(run_id), step, step)).fetchall()
        found = [
            failure for row in map(TaskRow._make, rows) for failure in failure_records(row, _role(roles, row.slug))
        ]
        return sorted(found, key=lambda failure: failure.ended_at)[:limit]

    def cancel(self, run_id: str) -> RunRecord:
        """Cancel a run. Its handlers are cancelled within two seconds, wherever they are.

        Raises:
            RunEndedError: It has ended.
        """
        if (run := self.run(run_id)).ended_at is not None:
            raise RunEndedError(self.name, run)
        self._client.cancel(run_uuid(run_id))
        return self.run(run_id)

    def retry(self, run_id: str, steps: Sequence[str] = ()) -> RunRecord:
        """Start a new run with the input of one that has ended, which reuses every task that completed there.

        Args:
            run_id: Identifier of the run.
            steps: Slugs of steps that begin again, with all that depend on them.

        Returns:
            The new run.

        Raises:
            RunClaimedError: The run has not ended.
            UnknownStepError: The run has no such step.
        """
        check_call(self.name, steps=steps)
        run = self._ended(run_id)
        again = _with_dependents(run, steps)
        compiled = [slug for slug, role in self._roles(run).items() if role.step in again]
        return self.run(str(self._client.retry(run.flow, run_uuid(run_id), compiled)))

    def deliver(self, run_id: str, step: str, value: object) -> None:
        """Deliver the output of a step that waits for it, or will wait. See `typedflow.stores.RunLog`."""
        run = self.run(run_id)
        kinds = {each["slug"]: each["kind"] for each in json.loads(run.shape)["steps"]}
        if step not in kinds:
            raise UnknownStepError(run.flow, step, tuple(kinds))
        if kinds[step] != "wait":
            waits = [slug for slug, kind in kinds.items() if kind == "wait"]
            raise DeliveryError(self.name, run_id, step, no_wait_step(waits))
        stored = value if isinstance(value, StoredValue) else delivered(run, step, value)
        self._client.deliver_stored(run.flow, run_uuid(run_id), step, stored)

    def delete(self, run_id: str) -> None:
        """Delete a run that has ended, with its messages. Its identifier can be used again.

        Raises:
            RunClaimedError: It has not ended. Cancel it first.
        """
        run = self._ended(run_id)
        with self._database.connection() as connection, connection.transaction():
            _delete(connection, [_uuid(run)], has_own=self._has_own(connection))

    def prune(
        self,
        *,
        older_than: timedelta,
        status: RunFilter | None = None,
        flow: str | None = None,
        on_batch: Callable[[int], object] | None = None,
    ) -> int:
        """Delete runs that ended so long ago, in batches, with their messages, and the rows of dead workers."""
        check_status(self.name, status, RunFilter)
        check_call(self.name, older_than=older_than, flow=flow)
        count, age = 0, older_than.total_seconds()
        given = {"age": age, "flow": flow, "status": status, "limit": _BATCH}
        while True:
            with self._database.connection() as connection, connection.transaction():
                has_own = self._has_own(connection)
                found = [run_id for (run_id,) in connection.execute(statements.ENDED_RUNS, given)]
                if not found:
                    connection.execute(statements.DELETE_DEAD_WORKERS, (max(age, _LOST_AFTER.total_seconds()),))
                    return count
                _delete(connection, found, has_own=has_own)
            count += len(found)
            if on_batch is not None:
                on_batch(count)

    def close(self) -> None:
        """Close the connections. Closing twice does nothing."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _runs(self, **given: Any) -> list[RunRecord]:
        selected = dict.fromkeys(("flow", "run_id", "since", "prefix", "before", "status", "limit")) | given
        status = selected["status"]
        selected["status_of_row"] = None if status is None else _STATUSES_OF_ROWS.get(status, "started")
        selected["limit_of_rows"] = selected["limit"] if status in {None, "started", "completed"} else None
        with self._database.connection() as connection:
            statement = statements.RUNS if self._has_own(connection) else statements.RUNS_OF_OTHERS
            rows = connection.execute(statement, selected).fetchall()
            shapes = {row[1]: self._made_shape(connection, row[1]) for row in rows if row[8] is None}
        return [_record(row, shapes) for row in rows]

    def _ended(self, run_id: str) -> RunRecord:
        run = self.run(run_id)
        if run.ended_at is None:
            owner = run.owner or Owner("no worker", 0, is_alive=False, lease_expires_at=run.created_at)
            place = "workers, as soon as there are some" if run.is_interrupted else "workers"
            raise RunClaimedError(self.name, run_id, owner, place)
        return run

    def _has_own(self, connection: Connection) -> bool:
        """Return whether the database has our own tables. Until something is deployed from Python, it need not."""
        if not self._is_ready:
            has_pgflow, self._is_ready = connection.execute(statements.TABLES).fetchall()[0]
            if not has_pgflow:
                raise EngineError(self.name, "it does not have pgflow. Run typedflow engine install.")
        return self._is_ready

    @staticmethod
    def _made_shape(connection: Connection, flow: str) -> str:
        """Return the shape of a flow that another program has deployed, by pgflow's tables. It has no types."""
        steps = [
            {"slug": slug, "kind": "map" if kind == "map" else "step", "depends_on": depends_on, "output": None}
            | ({"over": depends_on[0] if depends_on else "run"} if kind == "map" else {})
            for slug, kind, depends_on in connection.execute(statements.STEPS_OF_FLOW, (flow,))
        ]
        return json.dumps({"version": 1, "flow": flow, "input": {}, "steps": steps})

    def _roles(self, run: RunRecord) -> dict[str, Role]:
        """Return what the compiled steps of a run are, by their slugs."""
        with self._database.connection() as connection:
            has_own = self._has_own(connection)
            found = connection.execute(statements.COMPILED, (run.flow,)).fetchone() if has_own else None
        if found is not None:
            return {step["slug"]: Role(step["step"], step["role"]) for step in found[0]["steps"]}
        return {step["slug"]: Role(step["slug"], step["kind"]) for step in json.loads(run.shape)["steps"]}


def _role(roles: Mapping[str, Role], slug: str) -> Role:
    return roles.get(slug, Role(slug, "step"))


def _record(row: tuple[Any, ...], shapes: Mapping[str, str]) -> RunRecord:
    run_id, flow, status, created, ended, value, message, is_cancelled, shape, fingerprint, compiled, *state = row
    retrying, queued, owner, heartbeat, is_interrupted, steps_done = state
    waits = {step["slug"] for step in (compiled or {"steps": ()})["steps"] if step["role"] == "wait"}
    stored = from_jsonb(value)
    return RunRecord(
        run_id=str(run_id),
        flow=flow,
        status="cancelled" if is_cancelled else status,
        created_at=created.astimezone(UTC),
        ended_at=None if ended is None else ended.astimezone(UTC),
        deadline=None,
        cancel_requested_at=None,
        owner=None if heartbeat is None else _owner(owner, heartbeat),
        is_interrupted=bool(is_interrupted),
        retrying=retrying,
        waiting=tuple(slug for slug in queued or () if slug in waits),
        input=stored if isinstance(stored, StoredValue) else StoredValue("null"),
        error=_run_error(message) if status == "failed" and not is_cancelled else None,
        fingerprint=fingerprint or "",
        shape=shape if shape is not None else shapes[flow],
        steps_done=steps_done,
    )


def _run_error(message: str | None) -> StoredError:
    failures = TaskHistory.of(message).failures
    if failures and failures[-1].error is not None:
        return failures[-1].error
    return StoredError("Exception", reason_of(message))


def _owner(name: str | None, heartbeat: datetime) -> Owner:
    """Return a worker as the process that it is, by the name that it has registered with."""
    host, _, pid = (name or "").removeprefix("typedflow ").rpartition(":")
    ends = heartbeat.astimezone(UTC) + _LOST_AFTER
    return Owner(host or name or "", int(pid) if pid.isdecimal() else 0, ends > datetime.now(UTC), ends)


def _with_dependents(run: RunRecord, steps: Iterable[str]) -> set[str]:
    shape: list[dict[str, Any]] = json.loads(run.shape)["steps"]
    slugs = tuple(step["slug"] for step in shape)
    for slug in steps:
        if slug not in slugs:
            raise UnknownStepError(run.flow, slug, slugs)
    found = set(steps)
    for step in shape:  # dependencies come before their dependents
        if not found.isdisjoint(step["depends_on"]):
            found.add(step["slug"])
    return found


def _uuid(run: RunRecord) -> UUID:
    return UUID(run.run_id)


def _time(since: datetime | timedelta | None) -> datetime | None:
    """Return a time, with its zone. None for one that is before all times."""
    try:
        return datetime.now(UTC) - since if isinstance(since, timedelta) else since and since.astimezone(UTC)
    except OverflowError:
        return None


def _delete(connection: Connection, run_ids: Sequence[UUID], *, has_own: bool) -> None:
    for flow, messages in connection.execute(statements.MESSAGES_OF_RUNS, (run_ids,)).fetchall():
        connection.execute(statements.DELETE_MESSAGES, (flow, messages))
        archive = sql.Identifier(f"a_{flow.lower()}")
        connection.execute(sql.SQL(statements.DELETE_ARCHIVED).format(archive=archive), (messages,))
    if has_own:
        connection.execute(statements.DELETE_DELIVERIES, (run_ids,))
    for statement in statements.DELETE_RUNS:
        connection.execute(statement, (run_ids,))
