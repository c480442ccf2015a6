"""Calls handlers in worker processes. Imported only for a flow with such a handler."""

from __future__ import annotations

import pickle
import signal
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import trio
import trio_parallel

from typedflow._text import in_one_line
from typedflow.context import StepContext
from typedflow.engines._process_worker import UnsentError, call
from typedflow.engines._resources_elsewhere import ResourcesElsewhere
from typedflow.exceptions import InvalidOutputError, PermanentError, WorkerProcessError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager


class WorkerProcesses:
    """The worker processes of a run, and of the runs that its handlers start. They start when they are needed.

    A run does not share them with other runs, so that none is left when it has ended. trio-parallel's default processes
    would last as long as the program. Python's own resource tracker does: a process that starts with the first worker.
    """

    def __init__(self) -> None:
        self._opened: AbstractAsyncContextManager[Any] = trio_parallel.open_worker_context()
        self._context: Any = None

    async def call(
        self, function: Callable[..., Any], arguments: Callable[[], tuple[Any, ...]], flow: str, step: str
    ) -> Any:
        """Call a handler in a worker process. A cancellation ends the process.

        Args:
            function: The handler.
            arguments: Returns its arguments. Called when a process may work on it.
            flow: Slug of the flow, for messages.
            step: Slug of the step, for messages.

        Raises:
            PermanentError: The arguments cannot be sent to a process.
            InvalidOutputError: The output cannot be sent back.
            WorkerProcessError: The process has died.
        """
        if self._context is None:
            self._context = await self._opened.__aenter__()
        async with trio_parallel.current_default_worker_limiter():
            payload = _pickled(function, arguments())
            try:
                received = await self._context.run_sync(call, payload, kill_on_cancel=True, limiter=nullcontext())
            except trio_parallel.BrokenWorkerError as error:
                raise WorkerProcessError(flow, step, _why_died(error)) from None
            except UnsentError as error:
                raise InvalidOutputError(flow, step, None, (error.reason,)) from None
            except AssertionError as error:
                if "daemonic processes" in str(error):
                    raise PermanentError(
                        "it would start a worker process within a worker process, which Python does not allow. Give "
                        f'step "{step}" runs_in="thread", or the step whose handler starts this run.'
                    ) from None
                raise
            except RuntimeError as error:
                if "bootstrapping phase" in str(error):
                    raise PermanentError(
                        "a worker process imports the program, which started this run. Start runs below `if "
                        '__name__ == "__main__":` only.'
                    ) from None
                raise
        return pickle.loads(received)  # noqa: S301  from a process of this program

    async def close(self) -> None:
        """End the processes, which are idle."""
        if self._context is not None:
            # A process that was killed while it was idle is an error there.
            with trio.CancelScope(shield=True), suppress(trio_parallel.BrokenWorkerError):
                await self._opened.__aexit__(None, None, None)


def _pickled(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    context = arguments[-1]
    if isinstance(context, StepContext) and context.resources is not None:
        arguments = (*arguments[:-1], replace(context, resources=ResourcesElsewhere()))
    try:
        return pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001  an object may raise anything when it is pickled
        raise PermanentError(
            f"the step input cannot be sent to a worker process, because it cannot be pickled ({in_one_line(error)}). "
            'Let the dependency return plain data, or give the step runs_in="thread".'
        ) from None


def _why_died(error: BaseException) -> str:
    code = getattr(error.args[-1], "exitcode", None)
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    hint = ""
    if code == 1:
        hint = (
            '. If the program is a script, it must start runs below `if __name__ == "__main__":` only, because each '
            "worker process imports it"
        )
    return f"ended with exit code {code}{hint}"
