"""The part of an exception's traceback that is the handler's own."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import TracebackType

# Packages whose frames lie between a worker and its handler.
_HIDDEN: Final = {"typedflow", "trio", "outcome", "trio_parallel", "_trio_parallel_workers"}


def own_frames(traceback: TracebackType | None) -> TracebackType | None:
    """Return a handler's traceback without the outer frames, which are the worker's and trio's.

    Users do not need these frames, and they keep the run alive. It is not enough to drop them from the traceback: the
    handler's frame still refers to the frame that called it (``f_back``), whose variables hold the run, and the run may
    hold this exception in its events. In such a cycle, large outputs would wait for the garbage collector. So the
    frames that have ended are cleared. ``del`` of single variables, as elsewhere, does not help here: a frame that an
    exception passes through keeps all of its variables. tests/unit/engines/local/test_memory.py shows that a run is
    freed with the last reference to it.
    """
    while traceback is not None:
        package = str(traceback.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in _HIDDEN:
            break
        if package == "typedflow":
            with suppress(RuntimeError):  # the frame is still executing
                traceback.tb_frame.clear()
        traceback = traceback.tb_next
    _drop_innermost(traceback)
    return traceback


def _drop_innermost(traceback: TracebackType | None) -> None:
    """Drop typedflow's own frame at the end of a handler's traceback: the last line shown is the handler's.

    It is that of a step input, whose key is undeclared, or of another flow, whose step failed.
    """
    while traceback is not None and (inner := traceback.tb_next) is not None:
        if inner.tb_next is None and str(inner.tb_frame.f_globals.get("__name__", "")).startswith("typedflow."):
            traceback.tb_next = None
        traceback = inner
