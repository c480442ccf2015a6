"""Recognises what a handler raises that uses asyncio although it runs on trio."""

from __future__ import annotations

from typing import Final

from typedflow._exception_group import members
from typedflow._text import in_one_line
from typedflow.exceptions import AsyncioOnTrioError, TypedflowError

# What asyncio and its libraries say if no loop runs; trio says the last one if it is sent a future of asyncio.
_SIGNS: Final = {
    RuntimeError: ("no running event loop", "no current event loop", "should be used inside a task"),
    AttributeError: ("'NoneType' object has no attribute 'create_future'",),
    TypeError: ("trio.run received unrecognized yield message",),
}


def explained(error: BaseException, flow: str, step: str) -> BaseException:
    """Return an exception that says what to do, if a handler that runs on trio failed because it uses asyncio.

    Args:
        error: What the handler raised. It may be caused by what asyncio or trio raised, or be a group.
        flow: Slug of the flow.
        step: Slug of the step.
    """
    sign = sign_of_asyncio(error)
    if sign is None:
        return error
    explanation = AsyncioOnTrioError(flow, step, in_one_line(sign).partition(" Are you trying")[0].removesuffix("."))
    explanation.__cause__ = error
    return explanation


def sign_of_asyncio(error: BaseException) -> BaseException | None:
    """Return what asyncio or trio raised because asyncio was used on trio, if that has caused an exception."""
    return next((found for part in members(error) if (found := _sign(part)) is not None), None)


def _sign(error: BaseException | None) -> BaseException | None:
    seen: set[int] = set()
    # Not that of another run: the step in it was explained there.
    while error is not None and id(error) not in seen and not isinstance(error, TypedflowError):
        seen.add(id(error))
        texts = next((texts for kind, texts in _SIGNS.items() if isinstance(error, kind)), ())
        if any(text in str(error) for text in texts):
            return error
        error = error.__cause__
    return None
