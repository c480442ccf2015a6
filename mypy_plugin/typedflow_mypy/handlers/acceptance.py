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
    RefExpr,
    TypeInfo,
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
from typedflow_mypy.lib.typed_dict import step_input, typed_dict
from typedflow_mypy.model.step_call import Slug, StepCall
from typedflow_mypy.model.step_input import decided, is_undecided
from typedflow_mypy.outputs import items
from typedflow_mypy.source.handler import Handler

_DICTS: Final = {"builtins.dict", "typing.Mapping", "typing.MutableMapping"}


@dataclass(frozen=True)
class Problem:
    """Why a handler cannot serve its step."""

    message: str


@dataclass(frozen=True)
class Accepted:
    """How a handler takes what its step hands over.

    Attributes:
        parameters: What its parameters are given, where its type is to be inferred from that; else None.
        signature: How it is called; None if that is not known before its type is inferred.
    """

    parameters: Parameters | None
    signature: CallableType | None = None


def given(checker: TypeChecker, call: StepCall) -> list[Type]:
    """What a step hands to its handler: the step input, or an item, and the context for a second parameter."""
    if call.over is not None:
        first = items.item(call)
    else:
        known = call.knows_input
        first = step_input(checker, call.step_input) if known else ERRONEOUS
    return [first, _context(checker, call)]


def _context(checker: TypeChecker, call: StepCall) -> Type:
    module, _, name = fullnames.STEP_CONTEXT.rpartition(".")
    # The daemon forgets a module that nothing imports, and may come back to it later than to who needs it.
    context = checker.modules[module].names[name].node if module in checker.modules else None
    return Instance(context, [call.flow_input]) if isinstance(context, TypeInfo) else UNKNOWN


def accepts(checker: TypeChecker, call: StepCall, handler: Handler) -> Accepted | Problem:
    """Tell how a handler accepts what its step hands over, or why it does not.

    A lambda's parameters get their types from this; a body that is checked with the step input is compared only in
    what it declares for the context; any other callable is compared here in words of the flow.
    """
    both = given(checker, call)
    if handler.function is not None and handler.function.is_generator:
        return Problem(f"The handler of {call.name} is a generator, which has no one output; return a list instead")
    if isinstance(handler.expression, LambdaExpr):
        return _lambda(checker, call, handler.expression, both)
    return _getter(checker, call, handler.expression) or _of_type(checker, call, handler)


def _of_type(checker: TypeChecker, call: StepCall, handler: Handler) -> Accepted | Problem:
    if isinstance(handler.type, AnyType):
        return Accepted(_positional(given(checker, call)[:1]))
    if isinstance(handler.type, Overloaded):
        return _first_accepting(checker, call, handler, handler.type)
    if isinstance(handler.type, CallableType):
        return _compared(checker, call, handler, handler.type)
    if isinstance(handler.type, Instance) and handler.type.type.fullname == fullnames.LRU_CACHE:
        why = "is cached by its arguments, and a step input cannot be hashed; cache a function that it calls"
    else:
        why = f"is not callable: {format_type(handler.type, checker.options)}"
    return Problem(f"The handler of {call.name} {why}")


def _lambda(checker: TypeChecker, call: StepCall, handler: LambdaExpr, both: list[Type]) -> Accepted | Problem:
    """A lambda takes the types of its first parameters from its step; the others have defaults."""
    kinds = handler.arg_kinds
    count = _required(kinds) or int(ARG_OPT in kinds or ARG_STAR in kinds)
    if count not in {1, 2} or ARG_NAMED in kinds:
        return _wrong_count(call, kinds)
    defaults = [
        UNKNOWN if argument.initializer is None else _plain_type(checker, argument.initializer)
        for argument in handler.arguments[count:]
    ]
    return Accepted(Parameters([*both[:count], *defaults], kinds, handler.arg_names))


def _getter(checker: TypeChecker, call: StepCall, handler: Expression) -> Accepted | Problem | None:
    """Compare the keys of an ``operator.itemgetter``; None of any other handler."""
    if not isinstance(handler, CallExpr) or not isinstance(handler.callee, RefExpr):
        return None
    keys = [Slug.at(checker, each).value for each in handler.args]
    if handler.callee.fullname != fullnames.ITEMGETTER or not call.knows_input or None in keys:
        return None
    anything = object_type(checker)
    wanted = {key: anything for key in keys if key is not None}
    handed = call.step_input if call.over is None else items.keys(call)
    if call.over is not None and not handed:
        return None
    if problem := _without_key(checker, call, typed_dict(checker, wanted)):
        return problem
    values = [handed.get(key, ERRONEOUS) for key in wanted]
    got = values[0] if len(values) == 1 else TupleType(values, checker.named_generic_type("builtins.tuple", [anything]))
    return Accepted(None, CallableType([], [], [], got, checker.named_generic_type("builtins.function", [])))


def _plain_type(checker: TypeChecker, expression: Expression) -> Type:
    return remove_instance_last_known_values(type_of(checker, expression))


def _positional(handed: list[Type]) -> Parameters:
    return Parameters(handed, [ARG_POS] * len(handed), [None] * len(handed))


def _first_accepting(
    checker: TypeChecker, call: StepCall, handler: Handler, overloaded: Overloaded
) -> Accepted | Problem:
    problems: list[Problem] = []
    for item in overloaded.items:
        found = _compared(checker, call, handler, item)
        if isinstance(found, Accepted):
            return found
        problems.append(found)
    return Problem(f"{problems[-1].message} (so says the last of its {len(problems)} overloads; no other fits)")


