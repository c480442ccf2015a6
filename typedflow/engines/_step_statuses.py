"""The statuses of the steps of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from typedflow._text import first_quoted, nearest
from typedflow.event import StepStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

Steps_co = TypeVar("Steps_co", covariant=True)


class StepStatuses(dict[str, StepStatus], Generic[Steps_co]):
    """The status of each step of a run, by slug. It does not change when the run continues.

    The mypy plugin reports a slug that is not that of a step.
    """

    __slots__ = ("_flow",)

    def __init__(self, flow: str, statuses: Mapping[str, StepStatus]) -> None:
        super().__init__(statuses)
        self._flow = flow

    if TYPE_CHECKING:

        def __getitem__(self, slug: str, /) -> StepStatus: ...

    def __missing__(self, slug: str) -> NoReturn:
        suggestion = nearest(str(slug), self)
        hint = f'Did you mean "{suggestion}"?' if suggestion else f"Its steps are {first_quoted(tuple(self))}."
        raise KeyError(f'flow "{self._flow}" has no step "{slug}". {hint}')

    def __reduce__(self) -> tuple[Any, ...]:
        return StepStatuses, (self._flow, dict(self))
