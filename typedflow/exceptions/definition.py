"""Errors in the definition of a flow."""

from __future__ import annotations

from typing import TypeGuard

from typing_extensions import override

from typedflow._text import first_quoted, nearest
from typedflow.exceptions.base import TypedflowError


class FlowDefinitionError(TypedflowError, ValueError):
    """A flow is not valid. The call that defines the flow or the step raises this, before anything runs.

    Attributes:
        flow: Slug of the flow.
        step: Slug of the step that was being defined; None if the flow itself is not valid.
    """

    def __init__(self, flow: object, step: object, *details: object) -> None:
        super().__init__(flow, step, *details)
        self.flow = flow
        self.step = step

    @property
    def problem(self) -> str:
        """What is wrong and what to do, without the flow and the step."""
        return " ".join(str(detail) for detail in self.args[2:])

    @override
    def __str__(self) -> str:
        place = f'flow "{self.flow}"' if self.step is None else f'flow "{self.flow}", step "{self.step}"'
        return f"{place}: {self.problem}"


class InvalidSlugError(FlowDefinitionError):
    """A slug is not valid.

    A slug has 1 to 128 characters of ``[a-zA-Z0-9_]``, does not begin with a digit, and is not ``run`` (pgflow's rule).

    Attributes:
        slug: What was given as the slug.
    """

    def __init__(self, flow: object, step: object, slug: object) -> None:
        super().__init__(flow, step, slug)
        self.slug = slug

    @property
    @override
    def problem(self) -> str:
        if self.slug == "run":
            return 'the slug "run" is reserved: a step input holds the flow input under it. Choose another slug.'
        if not isinstance(self.slug, str):
            return f"a slug must be a string, not {type(self.slug).__name__}."
        if not self.slug:
            return 'the slug is empty. Use a name such as "fetch".'
        if len(self.slug) > 128:
            return f"the slug has {len(self.slug)} characters; use at most 128."
        return f"the slug {self.slug!r} is not valid. Use letters, digits and underscores, and no digit first."


class DuplicateStepError(FlowDefinitionError):
    """The flow already has a step with this slug."""

    @property
    @override
    def problem(self) -> str:
        return "the flow already has a step with this slug. Choose another slug."


class InvalidDependenciesError(FlowDefinitionError):
    """``depends_on`` is not a list or tuple of slugs, or names a step that cannot be there.

    Attributes:
        value: What was given.
        reason: What is wrong and what to do; None if it is not a list or tuple of slugs.
    """

    def __init__(self, flow: object, step: object, value: object, reason: str | None = None) -> None:
        super().__init__(flow, step, value, reason)
        self.value = value
        self.reason = reason

    @property
    @override
    def problem(self) -> str:
        if self.reason is not None:
            return self.reason
        if isinstance(self.value, str):
            return f'depends_on must be a list of slugs, not a string. Write depends_on=["{self.value}"].'
        named = [each.__name__ for each in self.value if hasattr(each, "__name__")] if _is_list(self.value) else []
        advice = f' Write the slug of the step, such as "{named[0]}".' if named else ""
        return f"depends_on must be a list of slugs (strings), not {self.value!r}.{advice}"


def _is_list(value: object) -> TypeGuard[list[object] | tuple[object, ...]]:
    return isinstance(value, list | tuple)


class UnknownDependencyError(FlowDefinitionError):
    """A dependency is not defined before the step that names it.

    Attributes:
        dependency: The unknown slug.
        known: Slugs of the steps that are defined.
        suggestion: The known slug that is most similar, if one is close.
    """

    def __init__(self, flow: object, step: object, dependency: str, known: tuple[str, ...]) -> None:
        super().__init__(flow, step, dependency, known)
        self.dependency = dependency
        self.known = known
        self.suggestion = nearest(dependency, known)

    @property
    @override
    def problem(self) -> str:
        wrong = f'depends on "{self.dependency}", which is not defined before it.'
        if self.dependency == "run":
            return f'{wrong} Every step input has the flow input under "run"; leave it out of depends_on.'
        if self.suggestion:
            return f'{wrong} Did you mean "{self.suggestion}"?'
        if not self.known:
            return f"{wrong} It is the flow's first step: .step() returns a new flow and leaves the old one as it is."
        return (
            f"{wrong} The steps so far are {first_quoted(self.known)}; "
            ".step() returns a new flow and leaves the old one as it is."
        )


