"""A flow that is not used: a call that returns a new flow, as a statement of its own."""

from mypy.checker import TypeChecker
from mypy.nodes import CallExpr, Context, Expression, ExpressionStmt, MemberExpr, NameExpr

from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.report import report
from typedflow_mypy.source.assignments import statements_within
from typedflow_mypy.state import State


def check_used(checker: TypeChecker, call: Context) -> None:
    """Report a call of a method that returns a new flow, such as `Flow.step`, whose result a statement throws away."""
    state = State.of(checker)
    if state.unused is None:
        statements = statements_within(state.statements)
        state.unused = {statement.expr for statement in statements if isinstance(statement, ExpressionStmt)}
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
