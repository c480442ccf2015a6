"""What a handler receives."""

from __future__ import annotations

from typing import Any, NoReturn

from typedflow.exceptions import UndeclaredInputError


class StepInput(dict[str, Any]):
    """The step input: the flow input under ``"run"`` and the output of each declared dependency under its slug.

    As the annotation of a handler's parameter it means "whatever my step declares": the mypy plugin checks the
    handler's body with the exact keys and types. Each task has a dict of its own; the values in it are shared.
    """

    __slots__ = ("_depends_on", "_step")

    def __init__(self, step: str, depends_on: tuple[str, ...], values: dict[str, Any]) -> None:
        super().__init__(values)
        self._step = step
        self._depends_on = depends_on

    def __missing__(self, key: str) -> NoReturn:
        raise UndeclaredInputError(self._step, key, self._depends_on)
