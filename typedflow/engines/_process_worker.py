"""Calls a handler in a worker process. This is what runs in the process."""

from __future__ import annotations

import pickle
from typing import Any

from tblib.pickling_support import install

from typedflow._text import in_one_line


class UnsentError(Exception):
    """The output of a handler cannot be sent to the process of the run."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def call(payload: bytes) -> bytes:
    """Call a handler, and return its pickled output.

    Args:
        payload: The pickled handler and its arguments.

    Raises:
        UnsentError: The output cannot be pickled.
        RuntimeError: The handler raised a KeyboardInterrupt, or an exception that cannot be pickled.
    """
    function, arguments = pickle.loads(payload)  # noqa: S301  from the process of the run
    try:
        return _pickled(function(*arguments))
    except BaseException as error:
        # A KeyboardInterrupt would end the program, as if its user had asked for that.
        if _can_be_sent(error) and not isinstance(error, KeyboardInterrupt):
            raise
        described, traceback = in_one_line(error), error.__traceback__
    # Not in the block above: the exception would be sent as the context of this one.
    raise RuntimeError(f"the handler raised {described}").with_traceback(traceback)


def _pickled(output: Any) -> bytes:
    try:
        return pickle.dumps(output, pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001  an object may raise anything when it is pickled
        reason = (
            f"it cannot be sent from its worker process, because it cannot be pickled ({in_one_line(error)}); return "
            "plain data"
        )
        raise UnsentError(reason) from None


def _can_be_sent(error: BaseException) -> bool:
    install(error)
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  made here
    except Exception:  # noqa: BLE001  an object may raise anything when it is pickled
        return False
    return True
