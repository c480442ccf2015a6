"""What an expression is, part by part, as TypeScript infers it.

mypy infers one type for all values of a dict, and keeps it for the variable that holds the dict. Here the types that it
has found for the parts are put together again: a dict display with literal keys is a TypedDict, wherever it stands.
"""

from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import (
    ARG_NAMED,
    ARG_POS,
    ARG_STAR2,
    AssignmentExpr,
    AwaitExpr,
    CallExpr,
    ConditionalExpr,
    DictExpr,
    DictionaryComprehension,
    Expression,
    FuncDef,
    GeneratorExpr,
    IndexExpr,
    LambdaExpr,
    ListComprehension,
    ListExpr,
    MemberExpr,
    NameExpr,
    OpExpr,
    RefExpr,
    SetComprehension,
    SetExpr,
    StarExpr,
    TupleExpr,
    Var,
)
from mypy.typeops import false_only, true_only, try_getting_str_literals
from mypy.types import (
    CallableType,
    FunctionLike,
    Instance,
    ProperType,
    TupleType,
    Type,
    TypedDictType,
    UninhabitedType,
    UnionType,
    get_proper_type,
)

from typedflow_mypy.lib.checker import UNKNOWN, iterated
from typedflow_mypy.lib.typed_dict import typed_dict
from typedflow_mypy.outputs.awaited import awaited
from typedflow_mypy.outputs.shapes import all_overlaid, either, overlaid
from typedflow_mypy.outputs.variables import Variables

_DICT: Final = "builtins.dict"


