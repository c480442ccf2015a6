"""Whether a handler accepts what its step hands over: the step input, and a context for a second parameter."""

from dataclasses import dataclass
from typing import Final

from mypy.checker import TypeChecker
from mypy.erasetype import remove_instance_last_known_values
from mypy.messages import format_type, format_type_distinctly
from mypy.nodes import (
    ARG_NAMED,
    ARG_OPT,
    ARG_POS,
    ARG_STAR,
    ArgKind,
    CallExpr,
    Expression,
    LambdaExpr,
    MemberExpr,
    NameExpr,
    RefExpr,
)
from mypy.subtypes import is_subtype, unify_generic_callable
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    Overloaded,
    Parameters,
    ProperType,
    TupleType,
    Type,
    TypedDictType,
    TypeOfAny,
    UnionType,
    get_proper_type,
)

from typedflow_mypy.lib import fullnames
from typedflow_mypy.lib.checker import ERRONEOUS, UNKNOWN, object_type, type_of
from typedflow_mypy.lib.text import pascal
from typedflow_mypy.lib.typed_dict import step_input, typed_dict
from typedflow_mypy.model.analysed_call import Accepted, AnalysedCall, Refused, Verdict
from typedflow_mypy.model.handler import Handler
from typedflow_mypy.model.resources import context_of, has_no_resources, is_context, shown_context, wants_resources
from typedflow_mypy.model.step_call import Slug, StepCall
from typedflow_mypy.model.step_input import mentions_step_input, put_step_input
from typedflow_mypy.outputs import items, vague
from typedflow_mypy.source.handler import handlers_of

_DICTS: Final = {"builtins.dict", "typing.Mapping", "typing.MutableMapping"}
_SAYS_NOTHING: Final = {TypeOfAny.special_form, TypeOfAny.unannotated, TypeOfAny.implementation_artifact}


def analyse(checker: TypeChecker, on: Type, step: StepCall) -> AnalysedCall:
    """Find out what may be called as the handler of a step, and whether it accepts what the step hands over."""
    handed_over = _handed_over(checker, step)
    comparison = _Comparison(checker, step, handed_over)
    handlers = handlers_of(checker, step.handler)
    return AnalysedCall(on, step, handed_over, [(handler, comparison.verdict(handler)) for handler in handlers])


def _handed_over(checker: TypeChecker, step: StepCall) -> list[Type]:
    """What a step hands to its handler: the step input, or an item, and the context for a second parameter."""
    context = context_of(checker, step.flow)
    if step.hands_item:
        return [step.item, context]
    return [step_input(checker, step.step_input) if step.knows_input else ERRONEOUS, context]


