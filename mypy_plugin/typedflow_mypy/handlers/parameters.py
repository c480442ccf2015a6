"""A parameter that has no annotation, or ``StepInput``, and is assigned again in the body: ``item = str(item)``.

Its type is inferred, so it may be another one after the assignment. mypy takes what a function is checked with for what
is declared, and refuses a value of another type. So such a parameter is declared as an object, too, and the body begins
with an assignment of what the step hands over, after which mypy narrows the parameter from assignment to assignment.
What the step hands over stays a part of the declared type, for ``inputs = {**inputs}`` to be inferred as what it was.
mypy must check the function in the same way when it checks it by itself, so it finds the parameter undecided then.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from mypy.checker import TypeChecker, find_last_var_assignment_line
from mypy.nodes import LDEF, Argument, AssignmentStmt, FuncDef, NameExpr, Statement, Var
from mypy.types import CallableType, Type, UnionType

from typedflow_mypy.lib.checker import object_type
from typedflow_mypy.model.step_input import is_undecided, lacks_annotation, mentions_step_input


@contextmanager
def assigned_again(checker: TypeChecker, function: FuncDef, signature: CallableType) -> Iterator[CallableType]:
    """Yield the type to check a function with, whose parameters keep these types until they are assigned again."""
    types, first, variables = list(signature.arg_types), list[Statement](), list[Var]()
    for index, (argument, taken) in enumerate(zip(function.arguments, signature.arg_types, strict=True)):
        is_inferred = lacks_annotation(function, index) or mentions_step_input(taken)
        if is_inferred and not is_undecided(taken) and _is_assigned(function, argument):
            types[index] = UnionType([taken, object_type(checker)])
            first.append(_assignment(checker, argument.variable, taken))
            variables.append(argument.variable)
    statements = function.body.body
    statements[:0] = first
    for variable in variables:
        variable.is_inferred = True  # so that it may become Any, too
    try:
        yield signature.copy_modified(arg_types=types)
    finally:
        del statements[: len(first)]
        for variable in variables:
            variable.is_inferred = False


def are_assigned_again(function: FuncDef) -> bool:
    """Whether any parameter of a function is assigned again in its body."""
    return any(_is_assigned(function, argument) for argument in function.arguments)


def _is_assigned(function: FuncDef, argument: Argument) -> bool:
    return find_last_var_assignment_line(function.body, argument.variable) > 0


def _assignment(checker: TypeChecker, variable: Var, value: Type) -> Statement:
    name = NameExpr(variable.name)
    name.node, name.kind = variable, LDEF
    assignment = AssignmentStmt([name], checker.temp_node(value, variable))
    for part in (assignment, name):
        part.set_line(variable)
    return assignment
