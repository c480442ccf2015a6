"""A run that trio calls: ``trio.run(flow.run, ...)``, ``trio.run(engine.run, flow, ...)``, and those of a nursery.

trio declares that the arguments must fit the function; mypy then infers a dict literal on its own, as
``dict[str, str]``, which no TypedDict accepts. So the flow's input type is expected there, as in ``flow.run(...)``.
"""

from collections.abc import Sequence

from mypy.checker import TypeChecker
from mypy.nodes import ARG_POS, ARG_STAR, Context, Expression, MemberExpr
from mypy.plugin import FunctionSigContext, MethodSigContext
from mypy.types import CallableType, FunctionLike, Type, get_proper_type

from typedflow_mypy.calls import engine, run
from typedflow_mypy.lib.checker import checker_of, type_of
from typedflow_mypy.model.flow_type import as_flow, check_read
from typedflow_mypy.rules import resources


def signature(ctx: FunctionSigContext | MethodSigContext) -> FunctionLike:
    """Let the arguments after ``flow.run`` or ``engine.run`` be those of that method."""
    declared, checker = ctx.default_signature, checker_of(ctx)
    functions = [argument for formal in ctx.args[:1] for argument in formal]
    if declared.arg_kinds[:2] != [ARG_POS, ARG_STAR] or len(functions) != 1:
        return declared
    expected = get_proper_type(declared.arg_types[0])
    taken = _taken(checker, functions[0], ctx.args[1], ctx.context)
    if not taken or not isinstance(expected, CallableType):
        return declared
    kinds, names = [ARG_POS for _ in taken], [None for _ in taken]
    called = expected.copy_modified(arg_types=taken, arg_kinds=kinds, arg_names=names)
    return declared.copy_modified(
        arg_types=[called, *taken, *declared.arg_types[2:]],
        arg_kinds=[ARG_POS, *kinds, *declared.arg_kinds[2:]],
        arg_names=[declared.arg_names[0], *names, *declared.arg_names[2:]],
    )


def _taken(checker: TypeChecker, function: Expression, given: list[Expression], call: Context) -> Sequence[Type]:
    """The types of what the method takes, having reported what is wrong with the flow; none if it runs no flow."""
    if not isinstance(function, MemberExpr) or function.name != "run":
        return ()
    if engine.is_of_engine(checker, function):
        flows = engine.flows_of(type_of(checker, given[0])) if len(given) == 2 else []
        for each in flows:
            check_read(checker, each, function)
        engine.check(checker, flows, call)
        return engine.taken_by_run(flows) if flows else ()
    flow = as_flow(type_of(checker, function.expr)) if len(given) == 1 else None
    if flow is None:
        return ()
    check_read(checker, flow, function)
    run.explain_outputs(checker, flow)
    resources.check_missing(checker, flow, function, "write partial(flow.run, ..., resources=...)")
    return (flow.args[0],)
