"""A condition that is a function of the step input: ``if_=lambda i: i["run"]["count"] > 3``."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeGuard

from typedflow._definition.handler import body_of

if TYPE_CHECKING:
    from collections.abc import Callable


def is_predicate(condition: object) -> TypeGuard[Callable[[Any], object]]:
    """Return whether one half of a condition is a predicate. Anything that cannot be called is a pattern."""
    return callable(condition)


def checked_predicate(name: str, predicate: Callable[[Any], object]) -> Callable[[Any], object]:
    """Return a predicate that can be called in place with a step input.

    Args:
        name: Name of the option, for messages: ``if_`` or ``if_not``.
        predicate: The predicate.

    Raises:
        TypeError: It cannot be called so. The message says why and what to do.
    """
    body = body_of(predicate)
    if inspect.iscoroutinefunction(body):
        raise TypeError(
            f"{name} is an async def, but a predicate is called in place and cannot await. Make it a def, or let an "
            "earlier step return what it awaits."
        )
    if inspect.isgeneratorfunction(body) or inspect.isasyncgenfunction(body):
        raise TypeError(f"{name} is a generator, but a predicate returns True or False.")
    try:
        parameters = inspect.signature(predicate).parameters.values()
    except (TypeError, ValueError):  # some builtins and mocks have no signature
        return predicate
    required = [p for p in parameters if p.default is p.empty and p.kind not in {p.VAR_POSITIONAL, p.VAR_KEYWORD}]
    takes_one = any(p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL} for p in parameters)
    if not takes_one or len(required) > 1 or any(p.kind is p.KEYWORD_ONLY for p in required):
        takes = ", ".join(p.name for p in parameters) or "nothing"
        raise TypeError(f"{name} takes {takes}, but a predicate takes the step input alone.")
    return predicate
