"""Cancels what a worker thread awaits by `trio.from_thread.run`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import trio
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextvars import ContextVar


class CallsFromThread(trio.abc.Instrument):
    """The calls of `trio.from_thread.run` in one thread, each of which is a task that trio starts.

    trio runs such a call in the task that awaits the thread, and cancels it with that task, unless the thread may be
    abandoned. Then the call is a system task, which is cancelled only when the program ends. But handlers' threads are
    abandoned only after a timeout; a run that is cancelled awaits them. A handler that waits in such a call would
    therefore never end.

    So the system task is found by a context variable, which it inherits from the thread, and is put under a cancel
    scope of its own. trio has no public way to do that for another task, so this uses three private names. A task for
    each thread, which awaits it without abandoning it, was tried instead: it makes a step in a thread half as expensive
    again, and the end of a program would wait for abandoned threads. tests/conformance/test_runs_in_threads.py shows
    what is cancelled.

    Args:
        variable: The context variable that is set in the thread.
        value: Its value there.
    """

    def __init__(self, variable: ContextVar[Any], value: object) -> None:
        self._variable = variable
        self._value = value
        self._statuses: list[Any] = []

    @contextmanager
    def cancelled(self) -> Iterator[None]:
        """Cancel all calls, and within this context each new one."""
        root = trio.lowlevel.current_root_task()
        for nursery in () if root is None else root.child_nurseries:
            for task in nursery.child_tasks:
                self.task_spawned(task)
        trio.lowlevel.add_instrument(self)
        try:
            yield
        finally:
            trio.lowlevel.remove_instrument(self)

    def close(self) -> None:
        """Free what was needed to cancel calls: the thread has ended, and so have they."""
        while self._statuses:
            self._statuses.pop().close()

    @override
    def task_spawned(self, task: Any) -> None:
        """Cancel a task if it is a call of the thread."""
        nursery = task.parent_nursery
        if task.context.get(self._variable) is self._value and nursery.parent_task.parent_nursery is None:
            inherited = nursery._cancel_status  # noqa: SLF001  as said above; the next two also
            scope = trio.CancelScope()
            scope.cancel()
            status = type(inherited)(scope=scope, parent=inherited)
            self._statuses.append(status)
            outermost = task._cancel_status  # noqa: SLF001
            if outermost is inherited:
                task._activate_cancel_status(status)  # noqa: SLF001
            else:  # the task has entered cancel scopes of its own
                while outermost.parent is not inherited:
                    outermost = outermost.parent
                outermost.parent = status
