"""Errors about what can be stored."""

from __future__ import annotations

from typing_extensions import override

from typedflow._text import escaped, first_joined
from typedflow.exceptions.base import TypedflowError
from typedflow.exceptions.definition import FlowDefinitionError


class NotStorableError(FlowDefinitionError):
    """A flow meets a store, and the flow input or the output of a step is of a type that can never be stored.

    Attributes:
        problems: What is wrong, by the slug of the step; that of the flow input is under ``run``.
    """

    def __init__(self, flow: object, problems: dict[str, str]) -> None:
        super().__init__(flow, None, problems)
        self.problems = problems

    @property
    @override
    def problem(self) -> str:
        listed = [f"{_source(slug)} {problem}" for slug, problem in self.problems.items()]
        return (
            f"it cannot be stored: {first_joined(listed)}. Make a class of yours a TypedDict, a dataclass or a "
            "pydantic model, or register a codec for it with typedflow.codecs.register."
        )

    @override
    def __reduce__(self) -> tuple[type[NotStorableError], tuple[object, dict[str, str]]]:
        return type(self), (self.flow, self.problems)


class UnstorableValueError(TypedflowError, ValueError):
    """A flow input or an output cannot be stored: it would not come back from the store as what it is.

    For an output, this is always the cause of a `StepFailedError`.

    Attributes:
        flow: Slug of the flow.
        source: Where the value comes from: the slug of a step, or ``run`` for the flow input.
        path: The place in the value, such as ``output["rows"][3].price``.
        problem: What is wrong there.
        fix: What to do.
    """

    def __init__(self, flow: str, source: str, path: str, problem: str, fix: str) -> None:
        super().__init__(flow, source, path, problem, fix)
        self.flow = flow
        self.source = source
        self.path = path
        self.problem = problem
        self.fix = fix

    @override
    def __str__(self) -> str:
        place = f'flow "{self.flow}"' if self.source == "run" else f'flow "{self.flow}", step "{self.source}"'
        path = f"the {self.path}" if self.path in {"input", "output"} else self.path
        return escaped(f"{place}: {path} cannot be stored: {self.problem}. {self.fix}.")


class StoredValueError(TypedflowError, ValueError):
    """A flow input or an output was stored, and what was stored is not of the declared type.

    Attributes:
        flow: Slug of the flow.
        source: Where the value comes from: the slug of a step, or ``run`` for the flow input.
        reason: What is wrong.
    """

    def __init__(self, flow: str, source: str, reason: str) -> None:
        super().__init__(flow, source, reason)
        self.flow = flow
        self.source = source
        self.reason = reason

    @override
    def __str__(self) -> str:
        stored = "the stored input" if self.source == "run" else f'the stored output of step "{self.source}"'
        return escaped(f'flow "{self.flow}": {stored} cannot be read: {self.reason}')


class CodecError(TypedflowError, ValueError):
    """A codec is not valid, is missing, or could not encode or decode a value.

    Attributes:
        codec: Name of the codec; None if there is none.
        reason: What is wrong and what to do.
    """

    def __init__(self, codec: str | None, reason: str) -> None:
        super().__init__(codec, reason)
        self.codec = codec
        self.reason = reason

    @override
    def __str__(self) -> str:
        return escaped(self.reason if self.codec is None else f'codec "{self.codec}": {self.reason}')


def _source(slug: str) -> str:
    return "the flow input" if slug == "run" else f'the output of step "{slug}"'
