"""How mypy's errors are to be reported in a piece of a file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from mypy.checker import TypeChecker
from mypy.errorcodes import ErrorCode
from mypy.errors import ErrorInfo
from mypy.nodes import CallExpr

from typedflow_mypy.model.step_call import StepCall

ErrorPredicate: TypeAlias = Callable[[ErrorInfo], bool]


class DescribeMissingKey(Protocol):
    """Says what to report of a key that is not there, and under which code."""

    def __call__(self, key: str, /) -> tuple[str, ErrorCode]: ...


@dataclass(frozen=True)
class Explanation:
    """How errors are reported where a step input, or the outputs of a run, are read.

    Attributes:
        start: Where the piece of the file begins: line and column.
        last_line: Where it ends.
        describe_missing: Says what to report of a key that is not there.
        describe_skipped: Says, for a note, which step that may be skipped an error is about; None if it is about none.
        call: The step whose input it is, if it is one.
    """

    start: tuple[int, int]
    last_line: int
    describe_missing: DescribeMissingKey
    describe_skipped: Callable[[TypeChecker, ErrorInfo], str | None]
    call: StepCall | None


@dataclass(frozen=True)
class ErrorsByStep:
    """What mypy reports of a body for each step, of the kind that has to hold for every one.

    Attributes:
        target: The function that mypy checks, by itself, when it checks this one.
        first_line: Where the body begins.
        last_line: Where it ends.
        errors: By the call that adds the step.
    """

    target: str
    first_line: int
    last_line: int
    errors: dict[CallExpr, list[ErrorInfo]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[ErrorInfo]:
        """Iterate over the errors of all steps."""
        return (error for errors in self.errors.values() for error in errors)
