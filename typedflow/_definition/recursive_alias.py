"""Types that contain themselves by their name, as in ``Json = dict[str, "Json"] | list["Json"] | str``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ForwardRef, get_args

from typing_extensions import TypeAliasType

if TYPE_CHECKING:
    from collections.abc import Mapping


def recursive_aliases(annotation: Any, scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return the aliases that an evaluated annotation still names, each as one that pydantic can follow.

    Evaluating an annotation resolves such a name once, and stops at the name within.
    """
    return {
        name: TypeAliasType(name, scope[name])
        for name in _names(annotation)
        if name in scope and not isinstance(scope[name], type)
    }


def _names(annotation: Any) -> set[str]:
    if isinstance(annotation, ForwardRef):
        return {annotation.__forward_arg__}
    return {name for part in get_args(annotation) for name in _names(part)}
