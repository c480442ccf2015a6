"""What a handler may know about the task that it runs in."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic

from typing_extensions import TypeVar

Input = TypeVar("Input", default=Any)


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
