"""Recognises what a handler raises that uses asyncio although it runs on trio, or trio although it runs on asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from typedflow._exception_group import members
from typedflow._text import in_one_line
from typedflow.exceptions import AsyncioOnTrioError, TrioOnAsyncioError, TypedflowError

if TYPE_CHECKING:
    from collections.abc import Mapping

# What asyncio and its libraries say if no loop runs; trio says the last one if it is sent a future of asyncio.
_SIGNS_OF_ASYNCIO: Final[Mapping[type[Exception], tuple[str, ...]]] = {
    RuntimeError: ("no running event loop", "no current event loop", "should be used inside a task"),
    AttributeError: ("'NoneType' object has no attribute 'create_future'",),
    TypeError: ("trio.run received unrecognized yield message",),
}
# What trio says where it does not run, and asyncio if it is sent something of trio.
_SIGNS_OF_TRIO: Final[Mapping[type[Exception], tuple[str, ...]]] = {
    RuntimeError: ("must be called from async context", "Task got bad yield: <class 'trio."),
    AttributeError: ("'RunContext' object has no attribute",),
}
_MISTAKES: Final = {
    "trio": (_SIGNS_OF_ASYNCIO, AsyncioOnTrioError),
    "inline": (_SIGNS_OF_ASYNCIO, AsyncioOnTrioError),
    "thread": (_SIGNS_OF_ASYNCIO, AsyncioOnTrioError),
    "asyncio": (_SIGNS_OF_TRIO, TrioOnAsyncioError),
}


def explained(error: BaseException, flow: str, step: str, runs_in: str) -> BaseException:
    """Return an exception that says what to do, if a handler failed because it uses the library that does not run it.

    Args:
        error: What the handler raised. It may be caused by what asyncio or trio raised, or be a group.
        flow: Slug of the flow.
        step: Slug of the step.
        runs_in: Where the handler runs.
    """
    if runs_in not in _MISTAKES:
        return error
    signs, kind = _MISTAKES[runs_in]
    sign = _first_sign(error, signs)
    if sign is None:
        return error
    explanation = kind(flow, step, in_one_line(sign).partition(" Are you trying")[0].removesuffix("."))
    explanation.__cause__ = error
    return explanation


def sign_of_asyncio(error: BaseException) -> BaseException | None:
    """Return what asyncio or trio raised because asyncio was used on trio, if that has caused an exception."""
    return _first_sign(error, _SIGNS_OF_ASYNCIO)


def _first_sign(error: BaseException, signs: Mapping[type[Exception], tuple[str, ...]]) -> BaseException | None:
    return next((found for part in members(error) if (found := _sign(part, signs)) is not None), None)


def _sign(error: BaseException | None, signs: Mapping[type[Exception], tuple[str, ...]]) -> BaseException | None:
    seen: set[int] = set()
    # Not that of another run: the step in it was explained there.
    while error is not None and id(error) not in seen and not isinstance(error, TypedflowError):
        seen.add(id(error))
        texts = next((texts for kind, texts in signs.items() if isinstance(error, kind)), ())
        if any(text in str(error) for text in texts):
            return error
        error = error.__cause__
    return None
