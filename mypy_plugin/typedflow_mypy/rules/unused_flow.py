"""A flow that is not used: a call that returns a new flow, as a statement of its own."""

from collections.abc import Iterator

from mypy.checker import TypeChecker
from mypy.nodes import CallExpr, Context, Expression, ExpressionStmt, MemberExpr, NameExpr, Statement

from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.report import report
from typedflow_mypy.source.assignments import blocks
from typedflow_mypy.state import State


def check_used(checker: TypeChecker, call: Context) -> None:
    """Report a call of `Flow.step`, `Flow.map` or `Flow.replace` whose result a statement throws away."""
    state = State.of(checker)
    if state.unused is None:
        state.unused = set(_expressions(state.statements))
    if call not in state.unused:
        return
    assert isinstance(call, CallExpr)
    methods, flow = _chain(call)
    report(
        checker,
        f".{methods[-1]}() does not change {flow or 'a flow'}, and the new flow that it returns is not used; "
        + (f"write {flow} = {flow}.{methods[0]}(...)" if flow is not None else "keep it in a variable"),
        call,
        errorcodes.UNUSED_FLOW,
    )


def _expressions(statements: list[Statement]) -> Iterator[Context]:
    """Find the statements that are an expression, among some statements and deeper within them."""
    for statement in statements:
        if isinstance(statement, ExpressionStmt):
            yield statement.expr
        for block in blocks(statement):
            yield from _expressions(block.body)


def _chain(call: Expression) -> tuple[list[str], str | None]:
    """The methods of a chain of calls, and the variable that it begins with."""
    methods: list[str] = []
    while isinstance(call, CallExpr) and isinstance(call.callee, MemberExpr):
        methods.insert(0, call.callee.name)
        call = call.callee.expr
    names: list[str] = []
    while isinstance(call, MemberExpr):
        names.insert(0, call.name)
        call = call.expr
    return methods, ".".join([call.name, *names]) if isinstance(call, NameExpr) else None
