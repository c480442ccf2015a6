"""Methods of `PgflowEngine` that are given a flow: ``engine.run(flow, {...})`` is checked as ``flow.run({...})`` is.

mypy infers the type of a dict literal before it knows the flow's input type, and as ``dict[str, str]`` it is that of no
TypedDict. So the signature says which flow it is, also that of ``partial(engine.run, flow, {...}, run_id="a")``.
"""

from functools import reduce

from mypy.checker import TypeChecker
from mypy.expandtype import expand_type
from mypy.meet import meet_types
from mypy.nodes import Context, Expression, MemberExpr
from mypy.plugin import FunctionContext, MethodContext, MethodSigContext
from mypy.plugins.functools import partial_new_callback
from mypy.typeops import make_simplified_union
from mypy.types import CallableType, FunctionLike, Instance, Type, TypeVarType, UnionType, get_proper_type

from typedflow_mypy.calls import deliver, retry, run
from typedflow_mypy.lib import fullnames
from typedflow_mypy.lib.checker import UNKNOWN, checker_of, type_of
from typedflow_mypy.model.flow_type import as_flow, check_read
from typedflow_mypy.rules import not_storable


def signature(ctx: MethodSigContext) -> FunctionLike:
    """Return what is declared, for the input and the steps of the flow that is given."""
    return _for_flows(ctx.default_signature, _read(ctx))


def signature_of_deliver(ctx: MethodSigContext) -> FunctionLike:
    """Take what the wait step of the flow waits for."""
    return deliver.of_flow(ctx, _only(_read(ctx)))


def result(ctx: MethodContext) -> Type:
    """Return what is declared, having reported what of the flow can never be stored."""
    check(checker_of(ctx), _given(ctx), ctx.context)
    return ctx.default_return_type


def result_of_start(ctx: MethodContext) -> Type:
    """Return what is declared, with a handle that knows the wait steps of the flow."""
    return run.noted_in_handle(checker_of(ctx), result(ctx), _only(_given(ctx)))


def result_of_retry(ctx: MethodContext) -> Type:
    """Return what is declared; report the steps to begin again with that the flow does not have."""
    retry.check_from_steps(ctx, _only(_given(ctx)))
    return result(ctx)


def result_of_partial(ctx: FunctionContext) -> Type:
    """Return what mypy's own plugin does; if a method of an engine is called with a flow, with its types."""
    flows = flows_of(ctx.arg_types[1][0]) if ctx.arg_types[1:] and ctx.arg_types[1] else []
    method = get_proper_type(ctx.arg_types[0][0]) if flows and is_of_engine(checker_of(ctx), ctx.args[0][0]) else None
    if isinstance(method, CallableType) and _takes_flow(method):
        check(checker_of(ctx), flows, ctx.context)
        ctx = ctx._replace(arg_types=[[_for_flows(method, flows)], *ctx.arg_types[1:]])
    return partial_new_callback(ctx)


def is_of_engine(checker: TypeChecker, function: Expression) -> bool:
    """Whether a function is a method of an engine."""
    owner = type_of(checker, function.expr) if isinstance(function, MemberExpr) else None
    return isinstance(owner, Instance) and owner.type.has_base(fullnames.PGFLOW_ENGINE)


def flows_of(given: Type) -> list[Instance]:
    """Return the flows that a value of this type may be; none if it may be something else."""
    proper = get_proper_type(given)
    found = [as_flow(item) for item in (proper.items if isinstance(proper, UnionType) else [proper])]
    flows = [flow for flow in found if flow is not None]
    return flows if len(flows) == len(found) else []


def taken_by_run(flows: list[Instance]) -> tuple[Type, Type]:
    """Return the types of a flow that may be any of these, and of what each of them takes."""
    return UnionType.make_union(flows), reduce(meet_types, [flow.args[0] for flow in flows])


def check(checker: TypeChecker, flows: list[Instance], place: Context) -> None:
    """Report what of flows can never be stored, as an engine stores it; explain what is read of their outputs."""
    for flow in flows:
        run.explain_outputs(checker, flow)
        not_storable.check_storable(checker, flow, place)


def _for_flows(declared: FunctionLike, flows: list[Instance]) -> CallableType:
    """The signature of a method that is given one of these flows, or something else."""
    assert isinstance(declared, CallableType)
    formal = get_proper_type(declared.arg_types[0])
    assert isinstance(formal, Instance)
    given, flow_input = taken_by_run(flows or [formal.copy_modified(args=[UNKNOWN, UNKNOWN])])
    outputs = make_simplified_union([flow.args[1] for flow in flows]) if flows else UNKNOWN
    variables = zip(formal.args, (flow_input, outputs), strict=True)
    expanded = expand_type(declared, {each.id: known for each, known in variables if isinstance(each, TypeVarType)})
    return expanded.copy_modified(variables=[], arg_types=[given, *expanded.arg_types[1:]])


def _takes_flow(method: CallableType) -> bool:
    return bool(method.arg_types) and as_flow(method.arg_types[0]) is not None


def _read(ctx: MethodSigContext) -> list[Instance]:
    """The flows that a method is called with, having reported one with a step that the plugin did not see."""
    checker = checker_of(ctx)
    flows = [flow for given in ctx.args[0] for flow in flows_of(type_of(checker, given))]
    for flow in flows:
        check_read(checker, flow, ctx.context)
    return flows


def _given(ctx: MethodContext) -> list[Instance]:
    """The flows that a method was called with."""
    return [flow for given in ctx.arg_types[0] for flow in flows_of(given)]


def _only(flows: list[Instance]) -> Instance | None:
    return flows[0] if len(flows) == 1 else None
