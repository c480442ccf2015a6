"""The outputs of a run that has completed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from typedflow._text import first_quoted, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping


class Outputs(dict[str, Any]):
    """The outputs of a run, by slug. A wrong slug is an error that names the nearest one."""

    __slots__ = ("_flow",)

    def __init__(self, flow: str, outputs: Mapping[str, Any]) -> None:
        super().__init__(outputs)
        self._flow = flow

    def __missing__(self, slug: str) -> None:
        suggestion = nearest(str(slug), self)
        hint = f'Did you mean "{suggestion}"?' if suggestion else f"Its steps are {first_quoted(list(self))}."
        raise KeyError(f'flow "{self._flow}" has no step "{slug}". {hint}')

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f'the outputs have no attribute {name!r}; read outputs["{name}"].')

    def __reduce__(self) -> tuple[type[Outputs], tuple[str, dict[str, Any]]]:
        return Outputs, (self._flow, dict(self))
