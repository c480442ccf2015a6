"""Errors about a handler that uses asyncio or trio where the other one runs it."""

from __future__ import annotations

from typing_extensions import override

from typedflow.exceptions.base import TypedflowError


class _WrongLibraryError(TypedflowError, RuntimeError):
    def __init__(self, flow: str, step: str, reason: str) -> None:
        super().__init__(flow, step, reason)
        self.flow = flow
        self.step = step
        self.reason = reason


class AsyncioOnTrioError(_WrongLibraryError):
    """A handler uses asyncio, but runs elsewhere. It is not retried. The cause is the handler's own exception.

    Attributes:
        flow: Slug of the flow.
        step: Slug of the step.
        reason: What asyncio or trio raised, in one line.
    """

    @override
    def __str__(self) -> str:
        return (
            f"the handler uses asyncio, but no asyncio loop runs there ({self.reason}). Give step "
            f'"{self.step}" runs_in="asyncio", or use trio in its handler.'
        )


class TrioOnAsyncioError(_WrongLibraryError):
    """A handler uses trio, but it runs on asyncio. It is not retried. The cause is the handler's own exception.

    Attributes:
        flow: Slug of the flow.
        step: Slug of the step.
        reason: What trio raised, in one line.
    """

    @override
    def __str__(self) -> str:
        return (
            f"the handler uses trio, but it runs on asyncio, where trio does not work ({self.reason}). Give step "
            f'"{self.step}" runs_in="trio", or use asyncio in its handler.'
        )
