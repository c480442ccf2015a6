"""What a variable holds that no annotation describes.

The statements of a function are followed, in their order, for one variable: what is assigned to it, and what is added
to it afterwards. Where control can come several ways, the variable holds one of several types. mypy itself has one type
for a variable, from its first value, which says nothing about single keys.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from mypy.checker import TypeChecker
from mypy.nodes import (
    GDEF,
    AssignmentExpr,
    CallExpr,
    DictionaryComprehension,
    Expression,
    ForStmt,
    FuncDef,
    GeneratorExpr,
    IndexExpr,
    LambdaExpr,
    ListExpr,
    MemberExpr,
    NameExpr,
    Node,
    OperatorAssignmentStmt,
    RefExpr,
    SliceExpr,
    TupleExpr,
    Var,
)
from mypy.server.subexpr import get_subexpressions
from mypy.subtypes import is_subtype
from mypy.typeops import try_getting_str_literals
from mypy.types import (
    AnyType,
    Instance,
    NoneType,
    ProperType,
    TupleType,
    Type,
    TypedDictType,
    flatten_nested_unions,
    get_proper_type,
)

from typedflow_mypy.lib.checker import UNKNOWN, iterated
from typedflow_mypy.lib.typed_dict import typed_dict
from typedflow_mypy.outputs import contents, vague
from typedflow_mypy.outputs.paths import Budget, Holding, Paths
from typedflow_mypy.outputs.shapes import is_deep
from typedflow_mypy.source import assignments

_Infer: TypeAlias = Callable[[Expression], ProperType]
_DICT: Final = "builtins.dict"
_ADD_ONE: Final = {"add", "append", "appendleft", "insert"}
_ADD_ALL: Final = {"extend", "extendleft", "update"}
_REMOVE: Final = {"clear", "pop", "popitem"}
_CHANGING: Final = {*_ADD_ONE, *_ADD_ALL, *_REMOVE, "setdefault"}
# How many variables are followed for one output: they may be made of each other, in loops within loops.
_MOST: Final = 200


class Variables:
    """The variables of one function."""

    def __init__(self, checker: TypeChecker, function: FuncDef | LambdaExpr, infer: _Infer) -> None:
        self._checker = checker
        self._function = function
        self._infer = infer
        self._active: dict[Var, _Follower] = {}
        self._known: dict[NameExpr, ProperType | None] = {}
        self._used_active = 0
        self._count = 0
        self._budget = Budget()

    def held_by(self, use: NameExpr) -> ProperType | None:
        """Return what a variable holds where it is used; None if that is what mypy says."""
        if not isinstance(use.node, Var) or not use.node.is_inferred:
            return None
        if use.node in self._active:
            self._used_active += 1
            return self._active[use.node].held()
        if use not in self._known:
            used_before = self._used_active
            found = self._follow(use, use.node)
            if self._used_active > used_before:
                return found
            self._known[use] = found
        return self._known[use]

    def whole(self, variable: Var) -> ProperType | None:
        """Return what a variable holds at any time, for a type to declare of it; None if that is not known."""
        follower = _Follower(self._checker, self._budget, variable, None, self._infer)
        self._active[variable] = follower
        follower.run(self._function.body)
        del self._active[variable]
        held = list(follower.everything)
        return (
            contents.loosely(self._checker, held) if held and not follower.is_lost and self._budget.left > 0 else None
        )

    def _follow(self, use: NameExpr, variable: Var) -> ProperType | None:
        known = _parts(self._checker.lookup_type_or_none(use) or UNKNOWN)
        self._count += 1
        if self._count > _MOST or self._budget.left <= 0 or not any(map(_is_container, known)):
            return None
        if use.kind == GDEF:
            constant = _constant(self._checker, variable)
            return None if constant is None else self._infer(constant)
        follower = self._active[variable] = _Follower(self._checker, self._budget, variable, use, self._infer)
        follower.run(self._function.body)
        del self._active[variable]
        follower.keep()
        found = [each for each in follower.found if any(_fits(each, part) for part in known)]
        if (
            self._budget.left <= 0
            or follower.is_lost
            or not found
            or (follower.is_passed and not vague.is_vague(variable.type))
        ):
            return None
        return contents.of_all(self._checker, found)


class _Follower(Paths):
    """Follows one variable.

    Attributes:
        is_passed: Whether something else may change what the variable holds: a function, another variable.
        is_changed: Whether something was put into what the variable holds.
        everything: All that the variable holds at any time.
    """

    def __init__(
        self, checker: TypeChecker, budget: Budget, variable: Var, use: NameExpr | None, infer: _Infer
    ) -> None:
        super().__init__(checker, budget)
        self._variable = variable
        self._use = use
        self._infer = infer
        self.is_passed = False
        self.is_changed = False
        self.everything: dict[ProperType, None] = {}

    def held(self) -> ProperType | None:
        """Return what the variable holds now; None if that is not known."""
        return (
            contents.of_all(self.checker, self.state.now)
            if self.state.now and not self.is_lost and self.budget.left > 0
            else None
        )

    def evaluate(self, expression: Node | None) -> None:
        for each in get_subexpressions(expression) if expression is not None else ():
            match each:
                case NameExpr() if each is self._use and self.state.now is not None:
                    self._use_now(self.state.now)
                case CallExpr():
                    self._call(each)
                case AssignmentExpr():
                    self.assign(each.target, each.value)
                case GeneratorExpr() | DictionaryComprehension():
                    for index, sequence in zip(each.indices, each.sequences, strict=True):
                        self.assign_item(index, sequence)

    def assign(self, target: Expression, value: Expression) -> None:
        self.is_passed |= self._is_it(value)
        if self._is_it(target):
            if self.checker.has_type(value):
                self._hold(self._infer(value))
            else:
                self.end()
        elif isinstance(target, IndexExpr):
            self.evaluate(target)
            self._put(target, value)
        elif isinstance(value, TupleExpr) and len(_items(target)) == len(value.items):
            for each, item in zip(_items(target), value.items, strict=True):
                self.assign(each, item)
        elif self._is_among(target):
            self._unpack(target, self._infer(value))

    def assign_item(self, target: Expression, source: Expression) -> None:
        if self._is_among(target):
            self._unpack(target, iterated(self.checker, self._infer(source), source))

    def assign_unknown(self, target: Node) -> None:
        self.is_lost |= self._is_among(target)

    def extend(self, statement: OperatorAssignmentStmt) -> None:
        self.evaluate(statement.rvalue)
        if statement.op in {"+", "|", "^"}:
            self._change_at(statement.lvalue, self._adding_all(statement.rvalue))

    def delete(self, target: Expression) -> None:
        for each in _items(target):
            if isinstance(each, IndexExpr):
                self._change_at(each.base, self._removing(self._key(each.index)))

    def loop_over(self, loop: ForStmt) -> None:
        super().loop_over(loop)
        if self._is_it(loop.expr) and isinstance(loop.index, NameExpr) and isinstance(loop.index.node, Var):
            self._change_elements(loop, loop.index.node)

    def _use_now(self, now: tuple[ProperType, ...]) -> None:
        if self.is_returning:
            self.found.update(dict.fromkeys(now))
        else:
            self.state = Holding(now, (*self.state.used, *now))

    def _call(self, call: CallExpr) -> None:
        callee = call.callee
        if isinstance(callee, MemberExpr) and callee.name in _CHANGING:
            if self._is_within(callee.expr) and self._is_known(call):
                self._change_by(callee.expr, callee.name, call)
        elif not isinstance(callee, RefExpr) or not callee.fullname.startswith("builtins."):
            self.is_passed |= any(map(self._is_it, call.args))

    def _is_it(self, expression: Expression) -> bool:
        return isinstance(expression, NameExpr) and expression.node is self._variable

    def _is_known(self, value: Expression) -> bool:
        """Whether mypy has checked a value; it may not have checked a function within this one yet."""
        self.is_lost |= not self.checker.has_type(value)
        return not self.is_lost

    def _is_among(self, target: Node) -> bool:
        return any(map(self._is_it, get_subexpressions(target)))

    def _is_within(self, expression: Expression) -> bool:
        """Whether an expression is what the variable holds, or a part of it."""
        part = _part(expression)
        return self._is_it(expression) if part is None else self._is_within(part[0])

    def _unpack(self, target: Expression, value: Type) -> None:
        parts = get_proper_type(value)
        if self._is_it(target):
            self._hold(value)
        elif isinstance(target, TupleExpr) and isinstance(parts, TupleType) and len(target.items) == len(parts.items):
            for each, part in zip(target.items, parts.items, strict=True):
                self._unpack(each, part)
        else:
            self.assign_unknown(target)

    def _hold(self, value: Type) -> None:
        self.keep()
        self._become(Holding(tuple(_parts(value))))

    def _put(self, target: IndexExpr, value: Expression) -> None:
        if self._is_within(target.base) and self._is_known(value):
            is_slice = isinstance(target.index, SliceExpr)
            change = self._adding_all(value) if is_slice else self._putting(target.index, self._infer(value))
            self._change_at(target.base, change)

    def _change_by(self, holder: Expression, method: str, call: CallExpr) -> None:
        """Change what the variable, or a part of it, holds as a method does."""
        if method in _ADD_ONE:
            value = self._infer(call.args[-1])
            self._change_at(holder, lambda held: contents.with_item(self.checker, held, None, value, value))
        elif method == "setdefault":
            added = self._infer(call.args[1]) if len(call.args) > 1 else NoneType()
            self._change_at(holder, self._putting(call.args[0], added))
        elif method in _ADD_ALL:
            for argument, keyword in zip(call.args, call.arg_names, strict=True):
                named = None if keyword is None else typed_dict(self.checker, {keyword: self._infer(argument)})
                self._change_at(holder, self._adding_all(argument, named))
        else:
            key = self._key(call.args[0]) if method == "pop" and call.args else None
            self._change_at(holder, self._removing(key))

    def _putting(self, index: Expression, value: Type) -> contents.Change:
        key, key_type = self._key(index), self._infer(index)
        return lambda held: contents.with_item(self.checker, held, key, key_type, value)

    def _adding_all(self, value: Expression, other: ProperType | None = None) -> contents.Change:
        added = other or self._infer(value)
        item = iterated(self.checker, added, value)
        return lambda held: contents.with_items(self.checker, held, added, item)

    def _removing(self, key: str | None) -> contents.Change:
        return lambda held: contents.without_item(self.checker, held, key)

    def _change_at(self, holder: Expression, change: contents.Change) -> None:
        """Change what the variable holds, if the holder is the variable or a part of that."""
        if self._is_it(holder):
            self._change(change)
            return
        part = _part(holder)
        if part is None or not self._is_within(part[0]):
            return
        if isinstance(holder, CallExpr):
            self._change_by(part[0], "setdefault", holder)
        key, key_type = self._key(part[1]), self._infer(part[1])
        self._change_at(part[0], lambda held: contents.with_changed_item(self.checker, held, key, key_type, change))

    def _change_elements(self, loop: ForStmt, element: Var) -> None:
        """Change the elements as a loop over them changes each."""
        held = self.held()
        if held is None:
            return
        follower = _Follower(self.checker, self.budget, element, None, self._infer)
        follower.state = Holding(tuple(_parts(iterated(self.checker, held, loop.expr))))
        follower.run(loop.body)
        self.is_lost |= follower.is_lost
        if follower.is_changed:
            elements = follower.state.now or ()
            self._change(lambda holder: contents.with_elements(self.checker, holder, elements))

    def _change(self, change: contents.Change) -> None:
        """Change what the variable holds, also where that has been used already: it is the same object."""
        now = [change(holder) for holder in self.state.now or ()]
        used = [change(holder) for holder in self.state.used]
        self.is_changed = True
        self.is_lost |= None in now or None in used
        self._become(Holding(_distinct(now), _distinct(used)))

    def _become(self, state: Holding) -> None:
        if any(map(is_deep, state.now or ())):
            self.budget.left = 0
        self.state = state
        self.everything.update(dict.fromkeys(self.state.now or ()))

    def _key(self, index: Expression) -> str | None:
        literals = try_getting_str_literals(index, self.checker.lookup_type_or_none(index) or UNKNOWN)
        return literals[0] if literals is not None and len(literals) == 1 else None


def _part(expression: Expression) -> tuple[Expression, Expression] | None:
    """What an expression reads a part of, and by which key; None if it reads none."""
    if isinstance(expression, IndexExpr):
        return expression.base, expression.index
    if isinstance(expression, CallExpr) and isinstance(expression.callee, MemberExpr) and len(expression.args) == 2:
        return (expression.callee.expr, expression.args[0]) if expression.callee.name == "setdefault" else None
    return None


def _distinct(types: list[ProperType | None]) -> tuple[ProperType, ...]:
    return tuple(dict.fromkeys(each for each in types if each is not None))


def _constant(checker: TypeChecker, variable: Var) -> Expression | None:
    """The value of a module's constant, by its name or its annotation."""
    values = assignments.values(checker, variable)
    is_constant = variable.is_final or variable.name.isupper()
    return values[0] if is_constant and len(values) == 1 and checker.has_type(values[0]) else None


def _items(target: Expression) -> list[Expression]:
    return target.items if isinstance(target, TupleExpr | ListExpr) else [target]


def _parts(declared: Type) -> list[ProperType]:
    return [get_proper_type(part) for part in flatten_nested_unions([declared])]


def _is_container(part: ProperType) -> bool:
    """Whether there may be a dict in what is of a type; Any is what mypy takes a variable for after an error."""
    return isinstance(part, AnyType | TypedDictType | TupleType) or (isinstance(part, Instance) and bool(part.args))


def _fits(found: ProperType, known: ProperType) -> bool:
    """Whether a type may be a better one than mypy's: of the same class, or a TypedDict for a dict."""
    if isinstance(found, TypedDictType):
        is_dict = isinstance(known, Instance) and known.type.fullname == _DICT
        return is_dict or isinstance(known, AnyType | TypedDictType)
    if isinstance(found, Instance) and isinstance(known, Instance) and found.type is known.type:
        return True
    return is_subtype(found, known)
