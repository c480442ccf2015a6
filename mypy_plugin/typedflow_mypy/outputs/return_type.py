"""What a handler returns: the type of a step's output."""

from mypy.checker import TypeChecker
from mypy.erasetype import erase_typevars
from mypy.nodes import FuncDef, LambdaExpr, ReturnStmt
from mypy.server.subexpr import get_subexpressions
from mypy.traverser import all_return_statements
from mypy.types import AnyType, CallableType, NoneType, Type, UninhabitedType, get_proper_type

from typedflow_mypy.lib.checker import ERRONEOUS
from typedflow_mypy.model.handler import Handler
from typedflow_mypy.outputs.awaited import awaited
from typedflow_mypy.outputs.inference import Inference
from typedflow_mypy.outputs.shapes import either


def declared_return(signature: CallableType) -> Type:
    """Return what a callable says that it returns; a type variable that a step input does not solve is anything.

    As it is, it would get another identity each time, and the daemon would find each time that the flow has changed.
    """
    if not signature.variables:
        return signature.ret_type
    return erase_typevars(signature.ret_type, {variable.id for variable in signature.variables})


def output_of_refused(handler: Handler) -> Type:
    """Return the output that a handler declares although it cannot serve its step, so that dependents are checked.

    ``typedflow stubs`` writes it too. If the handler declares nothing, the output is an error that has been reported.
    """
    if isinstance(handler.type, CallableType) and not (handler.function is not None and handler.function.is_generator):
        output = awaited(declared_return(handler.type))
        if not isinstance(get_proper_type(output), AnyType):
            return output
    return ERRONEOUS


def return_statements(function: FuncDef) -> list[ReturnStmt]:
    """Return the statements by which a function returns; to mypy, a lambda within it consists of one as well."""
    inner = {id(part.body.body[0]) for part in get_subexpressions(function) if isinstance(part, LambdaExpr)}
    return [statement for statement in all_return_statements(function) if id(statement) not in inner]


def inferred_return(checker: TypeChecker, function: FuncDef, *, falls_off: bool) -> Type:
    """Return the type that the checked body of a function returns, where the function does not say."""
    inference = Inference(checker, function)
    returned: list[Type] = [
        inference.of(statement.expr) if statement.expr is not None else NoneType()
        for statement in return_statements(function)
        if statement.expr is None or checker.has_type(statement.expr)
    ]
    if falls_off:
        returned.append(NoneType())
    return either(checker, returned) if returned else UninhabitedType()


def lambda_return(checker: TypeChecker, function: LambdaExpr) -> Type:
    """Return the type that a lambda returns, which mypy has checked."""
    return Inference(checker, function).of(function.expr())
