"""Which keys of its step input a handler reads, by the type that its parameter declares."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, get_origin

from typing_extensions import NoExtraItems, is_typeddict

from typedflow._definition.handler import body_of, resolved

if TYPE_CHECKING:
    from typedflow._definition.handler import Handler


def read_keys(handler: Handler) -> frozenset[str] | None:
    """Return the keys of the ``TypedDict`` that annotates a handler's step input; None for any other annotation."""
    try:
        # A wrapper may read other keys than the function that it wraps.
        parameter = next(iter(inspect.signature(handler.function, follow_wrapped=False).parameters.values()))
        declared: Any = resolved(body_of(handler.function), parameter.annotation)
    except Exception:  # noqa: BLE001  a name that exists for type checkers only, a builtin without a signature, ...
        return None
    kind = get_origin(declared) or declared
    if not is_typeddict(kind) or getattr(kind, "__extra_items__", None) not in {None, NoExtraItems}:
        return None
    return frozenset(kind.__required_keys__ | kind.__optional_keys__)
