"""Whether a run is given the resources that its flow declares."""

from typing import Final

from mypy.checker import TypeChecker
from mypy.messages import format_type
from mypy.nodes import ARG_STAR2, CallExpr, Context, Expression, TypeInfo
from mypy.subtypes import is_subtype
from mypy.types import (
    AnyType,
    CallableType,
    FunctionLike,
    Instance,
    NoneType,
    Type,
    TypeOfAny,
    UnionType,
    get_proper_type,
)

from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import UNKNOWN, type_of
from typedflow_mypy.lib.report import report
from typedflow_mypy.model.flow_notes import FlowNotes
from typedflow_mypy.model.resources import resources_of
from typedflow_mypy.source import input_type
from typedflow_mypy.source.step_options import options_of

_MANAGERS: Final = ("AbstractAsyncContextManager", "AbstractContextManager")


def declared_resources(checker: TypeChecker, call: Context, flow: str) -> Type | None:
    """Return the type that a flow declares as its resources, having reported what is not a type; None if unknown."""
    expression = _given(call)
    if expression is None:
        return NoneType() if options_of(checker, call) is not None else None
    declared = input_type.written_type(checker, expression)
    if declared is not None:
        return declared
    seen = type_of(checker, expression)
    if isinstance(seen, FunctionLike) or input_type.value(checker, expression) is not None:
        shown = format_type(seen, checker.options)
        message = f"The resources of {flow} must be a class, and this is a value of type {shown}"
        report(checker, message, expression, errorcodes.RESOURCES)
    return AnyType(TypeOfAny.from_error)


def check_run(checker: TypeChecker, flow: Instance, call: Context) -> None:
    """Report a run without the resources that its flow declares, and one with others."""
    if (given := _given(call)) is not None:
        check_given(checker, flow, given)
    elif isinstance(call, CallExpr) and ARG_STAR2 not in call.arg_kinds:
        check_missing(checker, flow, call, "pass resources=...")


def _given(call: Context) -> Expression | None:
    given = zip(call.arg_names, call.args, strict=True) if isinstance(call, CallExpr) else ()
    return next((value for name, value in given if name == "resources"), None)


def check_handed(checker: TypeChecker, flow: Instance, call: Context) -> None:
    """Report resources that are handed to one step, if its flow declares others."""
    if (given := _given(call)) is not None:
        check_given(checker, flow, given)


def check_missing(checker: TypeChecker, flow: Instance, place: Context, advice: str) -> None:
    """Report that a run is given no resources, if its flow declares some."""
    declared = resources_of(flow)
    if declared is not None and not isinstance(get_proper_type(declared), NoneType | AnyType):
        needs = f"{_name(flow)} needs resources of type {format_type(declared, checker.options)}"
        report(checker, f"{needs}; {advice}", place, errorcodes.RESOURCES)


def check_given(checker: TypeChecker, flow: Instance, given: Expression) -> None:
    """Report resources that are not what the flow declares."""
    declared = resources_of(flow)
    if declared is None:
        return
    if isinstance(get_proper_type(declared), NoneType):
        if not isinstance(type_of(checker, given), NoneType | AnyType):
            message = f"{_name(flow)} declares no resources; declare their class, Flow(..., resources=...)"
            report(checker, message, given, errorcodes.RESOURCES)
        return
    accepted = _accepted(checker, declared)
    with checker.msg.filter_errors():
        actual = checker.expr_checker.accept(given, type_context=accepted)
    if not is_subtype(actual, accepted, options=checker.options):
        shown = format_type(actual, checker.options)
        wanted = format_type(declared, checker.options)
        message = (
            f"{_name(flow)} takes resources of type {wanted}, or a context manager or a function that gives them, "
            f"not {shown}"
        )
        report(checker, message, given, errorcodes.RESOURCES)


def _accepted(checker: TypeChecker, declared: Type) -> Type:
    """The type of what a run may be given as its resources."""
    names = checker.modules["contextlib"].names if "contextlib" in checker.modules else {}
    found = [names[name].node for name in _MANAGERS if name in names]
    managers = [
        Instance(info, [declared, UNKNOWN, UNKNOWN][: len(info.defn.type_vars)])
        for info in found
        if isinstance(info, TypeInfo)
    ]
    given = UnionType.make_union([declared, *managers])
    awaitable = checker.named_generic_type("typing.Awaitable", [given])
    fallback = checker.named_generic_type("builtins.function", [])
    function = CallableType([], [], [], UnionType.make_union([given, awaitable]), fallback)
    return UnionType.make_union([given, function])


def _name(flow: Instance) -> str:
    slug = FlowNotes.of(flow).slug
    return "This flow" if slug is None else f'Flow "{slug}"'
