"""The options of flows and steps: attempts, delays, timeouts, conditions and skips."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypedDict

from typedflow._definition.rate_limit import RateLimit
from typedflow._definition.runs_in import RUNS_IN
from typedflow._quantity import Duration, in_seconds, is_whole
from typedflow._text import nearest
from typedflow.exceptions import InvalidStepOptionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from typedflow._definition.runs_in import RunsIn

FailOrSkip: TypeAlias = Literal["fail", "skip", "skip_cascade"]
"""What happens if a condition is unmet or the attempts are used up: the run fails, the step is skipped, or the step and
all of its dependents are skipped. The words are pgflow's."""
WhenExhausted: TypeAlias = FailOrSkip | Literal["none"]
"""What happens if the attempts are used up. In a map step, ``none`` puts None in the place of the item's output."""


class Unset(Enum):
    """The type of `UNSET`, which stands for no condition. ``None`` cannot: it is a pattern that matches JSON's null."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


class FlowOptions(TypedDict, total=False):
    """Options that a flow may set for all of its steps. ``None`` at a step means the option of the flow."""

    max_attempts: int | None
    """How often a task is tried, including the first attempt; at least 1. Default: 1, which means no retry."""
    base_delay: Duration | Sequence[Duration] | Callable[[int], Duration] | None
    """Retry delay, in seconds or as a timedelta, at least 0. One duration: each delay is twice as long as the one
    before it, as pgflow documents. A list: the first retry has the first delay, and so on; the last one repeats. A
    function: it takes the number of the attempt that failed, from 1, and returns the delay. Default: 1."""
    max_delay: Duration | None
    """Longest retry delay, above 0. Default: infinity, which means no limit."""
    jitter: float | None
    """Fraction of each retry delay that is randomised, 0 to 1: 0.2 makes a delay up to 20 % shorter. Default: 0."""
    timeout: Duration | None
    """Longest duration of one attempt, above 0; infinity means no limit. Default: infinity."""
    start_delay: Duration | None
    """Start delay before the first attempt, at least 0. Retries do not repeat it (pgflow). Default: 0."""
    retry_on: type[Exception] | tuple[type[Exception], ...] | Callable[[Exception], bool] | None
    """Exceptions after which a task is retried: classes, or a function that says so for one exception. A timeout raises
    `StepTimeoutError`, a `TimeoutError`. Default: all but those that another attempt does not change, such as a
    TypeError."""
    rate_limit: RateLimit | None
    """How often attempts may start, in all runs of this process together. See `RateLimit`. Default: no limit."""
    max_interruptions: int | None
    """How often a task may be interrupted: its process died while a stored run executed it. At least 1. These are not
    attempts. A task that is interrupted so often may be what kills its process, so it fails with a
    `TaskInterruptedError`. Without a store, nothing is interrupted. Default: 10."""
    runs_in: RunsIn | None
    """Where handlers run: ``"trio"``, ``"asyncio"``, ``"thread"``, ``"process"`` or ``"inline"``. See `RunsIn`. At a
    flow, it applies to the handlers that it suits: ``trio`` and ``asyncio`` to each ``async def``, the others to each
    ``def``. Default: an ``async def`` in trio, a ``def`` in a thread, a lambda inline."""


class StepOptions(FlowOptions, total=False):
    """Options of one step."""

    cache: Duration | Literal["forever"] | None
    """How long outputs of the step are used again by other runs with the same store: seconds or a timedelta, above 0,
    or ``"forever"``. An output is used again where flow, step, step input and ``cache_version`` are the same. In a map
    step, the output of each item. Without a store, nothing is used again. Default: None, for never."""
    cache_version: str | int | None
    """What stands for the code of a step with a ``cache``. Change it when the handler changes, so that outputs of the
    old code are not used again."""
    if_: Any
    """A pattern that the tested value must contain, by the rules of Postgres' ``@>`` for JSON, or a predicate. A root
    step tests the flow input with its pattern, any other step a dict of the outputs of its dependencies and of the flow
    input, under ``run``. NaN and infinity become null. A predicate takes the step input, and returns a bool."""
    if_not: Any
    """A pattern that the tested value must not contain, or a predicate that must return False."""
    when_unmet: FailOrSkip | None
    """What happens if the condition is unmet. Default: ``skip`` (pgflow)."""
    when_exhausted: WhenExhausted | None
    """What happens if a task has used up its attempts. Default: ``fail`` (pgflow). In a map step, ``none`` puts None in
    the place of the item's output."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a step, with those of its flow and the defaults filled in.

    Attributes:
        max_attempts: How often a task is tried, including the first attempt.
        base_delay: Retry delay before the second attempt, in seconds; each later one is twice the one before it. Or
            each delay, or a function of the attempt that failed.
        max_delay: Longest retry delay, in seconds.
        jitter: Fraction of each retry delay that is randomised, 0 to 1.
        timeout: Longest duration of one attempt, in seconds.
        start_delay: Start delay before the first attempt, in seconds.
        retry_on: Exceptions after which a task is retried, or a function that says so for one exception.
        rate_limit: How often attempts may start; None for no limit.
        max_interruptions: After how many interruptions a task fails.
        runs_in: Where the handler should run; None if that follows from the callable. `Handler` has where it does run.
        cache: How long outputs are used again by other runs, in seconds; infinity for forever, None for never.
        cache_version: What stands for the code of a step with a ``cache``; None if nothing does.
        if_: Pattern that the tested value must contain, or predicate; `UNSET` for none.
        if_not: Pattern that the tested value must not contain, or predicate; `UNSET` for none.
        when_unmet: What happens if the condition is unmet.
        when_exhausted: What happens if a task has used up its attempts.
    """

    max_attempts: int = 1
    base_delay: float | tuple[float, ...] | Callable[[int], Duration] = 1.0
    max_delay: float = math.inf
    jitter: float = 0.0
    timeout: float = math.inf
    start_delay: float = 0.0
    retry_on: tuple[type[Exception], ...] | Callable[[Exception], bool] = (Exception,)
    rate_limit: RateLimit | None = None
    max_interruptions: int = 10
    runs_in: RunsIn | None = None
    cache: float | None = None
    cache_version: str | int | None = None
    if_: object = UNSET
    if_not: object = UNSET
    when_unmet: FailOrSkip = "skip"
    when_exhausted: WhenExhausted = "fail"

    @property
    def has_condition(self) -> bool:
        """Whether the step has a condition: ``if_``, ``if_not`` or both."""
        return self.if_ is not UNSET or self.if_not is not UNSET

    @property
    def may_be_none(self) -> bool:
        """Whether dependents may receive ``None`` as the output, because the step was skipped without a cascade."""
        return self.when_exhausted == "skip" or (self.has_condition and self.when_unmet == "skip")

    def updated(self, flow: str, step: str | None, given: Mapping[str, Any]) -> Options:
        """Return these options with some of them replaced.

        Args:
            flow: Slug of the flow, for messages.
            step: Slug of the step, for messages; None for the options of the flow.
            given: The new options by name. A pattern may be None; any other None keeps the old value.

        Raises:
            InvalidStepOptionError: A value is not valid.
            TypeError: An option is unknown.
        """
        known = FlowOptions.__annotations__ if step is None else REQUIREMENTS
        for name, value in given.items():
            if name not in known:
                raise TypeError(_unknown(flow, step, name, known))
            requirement, allows = REQUIREMENTS[name]
            if not (value is None and name not in _PATTERNS) and not allows(value):
                raise InvalidStepOptionError(flow, step, name, value, requirement)
        conditional = any(given.get(name, UNSET) is not UNSET for name in _PATTERNS)
        if given.get("when_unmet") is not None and not conditional:
            requirement = "None if there is no if_ or if_not to be unmet"
            raise InvalidStepOptionError(flow, step, "when_unmet", given["when_unmet"], requirement)
        if given.get("cache_version") is not None and given.get("cache") is None:
            requirement = "None if there is no cache"
            raise InvalidStepOptionError(flow, step, "cache_version", given["cache_version"], requirement)
        values = {name: value for name, value in given.items() if value is not None or name in _PATTERNS}
        if isinstance(values.get("retry_on"), type):
            values["retry_on"] = (values["retry_on"],)
        if values.get("cache") == "forever":
            values["cache"] = math.inf
        for name in _DURATIONS & values.keys():
            values[name] = _without_timedeltas(values[name])
        return replace(self, **values)


DEFAULTS: Final = Options()
_PATTERNS: Final = {"if_", "if_not"}
_DURATIONS: Final = {"base_delay", "max_delay", "timeout", "start_delay", "cache"}
# What `Flow.step` or `Flow.map` takes itself, and why the other one does not.
_OF_CALLS: Final = {
    "over": "Only .map() has it.",
    "max_concurrency": "Only .map() has it.",
}


def _unknown(flow: str, step: str | None, name: str, known: Iterable[str]) -> str:
    place, whose = (f'flow "{flow}"', "a flow") if step is None else (f'flow "{flow}", step "{step}"', "a step")
    others = {} if step is None else _OF_CALLS
    suggestion = nearest(name, [*known, *others, "depends_on"])
    hint = f"The options of {whose} are {', '.join(known)}."
    if name in others:
        hint = others[name]
    elif suggestion:
        hint = f'Did you mean "{suggestion}"?'
    return f'{place}: there is no option "{name}". {hint}'


def _without_timedeltas(value: Any) -> Any:
    """Return a duration in seconds, or a sequence of durations as a tuple of seconds; return a function itself."""
    if isinstance(value, Sequence):
        return tuple(map(in_seconds, value))
    return value if callable(value) else in_seconds(value)


def _is_above_zero(value: object) -> bool:
    seconds = in_seconds(value)
    return seconds is not None and seconds > 0


def _is_cache(value: object) -> bool:
    return _is_above_zero(value) or (isinstance(value, str) and value == "forever")


def _is_cache_version(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def is_delay(value: object) -> bool:
    """Return whether a value is a finite duration of at least 0."""
    seconds = in_seconds(value)
    return seconds is not None and 0 <= seconds < math.inf


def _are_delays(value: object) -> bool:
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return bool(value) and all(map(is_delay, value))
    return is_delay(value) or _is_function(value)


def _is_share(value: Any) -> bool:
    return not isinstance(value, timedelta) and in_seconds(value) is not None and 0 <= value <= 1


def _is_function(value: object) -> bool:
    """Return whether a value is a function that can be called with one argument."""
    if not callable(value) or isinstance(value, type) or inspect.iscoroutinefunction(value):
        return False
    try:
        inspect.signature(value).bind(None)
    except TypeError:
        return False
    except ValueError:  # some builtins have no signature
        pass
    return True


def _is_retriable(value: object) -> bool:
    classes = value if isinstance(value, tuple) else (value,)
    are_classes = bool(classes) and all(isinstance(item, type) and issubclass(item, Exception) for item in classes)
    return are_classes or _is_function(value)


def _is_fail_or_skip(value: object) -> bool:
    return isinstance(value, str) and value in {"fail", "skip", "skip_cascade"}


def _is_when_exhausted(value: object) -> bool:
    return _is_fail_or_skip(value) or (isinstance(value, str) and value == "none")


def _is_runs_in(value: object) -> bool:
    return isinstance(value, str) and value in RUNS_IN


_FAIL_OR_SKIP: Final = '"fail", "skip" or "skip_cascade"'
EXCEPT_IN_MAPS: Final = f"{_FAIL_OR_SKIP} in a step that is not a map step"
# What messages say of the allowed values, and whether a value is allowed. A test keeps the plugin to the same texts.
REQUIREMENTS: Final[dict[str, tuple[str, Callable[[Any], bool]]]] = {
    "max_attempts": ("a whole number of at least 1", is_whole),
    "base_delay": (
        "a finite duration of at least 0 (seconds or a timedelta), a list of them, or a function of the attempt",
        _are_delays,
    ),
    "max_delay": ("a duration above 0 (seconds or a timedelta), or math.inf for no limit", _is_above_zero),
    "jitter": ("a number from 0 to 1", _is_share),
    "timeout": ("a duration above 0 (seconds or a timedelta), or math.inf for no limit", _is_above_zero),
    "start_delay": ("a finite duration of at least 0 (seconds or a timedelta)", is_delay),
    "retry_on": ("a class of exceptions, a tuple of them, or a function from an exception to a bool", _is_retriable),
    "rate_limit": ("a RateLimit", lambda v: isinstance(v, RateLimit)),
    "max_interruptions": ("a whole number of at least 1", is_whole),
    "runs_in": ('"trio", "asyncio", "thread", "process" or "inline"', _is_runs_in),
    "cache": ('a duration above 0 (seconds or a timedelta), or "forever"', _is_cache),
    "cache_version": ("a string or a whole number", _is_cache_version),
    "if_": ("a JSON value or a predicate", lambda _: True),
    "if_not": ("a JSON value or a predicate", lambda _: True),
    "when_unmet": (_FAIL_OR_SKIP, _is_fail_or_skip),
    "when_exhausted": ('"fail", "skip", "skip_cascade" or "none"', _is_when_exhausted),
}
MAX_CONCURRENCY: Final = ("a whole number of at least 1", is_whole)
