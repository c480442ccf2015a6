"""What is known of a flow besides its input and its outputs, noted in its type.

``Flow[Input, Steps]`` says what a flow takes and what each step outputs. The plugin needs more: what a step depends on,
and how it may be skipped. A third type argument for it would be seen by users, in annotations and in ``reveal_type``.
So it is noted in ``Instance.extra_attrs``, where mypy keeps the attributes of modules and of partials: they are copied
with the type, compared, written to mypy's cache and watched by the daemon, and never printed. A value there must be a
type, so the notes are the value of a ``LiteralType``, as text, under a name that no attribute can have. They survive
the cache, and the daemon sees them change, as
``test_what_a_condition_names_is_known_from_the_cache_and_in_the_daemon`` in ``tests/test_typing.py`` shows.

The text is JSON, one value a line: the slug of the flow, then a list for each step. A new step is one more line, so
that adding the n-th step encodes none of those before it, and a line is decoded once however many flows share it.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from mypy.checker import TypeChecker
from mypy.subtypes import is_same_type, is_subtype
from mypy.types import AnyType, Instance, LiteralType, NoneType, Type, get_proper_type

from typedflow_mypy.lib.optional import or_none, without_none
from typedflow_mypy.model.flow_type import known_steps

_NAME: Final = "notes of typedflow"


class Skip(NamedTuple):
    """How a step may be skipped.

    Attributes:
        alone: Whether it may be skipped without its dependents, which then receive None.
        with_dependents: Whether it may be skipped together with all its dependents.
        returns_none: Whether its handler may return None too, so that None does not mean that it was skipped.
    """

    alone: bool
    with_dependents: bool
    returns_none: bool

    def run_output(self, returned: Type) -> Type:
        """Return the output in a run's outputs, given what the handler returns."""
        return or_none(returned) if self.alone or self.with_dependents else returned

    def merged(self, other: "Skip") -> "Skip":
        """Return how a step may be skipped of which it is not known which of the two holds."""
        return Skip(*(own or others for own, others in zip(self, other, strict=True)))


# The None in the type of what is never skipped is one that its handler returns.
_NEVER: Final = Skip(alone=False, with_dependents=False, returns_none=True)


class Declared(NamedTuple):
    """What is known of a step of a flow.

    Attributes:
        depends_on: Its dependencies; None if they are not known.
        over: Of a map step, what gives its items: a step, or ``run``; else None.
        skip: How it may be skipped; None if it never is.
        required: The dependencies without whose output it does not run, as its condition names them.
    """

    depends_on: tuple[str, ...] | None = None
    over: str | None = None
    skip: Skip | None = None
    required: tuple[str, ...] = ()

    def merged(self, other: "Declared") -> "Declared":
        """Return what is known of a step that is this one or the other."""
        is_skipped = self.skip is not None or other.skip is not None
        skip = (self.skip or _NEVER).merged(other.skip or _NEVER) if is_skipped else None
        return self._replace(skip=skip, required=tuple(slug for slug in self.required if slug in other.required))


_UNKNOWN: Final = Declared()


@dataclass(frozen=True)
class FlowNotes:
    """What is known of a flow besides its input and its outputs.

    Attributes:
        slug: The flow's slug; None if it is not known.
        steps: What is known of its steps, by slug.
    """

    slug: str | None
    steps: Mapping[str, Declared]

    @classmethod
    def of(cls, flow: Instance) -> "FlowNotes":
        """Read the notes in a flow's type.

        In a flow whose type was written out, a step whose output may be None is one that may be skipped in any way.
        """
        if (text := _text_in(flow)) is not None:
            return _decode(text)
        outputs = known_steps(flow)
        items = outputs.items if outputs is not None else {}
        step = Declared(skip=Skip(alone=False, with_dependents=True, returns_none=True))
        return cls(None, {slug: step for slug, output in items.items() if _takes_none(output)})

    @cached_property
    def skips(self) -> Mapping[str, Skip]:
        """The steps that may be skipped."""
        return {slug: step.skip for slug, step in self.steps.items() if step.skip is not None}

    def step(self, slug: str | None) -> Declared:
        """Return what is known of a step, which may be nothing."""
        return self.steps.get(slug or "", _UNKNOWN)

    def leaves(self, slugs: Collection[str]) -> list[str] | None:
        """Return the steps that no step depends on; None if the dependencies of one of them are not known."""
        dependencies: set[str] = set()
        for slug in slugs:
            depends_on = self.step(slug).depends_on
            if depends_on is None:
                return None
            dependencies.update(depends_on)
        return [slug for slug in slugs if slug not in dependencies]


def with_slug(checker: TypeChecker, flow: Instance, slug: str) -> Instance:
    """Note a flow's slug in the type of the flow, which has no steps yet."""
    return _with_text(checker, flow, json.dumps(slug))


def with_step(checker: TypeChecker, flow: Instance, before: Instance, slug: str | None, step: Declared) -> Instance:
    """Note in a flow's type what is known of the flow that it extends, and of its last step, if its slug is known."""
    text = _text_in(before)
    if text is None:
        text = _encode(FlowNotes.of(before))
    return _with_text(checker, flow, text if slug is None else f"{text}\n{_encode_step(slug, step)}")


def merged(checker: TypeChecker, flow: Instance, other: Instance) -> Instance:
    """Return a flow of which it is not known whether it is this one or another of the same type."""
    steps, others = known_steps(flow), known_steps(other)
    if steps is None or others is None or _text_in(flow) == _text_in(other):
        return flow
    if len(steps.items) != len(others.items) or not is_same_type(flow, other):
        return flow
    notes, other_notes = FlowNotes.of(flow), FlowNotes.of(other)
    slugs = {**notes.steps, **other_notes.steps}
    both = FlowNotes(notes.slug, {slug: notes.step(slug).merged(other_notes.step(slug)) for slug in slugs})
    return flow if both == notes else _with_text(checker, flow, _encode(both))


def handler_output(output: Type, skip: Skip | None) -> Type:
    """Return what the handler of a step returns, given the step's output in the type of the flow."""
    return output if skip is None or skip.returns_none else without_none(output)


def _takes_none(output: Type) -> bool:
    return not isinstance(get_proper_type(output), AnyType) and is_subtype(NoneType(), output)


def _text_in(flow: Instance) -> str | None:
    noted = get_proper_type(flow.extra_attrs.attrs.get(_NAME)) if flow.extra_attrs is not None else None
    return str(noted.value) if isinstance(noted, LiteralType) else None


def _with_text(checker: TypeChecker, flow: Instance, text: str) -> Instance:
    return flow.copy_with_extra_attr(_NAME, LiteralType(text, checker.named_generic_type("builtins.str", [])))


def _encode(notes: FlowNotes) -> str:
    return "\n".join([json.dumps(notes.slug), *(_encode_step(slug, step) for slug, step in notes.steps.items())])


def _encode_step(slug: str, step: Declared) -> str:
    others = list(step[1:])
    while others and not others[-1]:
        others.pop()
    return json.dumps([slug, step.depends_on, *others], separators=(",", ":"))


@lru_cache(maxsize=100)
def _decode(text: str) -> FlowNotes:
    slug, *steps = text.split("\n")
    return FlowNotes(json.loads(slug), dict(map(_decode_step, steps)))


@lru_cache(maxsize=100_000)
def _decode_step(line: str) -> tuple[str, Declared]:
    slug, depends_on, over, skip, required = (*json.loads(line), None, None, None)[:5]
    return slug, Declared(
        None if depends_on is None else tuple(depends_on),
        over,
        None if skip is None else Skip(*skip),
        tuple(required or ()),
    )
