"""What is known about a flow in addition to its input and its outputs, noted in its type.

``Flow[Input, Steps]`` says what a flow takes and what each step outputs. The plugin needs more: what a step depends on,
and how it may be skipped. A third type argument for it would be seen by users, in annotations and in ``reveal_type``.
So it is noted in ``Instance.extra_attrs``, where mypy keeps the attributes of modules and of partials: they are copied
with the type, compared, written to mypy's cache and watched by the daemon, and never printed. A value there must be a
type, so the notes are the value of a ``LiteralType``, as text, under a name that no attribute can have. They survive
the cache, and the daemon sees them change, as
``test_what_a_condition_names_is_known_from_the_cache_and_in_the_daemon`` in ``tests/checks/test_modes.py`` shows.

The text is JSON, one value a line: the slug of the flow, then a list for each step. So a new step is one more line, and
what is known of one step is found without decoding the others; with one JSON value for all, n steps would cost n times
n. A step that is added again is known by its last line.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
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
        """Return how a step may be skipped if either this or the other holds."""
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
        keys: Of a map step whose handler takes a step input, the keys of that in addition to ``run``; else empty.
        fills_in: Whether None may stand for an item's output that its handler does not return.
        is_annotated: Whether its handler says in an ``Annotated`` how the output is validated and written.
        is_wait: Whether it is a wait step.
    """

    depends_on: tuple[str, ...] | None = None
    over: str | None = None
    skip: Skip | None = None
    required: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    fills_in: bool = False
    is_annotated: bool = False
    is_wait: bool = False

    def merged(self, other: "Declared") -> "Declared":
        """Return what is known of a step that is this one or the other."""
        is_skipped = self.skip is not None or other.skip is not None
        skip = (self.skip or _NEVER).merged(other.skip or _NEVER) if is_skipped else None
        required = tuple(slug for slug in self.required if slug in other.required)
        return self._replace(
            skip=skip,
            required=required,
            fills_in=self.fills_in or other.fills_in,
            is_annotated=self.is_annotated or other.is_annotated,
            is_wait=self.is_wait or other.is_wait,
        )


_UNKNOWN: Final = Declared()


@dataclass(frozen=True)
class FlowNotes:
    """What is known about a flow in addition to its input and its outputs.

    Attributes:
        text: The notes as they stand in the flow's type. Its lines are decoded when they are asked for: a step needs
            only those of its dependencies.
    """

    text: str

    @classmethod
    def of(cls, flow: Instance) -> "FlowNotes":
        """Read the notes in a flow's type.

        In a flow whose type was written out, a step whose output may be None is one that may be skipped in any way.
        """
        if (noted := cls.noted_in(flow)) is not None:
            return noted
        outputs = known_steps(flow)
        items = outputs.items if outputs is not None else {}
        step = Declared(skip=Skip(alone=False, with_dependents=True, returns_none=True))
        return cls.made_of(None, {slug: step for slug, output in items.items() if _takes_none(output)})

    @classmethod
    def noted_in(cls, noted: Instance) -> "FlowNotes | None":
        """Read the notes in the type of a flow or of its run; None if the type was written out."""
        found = get_proper_type(noted.extra_attrs.attrs.get(_NAME)) if noted.extra_attrs is not None else None
        return cls(str(found.value)) if isinstance(found, LiteralType) else None

    @classmethod
    def made_of(cls, slug: str | None, steps: Mapping[str, Declared]) -> "FlowNotes":
        """Make notes of a flow's slug, which need not be known, and of its steps."""
        return cls("\n".join([json.dumps(slug), *(_encode(slug, step) for slug, step in steps.items())]))

    def with_step(self, slug: str, step: Declared) -> "FlowNotes":
        """Add a step, in place of one of the same slug."""
        return FlowNotes(f"{self.text}\n{_encode(slug, step)}")

    def put_in(self, checker: TypeChecker, flow: Instance) -> Instance:
        """Return the type of a flow, or of its run, with these notes."""
        return flow.copy_with_extra_attr(_NAME, LiteralType(self.text, checker.named_generic_type("builtins.str", [])))

    @property
    def slug(self) -> str | None:
        """The flow's slug, if it is known."""
        slug = json.loads(self.text.partition("\n")[0])
        return None if slug is None else str(slug)

    @property
    def steps(self) -> dict[str, Declared]:
        """What is known of all steps, by slug."""
        return dict(map(_decode, self.text.split("\n")[1:]))

    @property
    def skips(self) -> dict[str, Skip]:
        """The steps that may be skipped."""
        return {slug: step.skip for slug, step in self.steps.items() if step.skip is not None}

    def step(self, slug: str | None) -> Declared:
        """Return what is known of a step, which may be nothing."""
        start = -1 if slug is None else self.text.rfind(f"\n[{json.dumps(slug)},")
        return _UNKNOWN if start < 0 else _decode(self.text[start + 1 :].partition("\n")[0])[1]

    def leaves(self, slugs: Collection[str]) -> list[str] | None:
        """Return the steps that no step depends on; None if the dependencies of one of them are not known."""
        steps, dependencies = self.steps, set[str]()
        for slug in slugs:
            depends_on = steps.get(slug, _UNKNOWN).depends_on
            if depends_on is None:
                return None
            dependencies.update(depends_on)
        return [slug for slug in slugs if slug not in dependencies]


def merged(checker: TypeChecker, flow: Instance, other: Instance) -> Instance:
    """Return the type of a flow that is either this one or another of the same type."""
    outputs, other_outputs = known_steps(flow), known_steps(other)
    notes, other_notes = FlowNotes.of(flow), FlowNotes.of(other)
    if outputs is None or other_outputs is None or notes == other_notes:
        return flow
    if len(outputs.items) != len(other_outputs.items) or not is_same_type(flow, other):
        return flow
    steps, other_steps = notes.steps, other_notes.steps
    both = {
        slug: steps.get(slug, _UNKNOWN).merged(other_steps.get(slug, _UNKNOWN)) for slug in {**steps, **other_steps}
    }
    return flow if both == steps else FlowNotes.made_of(notes.slug, both).put_in(checker, flow)


def handler_output(output: Type, skip: Skip | None) -> Type:
    """Return what the handler of a step returns, given the step's output in the type of the flow."""
    return output if skip is None or skip.returns_none else without_none(output)


def _takes_none(output: Type) -> bool:
    return not isinstance(get_proper_type(output), AnyType) and is_subtype(NoneType(), output)


def _encode(slug: str, step: Declared) -> str:
    others = list(step[1:])
    while others and not others[-1]:
        others.pop()
    return json.dumps([slug, step.depends_on, *others], separators=(",", ":"))


@lru_cache(maxsize=10_000)
def _decode(line: str) -> tuple[str, Declared]:
    slug, depends_on, over, skip, required, keys, fills_in, is_annotated, is_wait = (*json.loads(line), *[None] * 7)[:9]
    return slug, Declared(
        None if depends_on is None else tuple(depends_on),
        over,
        None if skip is None else Skip(*skip),
        tuple(required or ()),
        tuple(keys or ()),
        bool(fills_in),
        bool(is_annotated),
        bool(is_wait),
    )
