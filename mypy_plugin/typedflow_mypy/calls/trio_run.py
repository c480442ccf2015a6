"""A flow's `run` handed to trio with its input: ``trio.run(flow.run, {"url": ...})``.

trio declares that the arguments fit the function; mypy then infers a dict display on its own, as ``dict[str, str]``,
which no TypedDict accepts. With the input type of the flow expected, it is checked as in a call of ``flow.run``.
"""

from mypy.nodes import ARG_POS, ARG_STAR, MemberExpr
from mypy.plugin import FunctionSigContext, MethodSigContext
from mypy.types import CallableType, FunctionLike, get_proper_type

from typedflow_mypy.handlers import undeclared_reads
from typedflow_mypy.lib.checker import checker_of, type_of
from typedflow_mypy.model.flow_type import as_flow, check_read, known_steps


def signature(ctx: FunctionSigContext | MethodSigContext) -> FunctionLike:
    """Let the arguments after ``flow.run`` be those of ``flow.run``."""
    declared = ctx.default_signature
    given = [argument for formal in ctx.args[:1] for argument in formal]
    if declared.arg_kinds[:2] != [ARG_POS, ARG_STAR] or len(given) != 1 or len(ctx.args[1]) != 1:
        return declared
    function = given[0]
    if not isinstance(function, MemberExpr) or function.name != "run":
        return declared
    checker = checker_of(ctx)
    flow = as_flow(type_of(checker, function.expr))
    expected = get_proper_type(declared.arg_types[0])
    if flow is None or not isinstance(expected, CallableType):
        return declared
    check_read(checker, flow, function)
    flow_input, steps = flow.args[0], known_steps(flow)
    if steps is not None:
        undeclared_reads.explain_outputs(checker, flow, steps.items)
    taken = expected.copy_modified(arg_types=[flow_input], arg_kinds=[ARG_POS], arg_names=[None])
    return declared.copy_modified(
        arg_types=[taken, flow_input, *declared.arg_types[2:]],
        arg_kinds=[ARG_POS, ARG_POS, *declared.arg_kinds[2:]],
        arg_names=[declared.arg_names[0], None, *declared.arg_names[2:]],
    )