def _compared(checker: TypeChecker, call: StepCall, handler: Handler, declared: CallableType) -> Accepted | Problem:
    """Compare what a callable declares with what its step hands over."""
    if declared.is_ellipsis_args:
        return Accepted(None, declared)
    first = declared.argument_by_position(0)
    count = _required(declared.arg_kinds)
    if first is None or count > 2 or any(kind == ARG_NAMED for kind in declared.arg_kinds):
        return _wrong_count(call, declared.arg_kinds)
    handed = given(checker, call)[: max(count, 1)]
    if declared.variables and handler.body is None:
        return _unified(checker, call, declared, handed)
    if call.knows_input and (problem := _input_problem(checker, call, handler, first.typ)):
        return problem
    second = declared.argument_by_position(1)
    if count == 2 and second is not None and not is_subtype(handed[1], second.typ):
        return Problem(
            f"The handler of {call.name} takes {format_type(second.typ, checker.options)} as its second "
            f"parameter; a step hands over {format_type(handed[1], checker.options)}"
        )
    return Accepted(None, declared)


def _unified(checker: TypeChecker, call: StepCall, declared: CallableType, handed: list[Type]) -> Accepted | Problem:
    """Solve a generic callable's variables with what is handed over."""
    if not call.knows_input:
        return Accepted(_positional(handed))
    positional = _positional(handed)
    wanted = declared.copy_modified(
        arg_types=handed,
        arg_kinds=positional.arg_kinds,
        arg_names=positional.arg_names,
        variables=[],
        ret_type=UNKNOWN,
        unpack_kwargs=False,
    )
    solved = unify_generic_callable(declared.with_unpacked_kwargs(), wanted.with_unpacked_kwargs(), ignore_return=True)
    problem = _incompatible(checker, call, get_proper_type((declared if solved is None else solved).arg_types[0]))
    return problem or Accepted(_positional(handed))


def _input_problem(checker: TypeChecker, call: StepCall, handler: Handler, declared: Type) -> Problem | None:
    if call.over is not None:
        return _problem(call, items.problem(checker, call, handler, declared))
    if handler.body is not None and handler.body.leaves_open(checker, declared):
        return None
    expected = get_proper_type(declared)
    if handler.body is not None:
        handed = step_input(checker, call.step_input)
        return _incompatible(checker, call, get_proper_type(decided(expected, handed)))
    unsaid = {TypeOfAny.special_form, TypeOfAny.unannotated, TypeOfAny.implementation_artifact}
    if is_undecided(declared) or (isinstance(expected, AnyType) and expected.type_of_any in unsaid):
        return Problem(
            f"The handler of {call.name} does not say what it reads, and its body is not here to be checked; "
            "annotate its parameter with a TypedDict of the keys that it reads"
        )
    return _incompatible(checker, call, expected)


def _incompatible(checker: TypeChecker, call: StepCall, expected: ProperType) -> Problem | None:
    """Why a parameter of this type does not accept the step input; every task has a dict of its own to change."""
    if call.over is not None:
        return _problem(call, items.incompatible(checker, call, expected))
    if isinstance(expected, TypedDictType):
        return _without_key(checker, call, expected)
    if isinstance(expected, UnionType):
        problems = [_incompatible(checker, call, get_proper_type(item)) for item in expected.items]
        if None in problems:
            return None
    given = call.step_input
    if isinstance(expected, Instance) and expected.type.fullname in _DICTS:
        key, value = expected.args
        if is_subtype(checker.named_type("builtins.str"), key) and all(is_subtype(i, value) for i in given.values()):
            return None
    elif is_subtype(step_input(checker, given), expected):
        return None
    shown = format_type(expected, checker.options)
    return Problem(f"The handler of {call.name} takes {shown}, but its input is {_shown(checker, call)}")


def _without_key(checker: TypeChecker, call: StepCall, expected: TypedDictType) -> Problem | None:
    if call.over is not None:
        missing = next((key for key in expected.items if key not in items.keys(call)), None)
        return _problem(call, None if missing is None else f'reads "{missing}", {items.why_lacking(call, missing)}')
    given = call.step_input
    for key, wanted in expected.items.items():
        if key not in given:
            why = call.why_undeclared(key, "the step")
            if key in expected.required_keys and call.steps is not None:
                return Problem(f'The handler of {call.name} needs "{key}", {why}')
            if call.is_step(key):  # any other optional key is one that is never there
                return Problem(f'The handler of {call.name} may read "{key}", {why}')
        elif not is_subtype(given[key], wanted):
            expected_type, actual = format_type_distinctly(wanted, given[key], options=checker.options)
            why = ", as the step may be skipped" if call.is_handed_skipped(key) else ""
            return Problem(f'The handler of {call.name} expects "{key}" to be {expected_type}, but it is {actual}{why}')
    return None


def _problem(call: StepCall, why: str | None) -> Problem | None:
    return None if why is None else Problem(f"The handler of {call.name} {why}")


def _shown(checker: TypeChecker, call: StepCall) -> str:
    items = list(call.step_input.items())
    shown = ", ".join(f'"{key}": {format_type(item, checker.options, verbosity=0)}' for key, item in items[:5])
    return f"a dict with {shown}" + (", ..." if len(items) > 5 else "")


def _required(kinds: list[ArgKind]) -> int:
    return sum(kind == ARG_POS for kind in kinds)


def _wrong_count(call: StepCall, kinds: list[ArgKind]) -> Problem:
    count = _required(kinds)
    if any(kind == ARG_NAMED for kind in kinds):
        takes = "requires a keyword argument"
    elif count == 0 and not any(kind in {ARG_OPT, ARG_STAR} for kind in kinds):
        takes = "takes no parameter"
    else:
        takes = f"takes {count} parameters"
    what = "the step input" if call.over is None else "one item"
    return Problem(f"The handler of {call.name} {takes}; it must take {what}, and may take a StepContext")
