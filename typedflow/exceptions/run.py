"""Errors of a run and of its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from typedflow._text import escaped, first_joined, first_quoted, quoted
from typedflow.exceptions.base import TypedflowError

if TYPE_CHECKING:
    from collections.abc import Mapping


class InvalidOptionError(TypedflowError, ValueError):
    """An option of a run has an invalid value.

    Attributes:
        flow: Slug of the flow.
        option: Name of the option.
        value: What was given.
        requirement: What is allowed.
    """

    def __init__(self, flow: str, option: str, value: object, requirement: str) -> None:
        super().__init__(flow, option, value, requirement)
        self.flow = flow
        self.option = option
        self.value = value
        self.requirement = requirement

    @override
    def __str__(self) -> str:
        return f'flow "{self.flow}": {self.option} must be {self.requirement}, not {self.value!r:.200}.'


class InvalidInputError(TypedflowError, ValueError):
    """A flow input is not of the flow's input type. Nothing was started.

    pydantic's error is the ``__context__``, which a traceback does not show.

    Attributes:
        flow: Slug of the flow.
        expected: Name of the input type.
        errors: What is wrong: a line for each key.
    """

    def __init__(self, flow: str, expected: str, errors: tuple[str, ...]) -> None:
        super().__init__(flow, expected, errors)
        self.flow = flow
        self.expected = expected
        self.errors = errors

    @override
    def __str__(self) -> str:
        return f'flow "{self.flow}": the input is not a valid {self.expected}: {_listed(self.errors)}'


class InvalidOutputError(TypedflowError, ValueError):
    """An output is not of the declared type, or it is an iterator or a coroutine, which cannot be used twice.

    This is always the cause of a `StepFailedError`. pydantic's error, if there is one, is its ``__context__``, which a
    traceback does not show.

    Attributes:
        flow: Slug of the flow.
        step: Slug of the step.
        expected: Name of the declared type; None if the output is refused for all types.
        errors: What is wrong: a line for each key.
    """

    def __init__(self, flow: str, step: str, expected: str | None, errors: tuple[str, ...]) -> None:
        super().__init__(flow, step, expected, errors)
        self.flow = flow
        self.step = step
        self.expected = expected
        self.errors = errors

    @override
    def __str__(self) -> str:
        what = "valid" if self.expected is None else f"a valid {self.expected}"
        return f'flow "{self.flow}", step "{self.step}": the output is not {what}: {_listed(self.errors)}'


class UndeclaredInputError(TypedflowError, KeyError):
    """A handler read a key of its step input that is undeclared: neither ``run`` nor a dependency.

    Attributes:
        step: Slug of the step.
        key: The key that was read.
        depends_on: Slugs of the declared dependencies.
    """

    def __init__(self, step: str, key: object, depends_on: tuple[str, ...]) -> None:
        super().__init__(step, key, depends_on)
        self.step = step
        self.key = key
        self.depends_on = depends_on

    @override
    def __str__(self) -> str:
        key = escaped(str(self.key))
        declared = f"it depends on {quoted(self.depends_on)}" if self.depends_on else "it has no dependencies"
        return f'step "{self.step}" reads "{key}", which it does not depend on; {declared}. Add "{key}" to depends_on.'


class StepTimeoutError(TypedflowError, TimeoutError):
    """An attempt took longer than the timeout of its step and was cancelled. It counts as a failed attempt.

    Attributes:
        flow: Slug of the flow.
        step: Slug of the step.
        attempt: Number of the attempt, from 1.
        timeout: The timeout, in seconds.
    """

    def __init__(self, flow: str, step: str, attempt: int, timeout: float) -> None:
        super().__init__()
        self.args = (
            flow,
            step,
            attempt,
            timeout,
        )  # an OSError would take them for an errno, a file name and so on
        self.flow = flow
        self.step = step
        self.attempt = attempt
        self.timeout = timeout

    @override
    def __str__(self) -> str:
        return (
            f'flow "{self.flow}", step "{self.step}": attempt {self.attempt} was cancelled after its timeout of '
            f"{self.timeout:g} s. Give the step a longer timeout if it needs one."
        )


class TaskInterruptedError(TypedflowError):
    """A task was interrupted too often: each time, its process died. This is always the cause of a `StepFailedError`.

    Attributes:
        flow: Slug of the flow.
        step: Slug of the step.
        interruptions: How often it was interrupted.
        item: Index of the item, from 0; None if the step is not a map step.
    """

    def __init__(self, flow: str, step: str, interruptions: int, item: int | None = None) -> None:
        super().__init__(flow, step, interruptions, item)
        self.flow = flow
        self.step = step
        self.interruptions = interruptions
        self.item = item

    @override
    def __str__(self) -> str:
        at_item = "" if self.item is None else f", item {self.item}"
        return (
            f'flow "{self.flow}", step "{self.step}"{at_item}: the process died {self.interruptions} times while it '
            "executed this task, so the handler may be what kills it. If it is not, give the step more "
            "max_interruptions."
        )


class ConditionUnmetError(TypedflowError):
    """The condition of a step with ``when_unmet="fail"`` is unmet. This is always the cause of a `StepFailedError`.

    Attributes:
        flow: Slug of the flow.
        step: Slug of the step.
        option: The half of the condition that is unmet, ``if_`` or ``if_not``.
        pattern: The pattern of that half, or the predicate.
    """

    def __init__(self, flow: str, step: str, option: str, pattern: object) -> None:
        super().__init__(flow, step, option, pattern)
        self.flow = flow
        self.step = step
        self.option = option
        self.pattern = pattern

    @override
    def __str__(self) -> str:
        does, returned = ("does not contain", "False") if self.option == "if_" else ("contains", "True")
        place = f'flow "{self.flow}", step "{self.step}"'
        wrong = f"the condition is unmet: the tested value {does} {self.option}={self.pattern!r:.200}"
        if callable(self.pattern):
            wrong = f"the condition is unmet: {self.option} returned {returned}"
        return f'{place}: {wrong}, and when_unmet is "fail".'


class PredicateError(TypedflowError):
    """A predicate raised, or did not return a bool. This is always the cause of a `StepFailedError`.

    If the predicate raised, its exception is the cause of this one.

    Attributes:
        flow: Slug of the flow.
        step: Slug of the step.
        option: ``if_`` or ``if_not``.
        reason: What the predicate did.
    """

    def __init__(self, flow: str, step: str, option: str, reason: str) -> None:
        super().__init__(flow, step, option, reason)
        self.flow = flow
        self.step = step
        self.option = option
        self.reason = reason

    @override
    def __str__(self) -> str:
        return f'flow "{self.flow}", step "{self.step}": {self.option} {self.reason}'


class InvalidMapSourceError(TypedflowError, TypeError):
    """A map step works on something that is not a sequence. This is always the cause of a `StepFailedError`.

    Attributes:
        flow: Slug of the flow.
        step: Slug of the map step.
        over: Where the value comes from: the slug of a step, or ``run`` for the flow input.
        given: Name of the value's type.
        remedy: What to do.
    """

    def __init__(self, flow: str, step: str, over: str, given: str, remedy: str) -> None:
        super().__init__(flow, step, over, given, remedy)
        self.flow = flow
        self.step = step
        self.over = over
        self.given = given
        self.remedy = remedy

    @override
    def __str__(self) -> str:
        article = "an" if self.given[:1].lower() in {*"aeio"} else "a"
        return (
            f'flow "{self.flow}", step "{self.step}": it maps over {_source(self.over)}, which is {article} '
            f"{self.given}. {self.remedy}"
        )


class NoJsonFormError(TypedflowError, TypeError):
    """A condition tests a value that has no JSON form.

    This is always the cause of a `StepFailedError`. Its own cause is pydantic's error.

    Attributes:
        flow: Slug of the flow.
        source: Where the value comes from: the slug of a step, or ``run`` for the flow input.
        reason: What has no JSON form.
    """

    def __init__(self, flow: str, source: str, reason: str) -> None:
        super().__init__(flow, source, reason)
        self.flow = flow
        self.source = source
        self.reason = reason

    @override
    def __str__(self) -> str:
        return (
            f'flow "{self.flow}": {_source(self.source)}, which a condition tests, has no JSON form: '
            f"{escaped(self.reason)}. "
            "Make it plain data, a dataclass or a pydantic model, nested at most 200 levels deep."
        )


class _WithOutputsError(TypedflowError):
    """A run has not completed, but some of its steps have.

    A pickled error has no outputs: they may be anything, also what cannot be pickled.
    """

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.outputs: Mapping[str, Any] = {}

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.args, {name: value for name, value in vars(self).items() if name != "outputs"}


class WorkerProcessError(TypedflowError, RuntimeError):
    """The worker process of a handler has died.

    Attributes:
        flow: Slug of the flow.
        step: Slug of the step.
        reason: How it ended.
    """

    def __init__(self, flow: str, step: str, reason: str) -> None:
        super().__init__(flow, step, reason)
        self.flow = flow
        self.step = step
        self.reason = reason

    @override
    def __str__(self) -> str:
        return f'flow "{self.flow}", step "{self.step}": the worker process {self.reason}.'


class RunCancelledError(_WithOutputsError):
    """The outputs of a cancelled run were requested.

    Attributes:
        flow: Slug of the flow.
        run_id: Identifier of the run.
        outputs: The outputs of the steps that had completed. See `CompletedOutputs`.
    """

    def __init__(self, flow: str, run_id: str) -> None:
        super().__init__(flow, run_id)
        self.flow = flow
        self.run_id = run_id

    @override
    def __str__(self) -> str:
        return f'flow "{self.flow}": run {self.run_id} was cancelled, so it has no outputs.'


class RunTimeoutError(_WithOutputsError, TimeoutError):
    """A run took longer than its own timeout, and was cancelled. All steps have cleaned up.

    Exceptions that handlers raised while they were being cancelled are added as notes.

    Attributes:
        flow: Slug of the flow.
        run_id: Identifier of the run.
        timeout: The timeout, in seconds.
        steps: Slugs of the steps that were running when the time was up.
        outputs: The outputs of the steps that had completed. See `CompletedOutputs`.
    """

    def __init__(self, flow: str, run_id: str, timeout: float, steps: tuple[str, ...]) -> None:
        super().__init__()
        self.args = (flow, run_id, timeout, steps)  # an OSError would take them for an errno, a file name and so on
        self.flow = flow
        self.run_id = run_id
        self.timeout = timeout
        self.steps = steps

    @override
    def __str__(self) -> str:
        running = f"these steps were running: {first_quoted(self.steps)}" if self.steps else "no step was running"
        place = f'flow "{self.flow}": run {self.run_id}'
        return f"{place} was cancelled after its timeout of {self.timeout:g} s; {running}."


class StepFailedError(_WithOutputsError):
    """A step failed, and with it the run. All other steps were cancelled and have cleaned up.

    The cause is the handler's own exception, with its traceback. Exceptions that other handlers raised while they were
    being cancelled are added as notes.

    Attributes:
        flow: Slug of the flow.
        step: Slug of the step.
        attempt: Number of the attempt that failed, from 1; 0 if the step failed before its first attempt.
        reason: The handler's exception in one line.
        item: Index of the item that failed, from 0; None if the step is not a map step, or failed as a whole.
        outputs: The outputs of the steps that had completed. See `CompletedOutputs`. ``Flow.completed_outputs`` returns
            them with their types.
    """

    def __init__(self, flow: str, step: str, attempt: int, reason: str, item: int | None = None) -> None:
        super().__init__(flow, step, attempt, reason, item)
        self.flow = flow
        self.step = step
        self.attempt = attempt
        self.reason = reason
        self.item = item

    @override
    def __str__(self) -> str:
        at_item = "" if self.item is None else f" at item {self.item}"
        at_attempt = f" at attempt {self.attempt}" if self.attempt else ""
        where = f"{at_item},{at_attempt}" if at_item and at_attempt else at_item + at_attempt
        return f'flow "{self.flow}": step "{self.step}" failed{where}: {self.reason}'


def _listed(problems: tuple[str, ...]) -> str:
    return escaped(first_joined(problems))


def _source(slug: str) -> str:
    return "the flow input" if slug == "run" else f'the output of step "{slug}"'
