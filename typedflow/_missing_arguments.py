"""Says what to write where a call of `Flow` or of its methods lacks arguments."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MISSING: Final[Any] = object()
"""Stands for an argument that a call lacks."""


def allow_missing(function: Callable[..., Any], count: int) -> None:
    """Have the last parameters of a function be `MISSING` if a call lacks them, so that it can say what to write.

    Python's own message names the parameters only. To type checkers, in help and in the documentation, the parameters
    stay without defaults. A decorator was tried instead, but it adds a frame to each traceback.
    tests/unit/test_flow.py shows the messages.
    """
    function.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]  # functions may have it
    function.__defaults__ = (MISSING,) * count


def check_flow(slug: object, input_type: object) -> None:
    """Check that a flow was given its slug and its input type.

    Raises:
        TypeError: One of them is missing.
    """
    if input_type is MISSING:
        shown = f'"{slug}"' if isinstance(slug, str) else '"shop"'
        raise TypeError(
            "Flow() needs a slug and the type of the flow input. "
            f"Write Flow({shown}, Order), or Flow({shown}, None) if it has no input."
        )


def check_wait(slug: object, output_type: object) -> None:
    """Check that a wait step was given its slug and the type of its output.

    Raises:
        TypeError: One of them is missing.
    """
    if output_type is MISSING:
        shown = slug if isinstance(slug, str) else "approval"
        raise TypeError(
            f'.wait() needs a slug and the type of what is delivered. Write .wait("{shown}", Approval), or '
            f'.wait("{shown}", None) if nothing has to be said but that the run may continue.'
        )


def check_step(method: str, slug: object, handler: object) -> None:
    """Check that a step was given its slug and its handler.

    Raises:
        TypeError: One of them is missing.
    """
    if handler is MISSING:
        name = getattr(slug, "__name__", None) or (slug if isinstance(slug, str) else "fetch")
        more = ', over="..."' if method == "map" else ""
        raise TypeError(
            f'.{method}() needs a slug and a handler. Write .{method}("{name}", {name}{more}). It is not a decorator.'
        )