@dataclass(frozen=True)
class _Comparison:
    """Compares handlers with what a step hands over.

    Attributes:
        checker: mypy's.
        step: The step.
        handed_over: The step input, or an item, and the context.
    """

    checker: TypeChecker
    step: StepCall
    handed_over: list[Type]

    @property
    def _most(self) -> int:
        """How many arguments may be required."""
        return 2 if self.step.predicate is None else 1

    def verdict(self, handler: Handler) -> Verdict:
        """Say how a handler accepts what the step hands over, or why it does not.

        A lambda's parameters get their types from this; a body that is checked with the step input is compared only in
        what it declares for the context; any other callable is compared here, in terms of the flow.
        """
        if handler.function is not None and handler.function.is_generator:
            return self._refused("is a generator, but a step has one output; return a list instead")
        if (wanted := self._dependency_for_context(handler)) is not None:
            return self._refused(
                f'has the parameter "{wanted}", a dependency, but it is called with one step input and a StepContext; '
                f'give it one parameter, inputs, and read inputs["{wanted}"]'
            )
        if isinstance(handler.expression, LambdaExpr):
            return self._lambda(handler.expression)
        return self._unseen(handler) or self._itemgetter(handler.expression) or self._of_type(handler)

    def _unseen(self, handler: Handler) -> Refused | None:
        """Why the reads of a function cannot be checked that the handler calls with the step input."""
        if handler.unseen is None or not self.step.knows_input:
            return None
        name = f'"{handler.unseen.name}"' if isinstance(handler.unseen, NameExpr | MemberExpr) else "a function"
        return self._refused(
            f"calls {name}, whose reads cannot be checked; "
            "annotate its parameter with a TypedDict of the keys that it reads"
        )

    def _dependency_for_context(self, handler: Handler) -> str | None:
        """The dependency after which the parameter that takes the context is named, unless it declares to take that."""
        called: LambdaExpr | ProperType = handler.type
        if isinstance(handler.expression, LambdaExpr):
            called = handler.expression
        if not isinstance(called, LambdaExpr | CallableType) or ARG_POS not in called.arg_kinds[1:2]:
            return None
        declared = get_proper_type(called.arg_types[1]) if isinstance(called, CallableType) else None
        if (declared is not None and is_context(declared)) or called.arg_names[1] == "context":
            return None
        return next((d.value for d in self.step.declared if d.value == called.arg_names[1]), None)

    def _refused(self, why: str) -> Refused:
        return Refused(f"{self.step.callee} {why}")

    def _of_type(self, handler: Handler) -> Verdict:
        match handler.type:
            case AnyType():
                return Accepted(_positional(self.handed_over[:1]))
            case Overloaded():
                return self._first_accepting(handler, handler.type)
            case CallableType():
                return self._callable(handler, handler.type)
            case Instance() if handler.type.type.fullname == fullnames.LRU_CACHE:
                why = "is cached by its arguments, and a step input cannot be hashed; cache a function that it calls"
                return self._refused(why)
        return self._refused(
            f"is not callable: {format_type(handler.type, self.checker.options)}; pass a function, and do not call it"
        )

    def _lambda(self, handler: LambdaExpr) -> Verdict:
        """A lambda takes the types of its first parameters from its step; the others have defaults."""
        kinds = handler.arg_kinds
        count = _required(kinds) or int(ARG_OPT in kinds or ARG_STAR in kinds)
        if count < 1 or count > self._most or ARG_NAMED in kinds:
            return self._wrong_count(kinds)
        defaults = [
            UNKNOWN if argument.initializer is None else self._plain_type(argument.initializer)
            for argument in handler.arguments[count:]
        ]
        return Accepted(Parameters([*self.handed_over[:count], *defaults], kinds, handler.arg_names))

    def _plain_type(self, expression: Expression) -> Type:
        return remove_instance_last_known_values(type_of(self.checker, expression))

    def _itemgetter(self, handler: Expression) -> Verdict | None:
        """Compare the keys of an ``operator.itemgetter``; None of any other handler."""
        if not isinstance(handler, CallExpr) or not isinstance(handler.callee, RefExpr):
            return None
        keys = [Slug.at(self.checker, argument).value for argument in handler.args]
        if handler.callee.fullname != fullnames.ITEMGETTER or not self.step.knows_input or None in keys:
            return None
        anything = object_type(self.checker)
        wanted = {key: anything for key in keys if key is not None}
        received = items.keys(self.step) if self.step.hands_item else self.step.step_input
        if self.step.hands_item and not received:
            return None
        if refused := self._without_key(typed_dict(self.checker, wanted)):
            return refused
        values = [received.get(key, ERRONEOUS) for key in wanted]
        several = TupleType(values, self.checker.named_generic_type("builtins.tuple", [anything]))
        output = values[0] if len(values) == 1 else several
        fallback = self.checker.named_generic_type("builtins.function", [])
        return Accepted(None, CallableType([], [], [], output, fallback))

    def _first_accepting(self, handler: Handler, overloaded: Overloaded) -> Verdict:
        refusals: list[Refused] = []
        for item in overloaded.items:
            verdict = self._callable(handler, item)
            if isinstance(verdict, Accepted):
                return verdict
            refusals.append(verdict)
        return Refused(
            f"{refusals[-1].message} (reported for the last of its {len(refusals)} overloads; no overload fits)"
        )

    def _callable(self, handler: Handler, declared: CallableType) -> Verdict:
        """Compare what a callable declares with what the step hands over."""
        if declared.is_ellipsis_args:
            return Accepted(None, declared)
        first = declared.argument_by_position(0)
        count = _required(declared.arg_kinds)
        if first is None or count > self._most or any(kind == ARG_NAMED for kind in declared.arg_kinds):
            return self._wrong_count(declared.arg_kinds)
        if declared.variables and handler.body is None:
            return self._generic(declared, self.handed_over[: max(count, 1)])
        if self.step.knows_input and (refused := self._input(handler, first.typ)):
            return refused
        second = declared.argument_by_position(1) if count == 2 else None
        refused = None if second is None else self._context(second.typ)
        return refused or Accepted(None, declared)

    def _context(self, declared: Type) -> Refused | None:
        """Why a second parameter of this type does not accept the context."""
        context = self.handed_over[1]
        if not is_subtype(context, declared):
            taken, handed = (shown_context(self.checker, kind) for kind in (declared, context))
            is_missing = has_no_resources(context) and wants_resources(declared)
            advice = "; the flow declares no resources, write Flow(..., resources=...)" if is_missing else ""
            return self._refused(f"takes {taken} as its second parameter; a step hands over {handed}{advice}")
        place = self.step.options.get("runs_in")
        if wants_resources(declared) and place is not None and Slug.at(self.checker, place).value == "process":
            return self._refused(
                f"takes {shown_context(self.checker, declared)}, but it runs in a worker process, to which resources "
                'are not sent; open what it needs in the handler, or use runs_in="thread"'
            )
        return None

    def _generic(self, declared: CallableType, handed_over: list[Type]) -> Verdict:
        """Solve a generic callable's variables with what is handed over."""
        positional = _positional(handed_over)
        if not self.step.knows_input:
            return Accepted(positional)
        wanted = declared.copy_modified(
            arg_types=handed_over,
            arg_kinds=positional.arg_kinds,
            arg_names=positional.arg_names,
            variables=[],
            ret_type=UNKNOWN,
            unpack_kwargs=False,
        )
        solved = unify_generic_callable(
            declared.with_unpacked_kwargs(), wanted.with_unpacked_kwargs(), ignore_return=True
        )
        refused = self._incompatible(get_proper_type((declared if solved is None else solved).arg_types[0]))
        return refused or Accepted(positional)

    def _input(self, handler: Handler, declared: Type) -> Refused | None:
        """Why a first parameter of this type does not accept the step input, or the item."""
        if self.step.hands_item:
            why = items.problem(self.checker, self.step, handler, declared)
            return None if why is None else self._refused(why)
        if handler.body is not None and handler.body.leaves_open(self.checker, declared):
            return None
        expected = get_proper_type(declared)
        if handler.body is not None:
            return self._incompatible(get_proper_type(put_step_input(expected, self.handed_over[0])))
        if mentions_step_input(declared) or (isinstance(expected, AnyType) and expected.type_of_any in _SAYS_NOTHING):
            generated = f"{pascal(self.step.slug.value or 'step')}Input, which typedflow stubs writes, or with another"
            return self._refused(
                f"does not say what it reads, and its body cannot be checked here; annotate its parameter with "
                f"{generated if self.step.predicate is None else 'a'} TypedDict of the keys that it reads"
            )
        return self._incompatible(expected)

    def _incompatible(self, expected: ProperType) -> Refused | None:
        """Why this type does not accept the step input; the input is a dict of the task's own, which may be changed."""
        if self.step.hands_item:
            why = items.incompatible(self.checker, self.step, expected)
            return None if why is None else self._refused(why)
        if isinstance(expected, TypedDictType):
            return self._without_key(expected)
        if isinstance(expected, UnionType) and None in map(self._incompatible, map(get_proper_type, expected.items)):
            return None
        if isinstance(expected, Instance) and expected.type.fullname in _DICTS:
            key, value = expected.args
            takes_keys = is_subtype(self.checker.named_type("builtins.str"), key)
            if takes_keys and all(is_subtype(output, value) for output in self.step.step_input.values()):
                return None
        elif is_subtype(self.handed_over[0], expected):
            return None
        shown = format_type(expected, self.checker.options)
        return self._item(expected) or self._refused(f"takes {shown}, but its input is {self._shown_input()}")

    def _item(self, expected: ProperType) -> Refused | None:
        """Whether a type is that of an item, where the item is in a step input."""
        if self.step.beside is None or not is_subtype(self.step.item, expected):
            return None
        return self._refused(
            'takes an item, but with depends_on it is called with a step input; read inputs["item"], or leave '
            "depends_on out"
        )

    def _without_key(self, expected: TypedDictType) -> Refused | None:
        """Why a TypedDict does not accept the step input, or the item: which key is missing or of another type."""
        if self.step.hands_item:
            missing = next((key for key in expected.items if key not in items.keys(self.step)), None)
            if missing is None:
                return None
            return self._refused(f'reads "{missing}", {items.why_lacking(self.step, missing)}')
        received = self.step.step_input
        for key, wanted in expected.items.items():
            if key not in received:
                why = self.step.why_undeclared(key, "the step")
                if key in expected.required_keys and self.step.steps is not None:
                    return self._item(expected) or self._refused(f'needs "{key}", {why}')
                if self.step.is_step(key):  # any other optional key is one that is never there
                    return self._refused(f'may read "{key}", {why}')
            elif not is_subtype(received[key], wanted):
                expected_type, actual = format_type_distinctly(wanted, received[key], options=self.checker.options)
                why = ", because the step may be skipped" if self.step.is_handed_skipped(key) else ""
                why += vague.remedy(received[key], wanted)
                return self._refused(f'expects "{key}" to be {expected_type}, but it is {actual}{why}')
        return None

    def _shown_input(self) -> str:
        received = list(self.step.step_input.items())
        options = self.checker.options
        shown = ", ".join(f'"{key}": {format_type(value, options, verbosity=0)}' for key, value in received[:5])
        return f"a dict with {shown}" + (", ..." if len(received) > 5 else "")

    def _wrong_count(self, kinds: list[ArgKind]) -> Refused:
        count = _required(kinds)
        if any(kind == ARG_NAMED for kind in kinds):
            takes = "requires a keyword argument"
        elif count == 0 and not any(kind in {ARG_OPT, ARG_STAR} for kind in kinds):
            takes = "takes no parameter"
        else:
            takes = f"takes {count} parameters"
        what = "one item" if self.step.hands_item else "the step input"
        more = ", and may take a StepContext" if self.step.predicate is None else " alone"
        return self._refused(f"{takes}; it must take {what}{more}")


def _positional(handed_over: list[Type]) -> Parameters:
    return Parameters(handed_over, [ARG_POS] * len(handed_over), [None] * len(handed_over))


def _required(kinds: list[ArgKind]) -> int:
    return sum(kind == ARG_POS for kind in kinds)
