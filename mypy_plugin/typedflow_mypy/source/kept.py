"""What an object keeps that takes the step input, such as the handler that it calls again after a failure."""

from collections.abc import Iterator

from mypy.checker import TypeChecker
from mypy.nodes import CallExpr, Decorator, Expression, FuncDef, MemberExpr, NameExpr, Var

from typedflow_mypy.source import assignments
from typedflow_mypy.source.construction import arguments_for, constructions, names_used
from typedflow_mypy.source.origin import Origin, node_of, taking_step_input
from typedflow_mypy.state import State, entering


def kept_by(checker: TypeChecker, expression: Expression) -> Iterator[tuple[Expression, list[Origin]]]:
    """Find what an object was made with, takes the step input, and is used where the object or its method is called."""
    made, method = expression, "__call__"
    if isinstance(expression, MemberExpr):
        if not isinstance(node_of(checker, expression), FuncDef | Decorator):
            return
        made, method = expression.expr, expression.name
    variable = made.node if isinstance(made, NameExpr) else None
    with entering(State.of(checker).keeping, variable if isinstance(variable, Var) else made) as is_new:
        if is_new:
            yield from _kept(checker, made, method)


def _kept(checker: TypeChecker, made: Expression, method: str) -> Iterator[tuple[Expression, list[Origin]]]:
    found = list(constructions(checker, made))
    for call, of in found:
        arguments = arguments_for(checker, call, of, names_used(checker, of.type_object(), method))
        yield from taking_step_input(checker, arguments)
        for argument in arguments:
            yield from kept_by(checker, argument)
    values = assignments.values(checker, made.node) if isinstance(made, NameExpr) and isinstance(made.node, Var) else []
    for value in [] if found else [made, *values]:
        for argument in value.args if isinstance(value, CallExpr) else ():  # of a function that wraps the object
            yield from kept_by(checker, argument)
