"""Which form a handler has, and whether that accepts the step input."""

from dataclasses import dataclass

from mypy.checker import TypeChecker
from mypy.messages import format_type
from mypy.nodes import ARG_NAMED, ARG_OPT, ARG_POS, ARG_STAR, ArgKind, Decorator, FuncDef, LambdaExpr, RefExpr, TypeInfo
from mypy.plugin import AnalyzeTypeContext
from mypy.subtypes import find_member, is_subtype
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    Overloaded,
    ProperType,
    Type,
    TypedDictType,
    TypeOfAny,
    UnboundType,
    get_proper_type,
)

from typedflow_mypy import fullnames
from typedflow_mypy.call import StepCall, quoted
from typedflow_mypy.typed_dict import typed_dict


def undecided(ctx: AnalyzeTypeContext) -> Type:  # noqa: ARG001  the answer is the same everywhere
    """What ``StepInput`` means until a flow says which step it is the input of."""
    return AnyType(TypeOfAny.special_form)


@dataclass(frozen=True)
class Problem:
    """A handler that cannot serve its step, and why."""

    message: str
    is_callable: bool = True


def inferring_function(checker: TypeChecker, call: StepCall) -> FuncDef | None:
    """Return the function of this module whose step input is to be inferred, if the handler is one."""
    if not isinstance(call.handler, RefExpr):
        return None
    function = call.handler.node
    if isinstance(function, Decorator):
        function = function.func
    # A function from another module may come from mypy's cache, with neither arguments nor a body.
    if not isinstance(function, FuncDef) or function.fullname.rpartition(".")[0] not in {"", checker.tree.fullname}:
        return None
    if function.is_generator or not function.arguments or function.arguments[0].kind != ARG_POS:
        return None
    written = function.unanalyzed_type
    if not isinstance(written, CallableType):
        return function
    first = get_proper_type(written.arg_types[0])
    if isinstance(first, UnboundType):
        return function if _is_step_input(checker, first) else None
    is_unannotated = isinstance(first, AnyType) and first.type_of_any == TypeOfAny.unannotated
    return function if is_unannotated else None


def given(checker: TypeChecker, call: StepCall) -> list[Type]:
    """What a step hands to its handler: the step input, and the context for a second parameter."""
    module, _, name = fullnames.STEP_CONTEXT.rpartition(".")
    context = checker.modules[module].names[name].node
    assert isinstance(context, TypeInfo)
    known = call.knows_input
    step_input = typed_dict(checker, call.step_input()) if known else AnyType(TypeOfAny.from_error)
    return [step_input, Instance(context, [call.flow_input])]


def accepted(checker: TypeChecker, call: StepCall) -> list[Type] | Problem | None:
    """Return the types that the handler's parameters must accept, or None if it is known to accept its input.

    A lambda's parameters get their types from this; a function that takes a `StepInput` is checked by its body, and
    what it declares for the context is compared here; any other callable is compared here in words of the flow.
    """
    step_input, context = given(checker, call)
    if isinstance(call.handler, LambdaExpr):
        kinds = call.handler.arg_kinds
        count = _required(kinds) or int(ARG_OPT in kinds or ARG_STAR in kinds)
        return [step_input, context][:count] if count in {1, 2} else _wrong_count(call, kinds)
    if isinstance(call.handler, RefExpr) and isinstance(call.handler.node, FuncDef) and call.handler.node.is_generator:
        return Problem(f"The handler of {call.name} is a generator, which has no one output; return a list instead")
    with checker.msg.filter_errors():
        declared = _callable(get_proper_type(checker.get_expression_type(call.handler)))
    if isinstance(declared, AnyType | Overloaded):
        return [step_input]
    if not isinstance(declared, CallableType):
        shown = format_type(declared, checker.options)
        return Problem(f"The handler of {call.name} is not callable: {shown}", is_callable=False)
    count = _required(declared.arg_kinds)
    if declared.variables:
        return [step_input, context][: max(count, 1)]
    return _compared(checker, call, declared, [step_input, context][:count])


def _compared(checker: TypeChecker, call: StepCall, declared: CallableType, given: list[Type]) -> Problem | None:
    """Compare what a callable declares with what its step hands over."""
    if declared.is_ellipsis_args:
        return None
    first = declared.argument_by_position(0)
    keyword_needed = any(kind == ARG_NAMED for kind in declared.arg_kinds)
    if first is None or keyword_needed or _required(declared.arg_kinds) > 2:
        return _wrong_count(call, declared.arg_kinds)
    if call.knows_input and inferring_function(checker, call) is None:
        first_type = get_proper_type(first.typ)
        if isinstance(first_type, AnyType) and first_type.type_of_any == TypeOfAny.special_form:
            return Problem(
                f"The handler of {call.name} takes a StepInput, but its body is not here to be checked; "
                "annotate its parameter with a TypedDict of the keys that it reads"
            )
        if problem := _incompatible(checker, call, first_type):
            return problem
    second = declared.argument_by_position(1)
    if len(given) > 1 and second is not None and not is_subtype(given[1], second.typ):
        return Problem(
            f"The handler of {call.name} takes {format_type(second.typ, checker.options)} as its second "
            f"parameter; a step hands over {format_type(given[1], checker.options)}"
        )
    return None


def _incompatible(checker: TypeChecker, call: StepCall, expected: ProperType) -> Problem | None:
    """Why a parameter of this type does not accept the step input; every task has a dict of its own to change."""
    items = call.step_input()
    if not isinstance(expected, TypedDictType):
        step_input = typed_dict(checker, items)
        if is_subtype(step_input, expected):
            return None
        shown = format_type(expected, checker.options)
        return Problem(f"The handler of {call.name} takes {shown}, but its input is a dict with {quoted(list(items))}")
    for key, wanted in expected.items.items():
        if key not in items:
            if key in expected.required_keys and call.steps is not None:
                return Problem(f'The handler of {call.name} needs "{key}", {call.why_undeclared(key, "the step")}')
        elif not is_subtype(items[key], wanted):
            return Problem(
                f'The handler of {call.name} expects "{key}" to be '
                f"{format_type(wanted, checker.options)}, but it is {format_type(items[key], checker.options)}"
            )
    return None


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
    return Problem(f"The handler of {call.name} {takes}; it must take the step input, and may take a StepContext")


def _callable(handler: ProperType) -> ProperType:
    if isinstance(handler, Instance):
        called = find_member("__call__", handler, handler)
        return get_proper_type(called) if called is not None else handler
    return handler


def _is_step_input(checker: TypeChecker, written: UnboundType) -> bool:
    try:
        return checker.lookup_qualified(written.name).fullname == fullnames.STEP_INPUT
    except KeyError:  # a name of an enclosing function, which the checker cannot look up any more
        return written.name.rpartition(".")[2] == "StepInput"
