"""What a handler receives."""

from __future__ import annotations

from typing import Any, NoReturn

from typedflow.exceptions import UndeclaredInputError


class StepInput(dict[str, Any]):
    """The step input: the flow input under ``"run"`` and the output of each declared dependency under its slug.

    As the annotation of a handler's parameter it means "whatever my step declares": the mypy plugin checks the
    handler's body with the exact keys and types. Each task has a dict of its own; the values in it are shared.
    """

    # Set by whoever makes one, once for every task: a constructor of its own would cost more than the rest of it.
    __slots__ = ("depends_on", "step")
    step: str
    depends_on: tuple[str, ...]

    def __missing__(self, key: str) -> NoReturn:
        raise UndeclaredInputError(self.step, key, self.depends_on)
