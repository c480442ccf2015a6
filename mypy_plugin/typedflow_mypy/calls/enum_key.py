"""A member of an enum of strings as a key: ``inputs[Step.LOAD]``.

mypy reads a key of a TypedDict from the type of what stands in the brackets, and takes the name of a member for its
value. There is no hook for such a read. So where a member stands as a key, its type has the member's value for a known
value. Elsewhere it must keep its name, by which mypy narrows an enum: the case ``a_member_of_an_enum_elsewhere`` of
``tests/typing/correct/enums.toml`` shows it.
"""

from mypy.checker import TypeChecker
from mypy.nodes import CallExpr, DictExpr, Expression, IndexExpr, MemberExpr
from mypy.plugin import AttributeContext
from mypy.server.subexpr import get_subexpressions
from mypy.types import Instance, LiteralType, Type, get_proper_type

from typedflow_mypy.lib.literal_text import text_of
from typedflow_mypy.state import State


def result(ctx: AttributeContext) -> Type:
    """Return the type of the member, with its value where it stands as a key."""
    member, value = get_proper_type(ctx.default_attr_type), text_of(ctx.default_attr_type)
    if value is None or not isinstance(member, Instance) or not isinstance(ctx.api, TypeChecker):
        return ctx.default_attr_type
    if ctx.context not in _keys(ctx.api):
        return ctx.default_attr_type
    known = LiteralType(value, ctx.api.named_generic_type("builtins.str", []))
    return member.copy_modified(last_known_value=known)


def _keys(checker: TypeChecker) -> set[Expression]:
    """All keys in the module: what stands in brackets, what is passed to ``get``, the keys of displays."""
    state = State.of(checker)
    if state.keys is None:
        found = [each for statement in state.statements for each in get_subexpressions(statement)]
        state.keys = {key for each in found for key in _keys_of(each)}
    return state.keys


def _keys_of(expression: Expression) -> list[Expression]:
    match expression:
        case IndexExpr(index=key) | CallExpr(callee=MemberExpr(name="get"), args=[key, *_]):
            return [key]
        case DictExpr(items=items):
            return [key for key, _ in items if key is not None]
    return []
