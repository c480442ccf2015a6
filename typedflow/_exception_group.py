"""Takes apart the exception groups that nurseries raise."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def members(error: BaseException) -> Iterator[BaseException]:
    """Give the exceptions in a group and in the groups within it, in order; give any other exception itself."""
    rest = [error]
    while rest:
        error = rest.pop()
        if isinstance(error, BaseExceptionGroup):
            rest += reversed(error.exceptions)
        else:
            yield error


def ungrouped(error: BaseException) -> BaseException:
    """Return the only exception in a group, or the group if it has several; return any other exception itself."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
