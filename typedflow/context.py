"""What a handler receives: the step input, and the context if it asks for one."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, NoReturn, cast

from typing_extensions import TypeVar, override

from typedflow.exceptions import UndeclaredInputError

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    Adapter = logging.LoggerAdapter[logging.Logger]
else:
    Adapter = logging.LoggerAdapter

Input = TypeVar("Input", default=Any)
Resources_co = TypeVar("Resources_co", covariant=True, default=Any)


ITEM: Final = "item"
"""The key of the item in the step input of a map step with ``depends_on``."""
_TAKEN: Final = {*logging.makeLogRecord({}).__dict__, "message", "asctime"}


class StepInput(dict[str, Any]):
    """The step input: the flow input under ``"run"``, and the output of each dependency under its slug.

    In a map step with ``depends_on``, it also has the item, under ``"item"``.

    Annotate a handler's parameter with it, and the mypy plugin checks the body of the handler with the exact keys and
    types that the step declares. Each task receives a dict of its own. The values in it are shared.
    """

    # Set after construction. There is one for each task, and an `__init__` would cost more than everything else in it.
    __slots__ = ("depends_on", "step")
    step: str
    depends_on: tuple[str, ...]

    def __missing__(self, key: str) -> NoReturn:
        raise UndeclaredInputError(self.step, key, self.depends_on)

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f'a step input has no attribute {name!r}; read inputs["{name}"].')


@dataclass(frozen=True)
class StepContext(Generic[Input, Resources_co]):
    """The context of a task: the second argument of a handler that has a second parameter.

    Attributes:
        flow: Slug of the flow.
        step: Slug of the step.
        run_id: Identifier of the run, a UUID.
        task_index: Index of the task in its step, from 0. In a map step, the index of the item.
        attempt: Number of the attempt, from 1.
        max_attempts: How often the task is tried: the attempt with this number is the last one.
        deadline: When the attempt will be cancelled if it awaits something, by trio's clock, in seconds. Infinity for
            never.
        flow_input: The validated flow input.
        resources: What the run has opened for its handlers; None if the flow declares no resources.
        interruptions: How often the process has died while it executed this task. A run without a store dies with it.
    """

    flow: str
    step: str
    run_id: str
    task_index: int
    attempt: int
    max_attempts: int
    deadline: float
    flow_input: Input
    resources: Resources_co = cast("Any", None)  # noqa: RUF009  it is None
    interruptions: int = 0

    @property
    def idempotency_key(self) -> str:
        """A text that is the same in each attempt of the task, also in other processes, and that no other task has.

        A task that was under way when its process died is executed again. Give the key to a service that refuses a
        second request with the same key, or to a run that the handler starts, as its ``run_id``.
        """
        return f"{self.run_id}/{self.step}/{self.task_index}"

    @cached_property
    def logger(self) -> logging.LoggerAdapter[logging.Logger]:
        """A logger ``typedflow.<flow>.<step>``. Its records carry flow, step, run_id, task_index, attempt.

        They also carry what a call gives as ``extra``. A key that every record has already, such as ``name`` or
        ``step``, gets an underscore at its end.
        """
        extra = {
            "flow": self.flow,
            "step": self.step,
            "run_id": self.run_id,
            "task_index": self.task_index,
            "attempt": self.attempt,
        }
        return _StepLogger(logging.getLogger(f"typedflow.{self.flow}.{self.step}"), extra)


class _StepLogger(Adapter):
    """A logger whose records carry the task, and what a call adds to that. LoggerAdapter would drop the latter."""

    @override
    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        own = dict(self.extra or {})
        given = kwargs.get("extra") or {}
        extra = {f"{key}_" if key in own or key in _TAKEN else key: value for key, value in given.items()}
        return msg, {**kwargs, "extra": extra | own}
