"""A call of `Flow.retry`: a run of the flow, from some of its steps on."""

from collections.abc import Collection

from mypy.checker import TypeChecker
from mypy.nodes import Expression, ListExpr, StrExpr, TupleExpr
from mypy.plugin import MethodContext
from mypy.types import Instance, Type

from typedflow_mypy.calls import run
from typedflow_mypy.handlers import undeclared_reads
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import checker_of
from typedflow_mypy.lib.report import report
from typedflow_mypy.model.flow_type import as_flow, known_steps
from typedflow_mypy.model.step_call import Slug


def result(ctx: MethodContext) -> Type:
    """Return what is declared, as for a run; report the steps to begin again with that the flow does not have."""
    check_from_steps(ctx, as_flow(ctx.type))
    return run.result(ctx)


def check_from_steps(ctx: MethodContext, flow: Instance | None) -> None:
    """Report the steps to begin again with that a flow does not have."""
    steps = known_steps(flow)
    given = dict(zip(ctx.callee_arg_names, ctx.args, strict=True))
    if steps is not None:
        for slugs in given.get("from_steps", []):
            _check(checker_of(ctx), slugs, steps.items)


def _check(checker: TypeChecker, slugs: Expression, known: Collection[str]) -> None:
    if isinstance(slugs, StrExpr):
        message = f'The steps to begin again with must be a list; write from_steps=["{slugs.value}"]'
        report(checker, message, slugs, errorcodes.NOT_LITERAL)
    for place in slugs.items if isinstance(slugs, ListExpr | TupleExpr) else []:
        slug = Slug.at(checker, place).value
        if slug is not None and slug not in known:
            report(checker, undeclared_reads.describe_unknown_step(known, slug), place, errorcodes.UNKNOWN_STEP)
