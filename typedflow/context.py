"""What a handler receives: its step input, and if it asks for it, the context of its task."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, NoReturn

from typing_extensions import TypeVar

from typedflow.exceptions import UndeclaredInputError

Input = TypeVar("Input", default=Any)


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


@dataclass(frozen=True)
class StepContext(Generic[Input]):
    """The second argument of a handler that asks for one.

    Attributes:
        flow: Slug of the flow.
        step: Slug of the step.
        run_id: Identifier of the run, a UUID.
        task_index: Which of the step's tasks this is, from 0; always 0 but in a map step.
        attempt: Number of the attempt, from 1.
        deadline: When the attempt will be cancelled, if it waits for something then, in seconds of trio's clock;
            infinity for never.
        flow_input: The validated flow input.
    """

    flow: str
    step: str
    run_id: str
    task_index: int
    attempt: int
    deadline: float
    flow_input: Input

    @cached_property
    def logger(self) -> logging.LoggerAdapter[logging.Logger]:
        """A logger named ``typedflow.<flow>.<step>`` whose records carry flow, step, run_id, task_index, attempt."""
        extra = {
            "flow": self.flow,
            "step": self.step,
            "run_id": self.run_id,
            "task_index": self.task_index,
            "attempt": self.attempt,
        }
        return logging.LoggerAdapter(logging.getLogger(f"typedflow.{self.flow}.{self.step}"), extra)