class Inference:
    """Infers the expressions of one function, which mypy has checked."""

    def __init__(self, checker: TypeChecker, function: FuncDef | LambdaExpr) -> None:
        self._checker = checker
        self._variables = Variables(checker, function, self.of)

    def of(self, expression: Expression) -> ProperType:
        """Return the type of an expression."""
        return self._refined(expression) or self._known(expression)

    def whole(self, variable: Var) -> ProperType | None:
        """Return what a variable holds at any time, for a type to declare of it; None if that is not known."""
        return self._variables.whole(variable)

    def is_reached(self, expression: Expression) -> bool:
        """Whether mypy has found that control can reach an expression."""
        return self._checker.has_type(expression)

    def _known(self, expression: Expression) -> ProperType:
        found = get_proper_type(self._checker.lookup_type_or_none(expression) or UNKNOWN)
        return found.copy_modified(last_known_value=None) if isinstance(found, Instance) else found

    def _refined(self, expression: Expression) -> ProperType | None:  # noqa: C901, PLR0911, PLR0912  a case for each kind
        """Return a better type than mypy's; None if there is none."""
        match expression:
            case ConditionalExpr():
                return self._either([expression.if_expr, expression.else_expr])
            case OpExpr():
                return self._operation(expression)
            case AssignmentExpr():
                return self._refined(expression.value)
            case AwaitExpr():
                found = self._refined(expression.expr)
                return None if found is None else get_proper_type(awaited(found))
            case DictExpr():
                return self._display(expression)
            case ListExpr() | SetExpr():
                return self._filled(expression, expression.items)
            case ListComprehension() | SetComprehension():
                return self._filled(expression, [expression.generator.left_expr])
            case GeneratorExpr():
                return self._filled(expression, [expression.left_expr])
            case DictionaryComprehension():
                return self._dict_of(expression, [expression.value], expression.key)
            case TupleExpr():
                return self._tuple(expression)
            case NameExpr():
                return self._variables.held_by(expression)
            case CallExpr():
                return self._dict_call(expression) or self._call(expression)
            case IndexExpr():
                return self._index(expression)
        return None

    def _either(self, branches: list[Expression]) -> ProperType:
        return either(self._checker, [self.of(branch) for branch in branches if self.is_reached(branch)])

    def _operation(self, operation: OpExpr) -> ProperType | None:
        left, right = self._refined(operation.left), self._refined(operation.right)
        if left is None and right is None:
            return None
        first, second = left or self._known(operation.left), right or self._known(operation.right)
        match operation.op:
            case "or" | "and":
                kept = true_only(first) if operation.op == "or" else false_only(first)
                return either(self._checker, [kept, second] if self.is_reached(operation.right) else [kept])
            case "|" if isinstance(first, TypedDictType) and isinstance(second, TypedDictType):
                return overlaid(self._checker, first, second)
            case "+" if isinstance(first, Instance) and isinstance(second, Instance):
                if first.type is second.type and len(first.args) == len(second.args) == 1:
                    return first.copy_modified(args=[either(self._checker, [*first.args, *second.args])])
            case "*":
                return first if left is not None else second
        return None

    def _display(self, display: DictExpr) -> ProperType | None:
        """The TypedDict of a display with literal keys, spreads among them; else a dict of all that its values are."""
        shapes = [typed_dict(self._checker, {})]
        for key, value in display.items:
            added = self._added(key, value)
            if added is None:
                is_plain = all(each is not None for each, _ in display.items)
                return self._dict_of(display, [each for _, each in display.items]) if is_plain else None
            shapes = all_overlaid(self._checker, shapes, added)
        return either(self._checker, shapes)

    def _added(self, key: Expression | None, value: Expression) -> list[TypedDictType] | None:
        """What a part of a display adds to it; None if that is not known by its keys."""
        if key is None:
            parts = self.of(value)
            found = [get_proper_type(part) for part in parts.items] if isinstance(parts, UnionType) else [parts]
            shapes = [part for part in found if isinstance(part, TypedDictType)]
            return shapes if len(shapes) == len(found) else None
        literals = try_getting_str_literals(key, self._checker.lookup_type_or_none(key) or UNKNOWN)
        if literals is None or len(literals) != 1:
            return None
        return [typed_dict(self._checker, {literals[0]: self.of(value)})]

    def _dict_of(
        self, expression: Expression, parts: list[Expression], key: Expression | None = None
    ) -> ProperType | None:
        known = self._known(expression)
        keys = None if key is None else self._refined(key)
        is_dict = isinstance(known, Instance) and known.type.fullname == _DICT
        return _with_arguments(known, [keys, self._either(parts)]) if is_dict else None

    def _filled(self, expression: Expression, elements: list[Expression]) -> ProperType | None:
        """A list, a set or a generator of what its elements are."""
        if not elements:  # there is nothing in it, even if mypy expected something
            return _with_arguments(self._known(expression), [_nothing()])
        types = [found for element in elements if (found := self._element(element)) is not None]
        return _with_arguments(self._known(expression), [either(self._checker, types)] if types else [])

    def _element(self, element: Expression) -> Type | None:
        if isinstance(element, StarExpr):
            return iterated(self._checker, self.of(element.expr), element)
        return self.of(element) if self.is_reached(element) else None

    def _tuple(self, display: TupleExpr) -> ProperType | None:
        known = self._known(display)
        if not isinstance(known, TupleType):
            return self._filled(display, display.items)
        if len(known.items) != len(display.items):
            return None
        return known.copy_modified(items=[self.of(item) for item in display.items])

    def _dict_call(self, call: CallExpr) -> ProperType | None:
        """The TypedDict of ``dict(other, key=value, **others)``."""
        if not isinstance(call.callee, RefExpr) or call.callee.fullname != _DICT:
            return None
        shapes = [typed_dict(self._checker, {})]
        for value, kind, name in zip(call.args, call.arg_kinds, call.arg_names, strict=True):
            if kind == ARG_NAMED and name is not None:
                added: list[TypedDictType] | None = [typed_dict(self._checker, {name: self.of(value)})]
            else:
                added = self._added(None, value) if kind in {ARG_POS, ARG_STAR2} else None
            if added is None:
                return None
            shapes = all_overlaid(self._checker, shapes, added)
        return either(self._checker, shapes)

    def _call(self, call: CallExpr) -> ProperType | None:
        """What a generic callable returns for arguments that are known better than mypy knows them."""
        expected = self._checker.expr_checker
        method = call.callee if isinstance(call.callee, MemberExpr) else None
        on = None if method is None else self._refined(method.expr)
        refined = list(map(self._refined_argument, call.args))
        if not isinstance(call.callee, RefExpr) or (on is None and not any(refined)):
            return None
        name: str | None = None
        with self._checker.msg.filter_errors() as errors:
            if on is None or method is None:
                callee = get_proper_type(expected.accept(call.callee))
            else:
                callee = get_proper_type(expected.analyze_external_member_access(method.name, on, call))
                name = expected.method_fullname(on, method.name)
            if on is None and not _is_generic(callee):
                return None
            returned = self._returned(call, callee, refined, name, on, keeps_lambdas=True)
            if any(isinstance(argument, LambdaExpr) for argument in call.args):  # whose parameters are known now
                refined = list(map(self._refined_argument, call.args))
                returned = self._returned(call, callee, refined, name, on, keeps_lambdas=False)
        return None if errors.has_new_errors() else get_proper_type(returned)

    def _returned(
        self,
        call: CallExpr,
        callee: ProperType,
        refined: list[ProperType | None],
        name: str | None,
        on: ProperType | None,
        *,
        keeps_lambdas: bool,
    ) -> Type:
        arguments: list[Expression] = [
            argument
            if isinstance(argument, LambdaExpr) and (keeps_lambdas or found is None)
            else self._checker.temp_node(found or self._known(argument), context=argument)
            for argument, found in zip(call.args, refined, strict=True)
        ]
        returned, _ = self._checker.expr_checker.check_call(
            callee, arguments, call.arg_kinds, call, call.arg_names, callable_name=name, object_type=on
        )
        return returned

    def _refined_argument(self, argument: Expression) -> ProperType | None:
        if not isinstance(argument, LambdaExpr):
            return self._refined(argument)
        known, returned = self._known(argument), self._refined(argument.expr())
        return known.copy_modified(ret_type=returned) if returned and isinstance(known, CallableType) else None

    def _index(self, index: IndexExpr) -> ProperType | None:
        base = self._refined(index.base)
        if base is None:
            return None
        with self._checker.msg.filter_errors() as errors:
            found = self._checker.expr_checker.visit_index_with_type(base, index)
        return None if errors.has_new_errors() else get_proper_type(found)


def _is_generic(callee: ProperType) -> bool:
    return isinstance(callee, FunctionLike) and any(item.variables for item in callee.items)


def _with_arguments(known: ProperType, new: list[ProperType | None]) -> ProperType | None:
    """A generic type with other arguments, the first ones; None keeps one as it is."""
    arguments = known.args if isinstance(known, Instance) else ()
    changed = [*(each or old for each, old in zip(new, arguments, strict=False)), *arguments[len(new) :]]
    return known.copy_modified(args=changed) if isinstance(known, Instance) else None


def _nothing() -> UninhabitedType:
    nothing = UninhabitedType()
    nothing.ambiguous = True
    return nothing
