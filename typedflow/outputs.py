"""The outputs of the steps that have completed, before a run has ended or after it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typedflow._text import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class CompletedOutputs(dict[str, Any]):
    """The outputs of the steps that have completed, by slug. It does not change when more steps complete.

    Reading a step of the flow that has not completed gives None, and so does a skipped step. ``in`` distinguishes them:
    only completed steps are keys. The mypy plugin knows each output as ``Output | None``.
    """

    __slots__ = ("_flow", "_known")

    def __init__(self, flow: str, known: Iterable[str], outputs: Mapping[str, Any]) -> None:
        super().__init__(outputs)
        self._flow = flow
        self._known = tuple(known)

    def __missing__(self, slug: str) -> None:
        if slug in self._known:
            return
        suggestion = nearest(str(slug), self._known)
        hint = f' Did you mean "{suggestion}"?' if suggestion else ""
        raise KeyError(f'flow "{self._flow}" has no step "{slug}".{hint}')

    def __reduce__(self) -> tuple[type[CompletedOutputs], tuple[str, tuple[str, ...], dict[str, Any]]]:
        return CompletedOutputs, (self._flow, self._known, dict(self))
