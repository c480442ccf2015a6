"""The literal parts of a call of `Flow.step`, `Flow.map` or `Flow.wait`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import CallExpr, Context, DictExpr, Expression, ListExpr, StarExpr, StrExpr, TupleExpr
from mypy.plugin import MethodContext, MethodSigContext
from mypy.types import Instance, NoneType, TupleType, Type, TypedDictType, get_proper_type

from typedflow_mypy.lib.checker import ERRONEOUS, checker_of, type_of
from typedflow_mypy.lib.literal_text import text_of
from typedflow_mypy.lib.text import nearest, quoted
from typedflow_mypy.model.element import element
from typedflow_mypy.model.flow_notes import Declared, FlowNotes, Skip, handler_output
from typedflow_mypy.model.flow_type import as_flow, known_steps

ITEM: Final = "item"


@dataclass(frozen=True)
class Slug:
    """A slug and where it stands; the value is None where it cannot be read from the source."""

    value: str | None
    place: Expression

    @classmethod
    def at(cls, checker: TypeChecker, place: Expression) -> "Slug":
        """Read a slug from the source: a string, or a name that stands for one."""
        if isinstance(place, StrExpr):
            return cls(place.value, place)
        return cls(text_of(type_of(checker, place)), place)


@dataclass(frozen=True)
class StepCall:
    """A call of `Flow.step`, `Flow.map` or `Flow.wait` as far as it can be read from the source.

    Attributes:
        flow: The flow that is extended.
        slug: Slug of the new step.
        handler: The handler's expression; of a wait step, that of the type of its output.
        dependencies: The declared dependencies; None if the list itself cannot be read from the source.
        depends_on: The list of dependencies in the source, or the call itself.
        expression: The call itself.
        over: Of a map step, what gives its items: a step, which is one of its dependencies, or ``run``; else None.
        beside: Of a map step that declares ``depends_on``, the dependencies in it; else None.
        required: The steps that its condition names: if one of them was skipped, the step does not run.
        options: Its other keyword arguments, also those that are unpacked.
        predicate: Which half of its condition takes the handler's place in this call; None if it is the handler.
        is_wait: Whether it is a wait step.
    """

    flow: Instance
    slug: Slug
    handler: Expression
    dependencies: tuple[Slug, ...] | None
    depends_on: Context
    expression: CallExpr
    over: Slug | None = None
    beside: tuple[Slug, ...] | None = None
    required: frozenset[str] = frozenset()
    options: Mapping[str, Expression] = field(default_factory=dict)
    predicate: str | None = None
    is_wait: bool = False

    @classmethod
    def read(
        cls, ctx: MethodSigContext | MethodContext, names: list[str | None], options: Mapping[str, Expression] | None
    ) -> "StepCall | None":
        """Read a call, given the names of the method's parameters; None if it does not look like one."""
        flow, call = as_flow(ctx.type), ctx.context
        if flow is None or not isinstance(call, CallExpr):
            return None
        if options is None:
            return None
        arguments = {name: given[0] for name, given in zip(names, ctx.args, strict=True) if given}
        if not arguments.keys() >= {"slug", "handler", "output_type", "over"} & {"slug", *names}:
            return None
        is_wait = "output_type" in arguments
        checker = checker_of(ctx)
        over = Slug.at(checker, arguments["over"]) if "over" in arguments else None
        depends_on = arguments.get("depends_on")
        if over is not None and depends_on is not None and isinstance(type_of(checker, depends_on), NoneType):
            depends_on = None
        declared = () if depends_on is None else _slugs(checker, depends_on)
        dependencies = declared
        if over is not None and over.value != "run" and declared is not None:
            dependencies = (over, *(each for each in declared if each.value != over.value))
        return cls(
            flow,
            Slug.at(checker, arguments["slug"]),
            arguments["output_type" if is_wait else "handler"],
            dependencies,
            depends_on or call,
            call,
            over,
            None if over is None or depends_on is None else declared or (),
            _required_keys(checker, options.get("if_")),
            options,
            is_wait=is_wait,
        )

    def tested(self, option: str, condition: Expression) -> "StepCall":
        """Return the call as a half of its condition sees it: a function of all dependencies, before any item."""
        required = frozenset[str]() if option == "if_" else self.required
        return replace(self, handler=condition, over=None, beside=None, required=required, predicate=option)

    @property
    def name(self) -> str:
        """The step, for a message."""
        return "this step" if self.slug.value is None else f'step "{self.slug.value}"'

    @property
    def title(self) -> str:
        """What reads the step input, at the beginning of a message: the step, or half of its condition."""
        if self.predicate is not None:
            return f"The {self.predicate} of {self.name}"
        return self.name[0].upper() + self.name[1:]

    @property
    def callee(self) -> str:
        """What is called with the step input, at the beginning of a message: the handler, or half of the condition."""
        return f"The {self.predicate or 'handler'} of {self.name}"

    @property
    def subject(self) -> str:
        """The step after `title`, for a message."""
        return "it" if self.predicate is None else "the step"

    @property
    def method(self) -> str:
        """The method that is called, for a message."""
        if self.is_wait:
            return "wait"
        return "step" if self.over is None else "map"

    def relation(self, dependency: Slug) -> str:
        """What the step does with a dependency, for a message."""
        return "maps over" if dependency is self.over else "depends on"

    @property
    def hands_item(self) -> bool:
        """Whether the handler takes an item, and not a step input."""
        return self.over is not None and self.beside is None

    @property
    def source(self) -> Type | None:
        """What a map step works on, without the None of a step that was skipped, which counts as an empty list."""
        if self.over is None or self.over.value is None:
            return None
        if self.over.value == "run":
            return self.flow_input
        known = self.steps.items if self.steps is not None else {}
        found = known.get(self.over.value)
        return None if found is None else handler_output(found, self.notes.step(self.over.value).skip)

    @property
    def item(self) -> Type:
        """An item of a map step; Any if what it maps over is unknown, or reported as an error."""
        source = self.source
        return ERRONEOUS if source is None else element(source) or ERRONEOUS

    @property
    def flow_input(self) -> Type:
        """Type of the flow input."""
        return self.flow.args[0]

    @cached_property
    def steps(self) -> TypedDictType | None:
        """Outputs of the steps so far; None if they are not known."""
        return known_steps(self.flow)

    @property
    def notes(self) -> FlowNotes:
        """What else is known of the flow."""
        return FlowNotes.of(self.flow)

    @property
    def knows_input(self) -> bool:
        """Whether every dependency can be read from the source."""
        return self.dependencies is not None and all(d.value is not None for d in self.dependencies)

    @property
    def is_known(self) -> bool:
        """Whether the step and all before it can be read from the source."""
        return self.knows_input and self.steps is not None and self.slug.value is not None

    @cached_property
    def step_input(self) -> Mapping[str, Type]:
        """What the handler receives: the flow input, the output of each declared dependency, and the item of a map."""
        items = {"run": self.flow_input}
        known = self.steps.items if self.steps is not None else {}
        if self.beside is not None:
            items[ITEM] = self.item
        for dependency in self.declared:
            if dependency.value is not None:
                # An unknown dependency is an error of its own; reading it is not another one.
                output = known.get(dependency.value, ERRONEOUS)
                if not self.is_handed_skipped(dependency.value):
                    output = handler_output(output, self.notes.step(dependency.value).skip)
                items[dependency.value] = output
        return items

    @property
    def declared(self) -> tuple[Slug, ...]:
        """The dependencies whose outputs are in the step input."""
        return self.beside if self.beside is not None else self.dependencies or ()

    def is_handed_skipped(self, dependency: str) -> bool:
        """Whether the step may run where a dependency was skipped; it then receives None for it."""
        skip = self.notes.step(dependency).skip
        return skip is not None and skip.alone and dependency not in self.required

    def notes_after(self, skip: Skip | None, *, fills_in: bool, is_annotated: bool) -> FlowNotes:
        """Return what is known of the flow with this step.

        Args:
            skip: How the step may be skipped.
            fills_in: Whether None may stand for an item's output that its handler does not return.
            is_annotated: Whether its handler says in an ``Annotated`` how the output is validated and written.
        """
        notes = self.notes
        if self.slug.value is None:
            return notes
        dependencies = tuple(dependency.value for dependency in self.dependencies or () if dependency.value is not None)
        required = tuple(slug for slug in dependencies if slug in self.required and notes.step(slug).skip is not None)
        over = None if self.over is None else self.over.value
        beside = tuple(each.value for each in self.beside or () if each.value is not None)
        keys = () if self.beside is None else (*beside, ITEM)
        depends_on = dependencies if self.is_known else None
        declared = Declared(depends_on, over, skip, required, keys, fills_in, is_annotated, self.is_wait)
        return notes.with_step(self.slug.value, declared)

    def depends(self) -> str:
        """Say what the step declares, for a message."""
        declared = quoted(d.value for d in self.declared if d.value is not None)
        return f"it depends on {declared}" if declared else "it has no dependencies"

    def is_step(self, key: str) -> bool:
        """Whether a key is the slug of a step before this one."""
        return self.steps is not None and key in self.steps.items

    def why_undeclared(self, key: str, subject: str) -> str:
        """Say what is wrong with reading a key that is not in the step input, and what to do, for a message."""
        if self.over is not None and key == self.over.value:
            return (
                f'which {subject} maps over, so that each item is under "{ITEM}"; '
                f'add "{key}" to depends_on if you need all of them'
            )
        if self.is_step(key):
            return f'which {subject} does not depend on; {self.depends()}. Add "{key}" to depends_on'
        flow_input = get_proper_type(self.flow_input)
        if isinstance(flow_input, TypedDictType) and key in flow_input.items:
            return f'which is a key of the flow input; {self.depends()}. Read inputs["run"]["{key}"]'
        if key == self.slug.value:
            return f"which is its own output; {self.depends()}"
        wrong = f"but the flow has no such step before it; {self.depends()}"
        near = nearest(key, self.step_input)
        return f'{wrong}. Did you mean "{near}"?' if near else wrong


def _slugs(checker: TypeChecker, place: Expression) -> tuple[Slug, ...] | None:
    if isinstance(place, ListExpr | TupleExpr):
        found = [_slugs(checker, i.expr) if isinstance(i, StarExpr) else (Slug.at(checker, i),) for i in place.items]
        return None if None in found else tuple(slug for slugs in found for slug in slugs or ())
    declared = type_of(checker, place)
    if isinstance(declared, TupleType):
        return tuple(Slug(text_of(item), place) for item in declared.items)
    return None


def _required_keys(checker: TypeChecker, pattern: Expression | None) -> frozenset[str]:
    """The keys of the pattern ``if_``, if it is written out: the condition is unmet if one of them is missing."""
    items = pattern.items if isinstance(pattern, DictExpr) else []
    keys = (Slug.at(checker, key).value for key, _ in items if key is not None)
    return frozenset(key for key in keys if key is not None)
