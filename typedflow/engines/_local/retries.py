"""Decides whether a failed attempt is retried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow._exception_group import members
from typedflow.exceptions import InvalidOutputError, PermanentError, UndeclaredInputError

if TYPE_CHECKING:
    from typedflow._definition.options import Options


def may_retry(error: Exception, options: Options, attempt: int) -> bool:
    """Return whether to retry. In an exception group, every exception must allow it."""
    parts = list(members(error))
    if attempt >= options.max_attempts or breaks_declaration(error):
        return False
    if any(isinstance(part, PermanentError) for part in parts):
        return False
    return isinstance(error, options.retry_on) or all(isinstance(part, options.retry_on) for part in parts)


def breaks_declaration(error: Exception) -> bool:
    """Return whether a handler returned or read something undeclared, which a retry cannot repair."""
    return any(isinstance(part, InvalidOutputError | UndeclaredInputError) for part in members(error))
