"""A run of a flow: ``flow.run(...)`` and the like, and ``trio.run(flow.run, ...)``.

trio declares that the arguments must fit the function; mypy then infers a dict literal on its own, as
``dict[str, str]``, which no TypedDict accepts. So the flow's input type is expected there, as in ``flow.run(...)``.
"""

from mypy.checker import TypeChecker
from mypy.nodes import ARG_POS, ARG_STAR, MemberExpr
from mypy.plugin import FunctionSigContext, MethodContext, MethodSigContext
from mypy.types import CallableType, FunctionLike, Instance, Type, get_proper_type

from typedflow_mypy.handlers import undeclared_reads
from typedflow_mypy.lib.checker import checker_of, type_of
from typedflow_mypy.model.flow_notes import FlowNotes
from typedflow_mypy.model.flow_type import as_flow, as_of_flow, called_on, check_read, known_steps
from typedflow_mypy.rules import not_storable, resources


def signature(ctx: MethodSigContext) -> FunctionLike:
    """Return what is declared, named as a method of `Flow`."""
    return as_of_flow(ctx.default_signature)


def result(ctx: MethodContext) -> Type:
    """Return what is declared; from now on, a step that the flow does not have is reported in terms of the flow."""
    flow = called_on(ctx)
    if flow is not None:
        _explain_outputs(checker_of(ctx), flow)
        resources.check_run(checker_of(ctx), flow, ctx.context)
        not_storable.check_run(checker_of(ctx), flow, ctx.context)
    return ctx.default_return_type


def result_of_start(ctx: MethodContext) -> Type:
    """Return what is declared, having noted in the type of the run which steps of the flow wait for a delivery."""
    declared, flow = get_proper_type(result(ctx)), as_flow(ctx.type)
    notes = None if flow is None else FlowNotes.noted_in(flow)
    handle = get_proper_type(declared.args[0]) if isinstance(declared, Instance) and declared.args else None
    if notes is None or not isinstance(declared, Instance) or not isinstance(handle, Instance):
        return declared
    return declared.copy_modified(args=[notes.put_in(checker_of(ctx), handle), *declared.args[1:]])


def trio_signature(ctx: FunctionSigContext | MethodSigContext) -> FunctionLike:
    """Let the arguments after ``flow.run`` be those of ``flow.run``."""
    declared = ctx.default_signature
    functions = [argument for formal in ctx.args[:1] for argument in formal]
    if declared.arg_kinds[:2] != [ARG_POS, ARG_STAR] or len(functions) != 1 or len(ctx.args[1]) != 1:
        return declared
    function = functions[0]
    if not isinstance(function, MemberExpr) or function.name != "run":
        return declared
    checker = checker_of(ctx)
    flow = as_flow(type_of(checker, function.expr))
    expected = get_proper_type(declared.arg_types[0])
    if flow is None or not isinstance(expected, CallableType):
        return declared
    check_read(checker, flow, function)
    _explain_outputs(checker, flow)
    resources.check_missing(checker, flow, function, "write partial(flow.run, ..., resources=...)")
    flow_input = flow.args[0]
    run = expected.copy_modified(arg_types=[flow_input], arg_kinds=[ARG_POS], arg_names=[None])
    return declared.copy_modified(
        arg_types=[run, flow_input, *declared.arg_types[2:]],
        arg_kinds=[ARG_POS, ARG_POS, *declared.arg_kinds[2:]],
        arg_names=[declared.arg_names[0], None, *declared.arg_names[2:]],
    )


def _explain_outputs(checker: TypeChecker, flow: Instance) -> None:
    if (steps := known_steps(flow)) is not None:
        undeclared_reads.explain_outputs(checker, flow, steps.items)