class UnknownStepError(FlowDefinitionError):
    """The flow does not have the step that was named.

    Attributes:
        known: Slugs of the flow's steps.
        suggestion: The known slug that is most similar, if one is close.
    """

    def __init__(self, flow: object, step: object, known: tuple[str, ...]) -> None:
        super().__init__(flow, step, known)
        self.known = known
        self.suggestion = nearest(step, known) if isinstance(step, str) else None

    @property
    @override
    def problem(self) -> str:
        if self.suggestion:
            return f'the flow has no such step. Did you mean "{self.suggestion}"?'
        if not self.known:
            return "the flow has no steps."
        return f"the flow has no such step. Its steps are {first_quoted(self.known)}."


class SelfDependencyError(FlowDefinitionError):
    """A step depends on itself."""

    @property
    @override
    def problem(self) -> str:
        return "depends on itself. Remove its own slug from depends_on."


class DuplicateDependencyError(FlowDefinitionError):
    """``depends_on`` names a step twice. In pgflow, a run of such a flow never ends.

    Attributes:
        dependency: The slug that is named twice.
    """

    def __init__(self, flow: object, step: object, dependency: str) -> None:
        super().__init__(flow, step, dependency)
        self.dependency = dependency

    @property
    @override
    def problem(self) -> str:
        return f'names the dependency "{self.dependency}" twice. Remove one of them.'


class InvalidHandlerError(FlowDefinitionError):
    """A handler cannot be called with a step input, or its declared output cannot be validated.

    Attributes:
        reason: What is wrong and what to do.
    """

    def __init__(self, flow: object, step: object, reason: str) -> None:
        super().__init__(flow, step, reason)
        self.reason = reason


class InvalidStepOptionError(FlowDefinitionError):
    """An option of a flow or a step has an invalid value.

    Attributes:
        option: Name of the option.
        value: What was given.
        requirement: What is allowed.
    """

    def __init__(self, flow: object, step: object, option: str, value: object, requirement: str) -> None:
        super().__init__(flow, step, option, value, requirement)
        self.option = option
        self.value = value
        self.requirement = requirement

    @property
    @override
    def problem(self) -> str:
        return f"{self.option} must be {self.requirement}, not {self.value!r:.80}."


class InvalidConditionError(FlowDefinitionError):
    """A condition is not valid: no tested value could match its pattern, or its predicate cannot be called.

    Attributes:
        option: ``if_`` or ``if_not``.
        reason: Where in a pattern, what is wrong, and what to do.
    """

    def __init__(self, flow: object, step: object, option: str, reason: str) -> None:
        super().__init__(flow, step, option, reason)
        self.option = option
        self.reason = reason

    @property
    @override
    def problem(self) -> str:
        return self.reason


class InvalidResourcesTypeError(FlowDefinitionError):
    """What a flow declares as the class of its resources is not a type.

    Attributes:
        reason: What is wrong and what to do.
    """

    def __init__(self, flow: object, reason: str) -> None:
        super().__init__(flow, None, reason)
        self.reason = reason

    @override
    def __reduce__(self) -> tuple[type[InvalidResourcesTypeError], tuple[object, str]]:
        return type(self), (self.flow, self.reason)


class InvalidInputTypeError(FlowDefinitionError):
    """pydantic cannot validate the input type of a flow.

    Attributes:
        reason: What is wrong and what to do.
    """

    def __init__(self, flow: object, reason: str) -> None:
        super().__init__(flow, None, reason)
        self.reason = reason

    @override
    def __reduce__(self) -> tuple[type[InvalidInputTypeError], tuple[object, str]]:
        return type(self), (self.flow, self.reason)


class InvalidOutputTypeError(FlowDefinitionError):
    """What a wait step declares as the type of its output is not a type, or pydantic cannot validate it.

    Attributes:
        reason: What is wrong and what to do.
    """

    def __init__(self, flow: object, step: object, reason: str) -> None:
        super().__init__(flow, step, reason)
        self.reason = reason


class InvalidPartError(FlowDefinitionError):
    """``Flow.up_to`` names no step, or ``Flow.include`` cannot include a flow.

    Attributes:
        reason: What is wrong and what to do.
    """

    def __init__(self, flow: object, reason: str) -> None:
        super().__init__(flow, None, reason)
        self.reason = reason

    @override
    def __reduce__(self) -> tuple[type[InvalidPartError], tuple[object, str]]:
        return type(self), (self.flow, self.reason)
