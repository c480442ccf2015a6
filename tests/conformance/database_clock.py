"""A virtual clock for runs on pgflow: the seconds that a database waits pass on it as well."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Final

import psycopg
import trio
import trio.testing
from typing_extensions import override

from typedflow.engines.pgflow import _client, _run_state
from typedflow.testing import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from typedflow.engines.pgflow._worker import PgflowWorker

# For how long nothing must have happened before the database is asked, and how often threads are looked at, in real
# seconds.
_CUSHION: Final = 0.0005
_POLL: Final = 0.001
# A jump by less may be lost in a float of a later time.
_LEAST: Final = 1e-9
# After how many real seconds a run hangs.
_LONGEST: Final = 60.0

# All there is to know of runs that are not over, in a row: two equal ones mean that nothing has happened in between.
_STATE: Final = """
select (select array_agg((run_id, status) order by run_id) from pgflow.runs where flow_slug = %(flow)s)::text,
       (select array_agg((run_id, step_slug, status, remaining_tasks) order by run_id, step_slug)
        from pgflow.step_states where flow_slug = %(flow)s)::text,
       (select array_agg((run_id, step_slug, task_index, status, attempts_count) order by run_id, step_slug, task_index)
        from pgflow.step_tasks where flow_slug = %(flow)s)::text,
       (select array_agg(run_id) from pgflow.runs where flow_slug = %(flow)s and status <> 'started')
"""
# The messages of tasks that wait for their time, and for how many seconds they do.
_DELAYED: Final = """
select msg_id, ceil(extract(epoch from vt - clock_timestamp()))::int
from pgmq."q_{flow}" join pgflow.step_tasks on message_id = msg_id
where flow_slug = %s and status = 'queued' and vt > clock_timestamp() and not msg_id = any(%s)
"""
_HOLD: Final = """
update pgmq."q_{flow}" set vt = clock_timestamp() + interval '10 years' where msg_id = any(%s)
"""
_SHOW: Final = """update pgmq."q_{flow}" set vt = clock_timestamp() where msg_id = any(%s)"""
_HELD: Final = """select msg_id from pgmq."q_{flow}" where vt > clock_timestamp() + interval '9 years'"""
_AGE: Final = """
update pgflow.step_states set created_at = created_at - make_interval(secs => %s),
  started_at = started_at - make_interval(secs => %s)
where flow_slug = %s and status = 'started'
"""


class Watcher:
    """Notifies the handles of a client when nothing else happens, so that they see each moment as a whole."""

    def __init__(self) -> None:
        self._notifies: list[Callable[[], object]] = []

    def watch(self, run_id: UUID, notify: Callable[[], object], *, only_its_end: bool = False) -> Callable[[], None]:
        """Watch a run."""
        assert not only_its_end, f"all of run {run_id} is watched"
        self._notifies.append(notify)
        return lambda: self._notifies.remove(notify)

    def close(self) -> None:
        """Do nothing: there is no thread."""

    def notify_all(self) -> None:
        """Say that something may have happened."""
        for notify in list(self._notifies):
            notify()


class DatabaseClock(VirtualClock):
    """Jumps when the program, its worker and the database have nothing to do, to the next moment that any waits for.

    Delayed messages are hidden from the worker until the clock has come to their time.

    Args:
        address: The database.
        flow: Slug of the flow.
        worker: Executes its tasks.
        watcher: Notifies the handles of the client.
    """

    def __init__(self, address: str, flow: str, worker: PgflowWorker, watcher: Watcher) -> None:
        super().__init__()
        self._watcher = watcher
        self.on_stuck: Callable[[], object] = lambda: None
        self.is_stuck = False
        self._worker = worker
        self._has_begun = False
        self._connection = psycopg.connect(address, autocommit=True, prepare_threshold=1)
        self._flow = flow
        self._due: dict[int, float] = {}

    def begin(self) -> None:
        """The run has begun: jump from now on."""
        self._has_begun = True

    def close(self) -> None:
        """Close its connection."""
        self._connection.close()

    def _is_asking(self) -> bool:
        """Return whether a thread asks the database. One of each worker listens."""
        if _client._limiter().borrowed_tokens:  # noqa: SLF001
            return True
        return any(each._threads.borrowed_tokens > 1 for each in self._workers())  # noqa: SLF001

    @override
    async def _jump(self) -> None:
        cushion, before, is_known = _CUSHION, None, False
        began = time.monotonic()
        while True:
            if time.monotonic() - began > _LONGEST:
                self.is_stuck = True
                self.on_stuck()
                return
            await trio.testing.wait_all_tasks_blocked(cushion)
            cushion = _CUSHION
            if self._is_asking() or (self._workers() and not self._has_begun):
                cushion, before = _POLL, None
                continue
            if not self._workers():  # it opens its resources
                cushion = _POLL
                if not self.stands_still():
                    self._pass_until_next(math.inf)
                continue
            state = self._connection.execute(_STATE, {"flow": self._flow}).fetchone()
            if state != before:
                before, is_known = state, False
                self._wake_workers(state[-1] or () if state else ())
                continue
            if not is_known:  # only now, so that the client never sees a task whose condition is just being tested
                is_known, _run_state._DECIDING = True, 0.0  # type: ignore[misc]  # noqa: SLF001
                self._watcher.notify_all()
                continue
            before = None
            if self.stands_still():
                cushion = _POLL
            else:
                self._jump_to_next()

    def _workers(self) -> Any:
        return self._worker._workers  # noqa: SLF001

    def _wake_workers(self, ended: Any) -> None:
        """Let the worker ask for tasks, and drop those of runs that have ended, as notifications would say."""
        for worker in self._workers():
            for run_id in ended:
                worker.flights.drop_run(run_id)
            worker._news.set()  # noqa: SLF001

    def _jump_to_next(self) -> None:
        now = self.current_time()
        if self._due:
            held = {message for (message,) in self._execute(_HELD).fetchall()}
            self._due = {message: due for message, due in self._due.items() if message in held}
        held = set(self._due)
        for message, seconds in self._execute(_DELAYED, self._flow, list(held)).fetchall():
            self._due[message] = now + seconds
        if len(held) < len(self._due):
            self._execute(_HOLD, list(self._due))
        step = self._pass_until_next(min(self._due.values(), default=math.inf) - now)
        if step > 0:
            self._connection.execute(_AGE, (step, step, self._flow))
        shown = [message for message, due in self._due.items() if due <= self.current_time()]
        if shown:
            for message in shown:
                del self._due[message]
            self._execute(_SHOW, shown)
            self._wake_workers(())

    def _pass_until_next(self, due: float) -> float:
        """Jump to the next deadline of the program, or to what is due before it. Return how many seconds that is."""
        seconds = min(trio.lowlevel.current_statistics().seconds_to_next_deadline, due)
        if seconds == math.inf:
            return 0.0
        seconds = max(seconds, _LEAST)
        self.jump(seconds)
        return seconds

    def _execute(self, statement: str, *parameters: Any) -> Any:
        return self._connection.execute(statement.format(flow=self._flow.lower()), parameters)
