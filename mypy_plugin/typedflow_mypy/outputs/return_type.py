"""What a handler returns: the type of a step's output."""

from mypy.checker import TypeChecker
from mypy.erasetype import erase_typevars
from mypy.maptype import map_instance_to_supertype
from mypy.nodes import FuncDef
from mypy.traverser import all_return_statements
from mypy.typeops import make_simplified_union
from mypy.types import CallableType, Instance, NoneType, Type, UninhabitedType, UnionType, get_proper_type

from typedflow_mypy.outputs.literals import literal_type


def awaited(returned: Type) -> Type:
    """Return what awaiting a value of this type gives, or the type itself if it cannot be awaited."""
    proper = get_proper_type(returned)
    if isinstance(proper, UnionType):
        items = [awaited(item) for item in proper.items]
        return returned if items == proper.items else make_simplified_union(items)
    if isinstance(proper, Instance):
        awaitable = next((info for info in proper.type.mro if info.fullname == "typing.Awaitable"), None)
        if awaitable is not None:
            return map_instance_to_supertype(proper, awaitable).args[0]
    return returned


def declared_return(signature: CallableType) -> Type:
    """Return what a callable says that it returns; a type variable that a step input does not solve is anything.

    As it is, it would get another identity each time, and the daemon would find each time that the flow has changed.
    """
    if not signature.variables:
        return signature.ret_type
    return erase_typevars(signature.ret_type, {variable.id for variable in signature.variables})


def inferred_return(checker: TypeChecker, function: FuncDef, *, falls_off: bool) -> Type:
    """Return the type that the checked body of a function returns, where the function does not say."""
    returned: list[Type] = [
        literal_type(checker, statement.expr) if statement.expr is not None else NoneType()
        for statement in all_return_statements(function)
        if statement.expr is None or checker.has_type(statement.expr)
    ]
    if falls_off:
        returned.append(NoneType())
    return make_simplified_union(returned) if returned else UninhabitedType()
