"""How the tasks of a step are tried, and when the step is skipped: what may be declared, and what it comes to."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypedDict

from typedflow._text import nearest
from typedflow.exceptions import InvalidStepOptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Unmet: TypeAlias = Literal["fail", "skip", "skip_cascade"]
"""What becomes of a step that does not run: the run fails, the step is skipped, or all that depend on it are too."""


class Unset(Enum):
    """Says that a condition was not given: ``None`` is a pattern, which JSON's null alone matches."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


class FlowOptions(TypedDict, total=False):
    """Options of a step that a flow may declare for all of its steps; ``None`` at a step means the flow's."""

    max_attempts: int | None
    """How often a task is tried, the first time included, from 1; 3 unless declared."""
    base_delay: float | None
    """Seconds before the second attempt, above 0; each wait is twice the one before. 1 unless declared."""
    max_delay: float | None
    """Seconds that no wait is longer than, above 0; infinity for no limit, which it is unless declared."""
    jitter: float | None
    """The share of each wait that chance may take off, 0 to 1; 0 unless declared."""
    timeout: float | None
    """Seconds that one attempt may take, above 0; infinity for no limit. 60 unless declared."""
    start_delay: float | None
    """Seconds before the first attempt, at least 0; 0 unless declared. Retries do not wait for it (pgflow)."""
    retry_on: type[Exception] | tuple[type[Exception], ...] | None
    """Exceptions that are tried again; any, unless declared. `StepTimeoutError` is one, a `TimeoutError`."""


class StepOptions(FlowOptions, total=False):
    """Options of one step."""

    if_: Any
    """A pattern that what the step tests has to contain, as JSON, with the rules of Postgres' ``@>``. A root step
    tests the flow input, another one a dict of its dependencies' outputs. NaN and infinity are null, as in JSON."""
    if_not: Any
    """A pattern that it must not contain."""
    when_unmet: Unmet | None
    """What happens if the condition does not hold; ``skip`` unless declared (pgflow)."""
    when_exhausted: Unmet | None
    """What happens if a task has used up its attempts; ``fail`` unless declared (pgflow)."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the options of a step come to, those of its flow included.

    Attributes:
        max_attempts: How often a task is tried, the first time included.
        base_delay: Seconds before the second attempt; each wait is twice the one before (pgflow's documented rule).
        max_delay: Seconds that no wait is longer than.
        jitter: The share of each wait that chance may take off, 0 to 1.
        timeout: Seconds that one attempt may take.
        start_delay: Seconds before the first attempt.
        retry_on: Exceptions that are tried again.
        if_: Pattern that has to be contained; UNSET for none.
        if_not: Pattern that must not be contained; UNSET for none.
        when_unmet: What happens if the condition does not hold.
        when_exhausted: What happens if a task has used up its attempts.
    """

    max_attempts: int = 3
    base_delay: float = 1.0
    max_delay: float = math.inf
    jitter: float = 0.0
    timeout: float = 60.0
    start_delay: float = 0.0
    retry_on: tuple[type[Exception], ...] = (Exception,)
    if_: object = UNSET
    if_not: object = UNSET
    when_unmet: Unmet = "skip"
    when_exhausted: Unmet = "fail"

    @property
    def has_condition(self) -> bool:
        """Whether the step may be skipped before it is tried."""
        return self.if_ is not UNSET or self.if_not is not UNSET

    @property
    def may_be_none(self) -> bool:
        """Whether dependents may be handed ``None`` for the step, because it was skipped and they were not."""
        return self.when_exhausted == "skip" or (self.has_condition and self.when_unmet == "skip")

    def delay_after(self, attempt: int) -> float:
        """Return the seconds to wait after an attempt that failed, the first of which is number 1."""
        try:
            delay = min(self.base_delay * 2.0 ** (attempt - 1), self.max_delay)
        except OverflowError:
            delay = self.max_delay
        return delay * (1 - self.jitter * random.random()) if self.jitter else delay  # noqa: S311  no secret

    def updated(self, flow: str, step: str | None, given: Mapping[str, Any]) -> Options:
        """Return these options with those that are given, for a step or for all of a flow, in their place.

        Raises:
            InvalidStepOptionError: A value makes no sense.
            TypeError: There is no such option.
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
        values = {name: value for name, value in given.items() if value is not None or name in _PATTERNS}
        if isinstance(values.get("retry_on"), type):
            values["retry_on"] = (values["retry_on"],)
        return replace(self, **values)


DEFAULTS: Final = Options()
_PATTERNS: Final = {"if_", "if_not"}


def is_whole(value: object) -> bool:
    """Whether a value is a whole number of at least 1."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _unknown(flow: str, step: str | None, name: str, known: Iterable[str]) -> str:
    place, whose = (f'flow "{flow}"', "a flow") if step is None else (f'flow "{flow}", step "{step}"', "a step")
    suggestion = nearest(name, known)
    hint = f'Did you mean "{suggestion}"?' if suggestion else f"The options of {whose} are {', '.join(known)}."
    return f'{place}: there is no option "{name}". {hint}'


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)
    except OverflowError:  # a whole number beyond all floats
        return False


def _is_above_zero(value: Any) -> bool:
    return _is_number(value) and value > 0


def _is_retriable(value: object) -> bool:
    found = value if isinstance(value, tuple) else (value,)
    return bool(found) and all(isinstance(each, type) and issubclass(each, Exception) for each in found)


def _is_mode(value: object) -> bool:
    return isinstance(value, str) and value in {"fail", "skip", "skip_cascade"}


_MODES: Final = '"fail", "skip" or "skip_cascade"'
# What is allowed in words, and whether a value is that. A test keeps the mypy plugin to the same words.
REQUIREMENTS: Final[dict[str, tuple[str, Callable[[Any], bool]]]] = {
    "max_attempts": ("a whole number of at least 1", is_whole),
    "base_delay": ("a finite number of seconds above 0", lambda v: _is_above_zero(v) and v < math.inf),
    "max_delay": ("a number of seconds above 0, or math.inf for no limit", _is_above_zero),
    "jitter": ("a number from 0 to 1", lambda v: _is_number(v) and 0 <= v <= 1),
    "timeout": ("a number of seconds above 0, or math.inf for no limit", _is_above_zero),
    "start_delay": ("a finite number of seconds of at least 0", lambda v: _is_number(v) and 0 <= v < math.inf),
    "retry_on": ("a class of exceptions or a tuple of them", _is_retriable),
    "if_": ("a JSON value", lambda _: True),
    "if_not": ("a JSON value", lambda _: True),
    "when_unmet": (_MODES, _is_mode),
    "when_exhausted": (_MODES, _is_mode),
}
MAX_CONCURRENCY: Final = ("a whole number of at least 1", is_whole)
