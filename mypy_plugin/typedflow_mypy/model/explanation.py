"""How mypy's errors are to be reported in a piece of a file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from mypy.checker import TypeChecker
from mypy.errorcodes import ErrorCode
from mypy.errors import ErrorInfo

from typedflow_mypy.model.step_call import StepCall

ErrorPredicate: TypeAlias = Callable[[ErrorInfo], bool]


class DescribeMissingKey(Protocol):
    """Says what to report of a key that is not there, and under which code."""

    def __call__(self, key: str, /) -> tuple[str, ErrorCode]: ...


@dataclass(frozen=True)
class Explanation:
    """How errors are reported where a step input, or the outputs of a run, are read.

    Attributes:
        last_line: Where the piece of the file ends.
        describe_missing: Says what to report of a key that is not there.
        describe_skipped: Says, for a note, which step that may be skipped an error is about; None if it is about none.
        call: The step whose input it is, if it is one.
    """

    last_line: int
    describe_missing: DescribeMissingKey
    describe_skipped: Callable[[TypeChecker, ErrorInfo], str | None]
    call: StepCall | None
