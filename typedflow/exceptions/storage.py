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
