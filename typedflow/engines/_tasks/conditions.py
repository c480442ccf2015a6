"""Tests whether the conditions of a run's steps are met."""

from __future__ import annotations

import inspect
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from typedflow._definition.assignable import plain
from typedflow._definition.condition import contains
from typedflow._definition.options import UNSET
from typedflow._definition.predicate import is_predicate
from typedflow._definition.validation import json_form
from typedflow._text import in_one_line
from typedflow.engines._cancellation import is_interrupt
from typedflow.exceptions import ConditionUnmetError, NoJsonFormError, PredicateError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from contextvars import Context

    from typedflow.context import StepInput
    from typedflow.engines._tasks.plan import PlannedStep


class Conditions:
    """Tests the conditions of a run. The JSON form of each value is made once for all conditions.

    Args:
        flow: Slug of the flow.
        context: The context variables of the caller of the run. Each predicate sees a copy of them.
    """

    def __init__(self, flow: str, context: Context) -> None:
        self._flow = flow
        self._context = context
        self._json_forms: dict[str, object] = {}

    def problem(
        self, step: PlannedStep, inputs: StepInput, skipped: Collection[str]
    ) -> ConditionUnmetError | NoJsonFormError | PredicateError | None:
        """Return the error of a condition that is unmet or cannot be tested; None if the condition is met.

        Args:
            step: A step that has a condition.
            inputs: The flow input, and the outputs of all dependencies.
            skipped: The dependencies that were skipped. A pattern does not find them, a predicate finds None.
        """
        try:
            return self._unmet(step, inputs, skipped)
        except (NoJsonFormError, PredicateError) as error:
            return error.with_traceback(None)  # its frames hold the run

    def _unmet(self, step: PlannedStep, inputs: StepInput, skipped: Collection[str]) -> ConditionUnmetError | None:
        for option, condition in (("if_", step.options.if_), ("if_not", step.options.if_not)):
            if condition is UNSET:
                continue
            if is_predicate(condition):
                holds = self._holds(step.slug, option, condition, inputs)
            else:
                holds = contains(self._tested(step, condition, inputs, skipped), condition)
            if holds is (option == "if_not"):
                return ConditionUnmetError(self._flow, step.slug, option, condition)
        return None

    def _tested(
        self, step: PlannedStep, pattern: object, inputs: Mapping[str, Any], skipped: Collection[str]
    ) -> object:
        if not step.depends_on:
            return self._json_form("run", inputs["run"])
        # Only the outputs that the pattern names: the JSON form of a large output takes time.
        named = (
            [slug for slug in inputs if slug in pattern and slug not in skipped] if isinstance(pattern, dict) else []
        )
        return {slug: self._json_form(slug, inputs[slug]) for slug in named}

    def _json_form(self, source: str, value: object) -> object:
        if source not in self._json_forms:
            self._json_forms[source] = json_form(self._flow, source, value)
        return self._json_forms[source]

    def _holds(self, slug: str, option: str, predicate: Callable[[Any], object], inputs: StepInput) -> bool:
        try:
            result = self._context.copy().run(next, _called(predicate, inputs))
        except BaseException as error:
            if is_interrupt(error):
                raise
            own = error.__traceback__
            for _ in range(2):  # the frames of this method and of `_called`
                own = own and own.tb_next
            error.with_traceback(own)
            del own  # its frames may hold this frame
            raise PredicateError(self._flow, slug, option, f"raised {in_one_line(error, self._flow, slug)}") from error
        if isinstance(result, CoroutineType):
            result.close()  # otherwise Python warns about it, too
        if inspect.isawaitable(result):
            reason = "returned an awaitable, but a predicate is called in place and is not awaited. Return a bool."
            raise PredicateError(self._flow, slug, option, reason)
        holds = plain(result)
        if not isinstance(holds, bool):
            reason = f"returned {holds!r:.80}, which is not a bool. Compare it, or call bool() on it."
            raise PredicateError(self._flow, slug, option, reason)
        return holds


def _called(predicate: Callable[[Any], object], inputs: StepInput) -> Iterator[object]:
    """Yield what a predicate returns.

    The traceback of its exception holds its frame, and that holds the frame that called it. A generator that has ended
    does not hold its caller. Otherwise the run, which holds the exception, would wait for the garbage collector.
    tests/unit/engines/local/test_memory.py shows it.
    """
    yield predicate(inputs)
