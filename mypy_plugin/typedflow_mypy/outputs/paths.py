"""The ways that control can take through a function, followed for one variable."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import (
    AssignmentStmt,
    Block,
    BreakStmt,
    ContinueStmt,
    Decorator,
    DelStmt,
    Expression,
    ExpressionStmt,
    ForStmt,
    FuncDef,
    IfStmt,
    MatchStmt,
    NameExpr,
    Node,
    OperatorAssignmentStmt,
    RaiseStmt,
    ReturnStmt,
    Statement,
    TryStmt,
    WhileStmt,
    WithStmt,
)
from mypy.patterns import AsPattern
from mypy.types import ProperType, UninhabitedType, get_proper_type

from typedflow_mypy.outputs.shapes import are_many, with_one_shape

_ROUNDS: Final = 4


@dataclass(frozen=True)
class Holding:
    """What a variable may hold at some point.

    Attributes:
        now: Its types, without order; None where control does not come.
        used: What it may have held where it was used, as that has changed since.
    """

    now: tuple[ProperType, ...] | None = ()
    used: tuple[ProperType, ...] = ()


@dataclass
class Budget:
    """How many statements may still be followed in one function.

    Each loop is followed several times, so loops within loops, and variables made of each other, multiply the work.
    """

    left: int = 5_000


@dataclass
class _Loop:
    broken: list[Holding] = field(default_factory=list)
    continued: list[Holding] = field(default_factory=list)


class Paths:
    """Follows the statements in the order in which they run, and knows what the variable may hold after each.

    mypy's visitors of statements are compiled traits, from which no class of a plugin can inherit.

    Attributes:
        budget: What is left for all variables of the function; without it nothing is known of this one either.
        state: What the variable may hold now.
        found: What it may have held where it was used, as it has stayed.
        is_lost: Whether something happened to the variable that is not followed.
        is_returning: Whether the expression that is evaluated is what the function returns.
    """

    def __init__(self, checker: TypeChecker, budget: Budget) -> None:
        self.checker = checker
        self.budget = budget
        self.state = Holding()
        self.found: dict[ProperType, None] = {}
        self.is_lost = False
        self.is_returning = False
        self._loops: list[_Loop] = []
        self._inner: list[list[Holding]] = []
        self._has_many = False

    def evaluate(self, expression: Node | None) -> None:
        """Follow an expression, if there is one."""

    def assign(self, target: Expression, value: Expression) -> None:
        """Follow the assignment of a value."""

    def assign_item(self, target: Expression, source: Expression) -> None:
        """Follow the assignment of an item of what a loop iterates over."""

    def assign_unknown(self, target: Node) -> None:
        """Follow the assignment of what is not known."""

    def extend(self, statement: OperatorAssignmentStmt) -> None:
        """Follow an assignment with an operator."""

    def delete(self, target: Expression) -> None:
        """Follow a deletion."""

    def run(self, block: Block) -> None:
        """Follow a block, as long as control is in it."""
        for statement in block.body:
            self.budget.left -= 1
            if self.state.now is not None and self.budget.left > 0:
                self._run(statement)

    def keep(self) -> None:
        """Leave what was used as it is from now on."""
        self.found.update(dict.fromkeys(self.state.used))
        self.state = Holding(self.state.now)

    def end(self) -> None:
        """Let control end here."""
        self.keep()
        self.state = Holding(None)

    def _run(self, statement: Statement) -> None:  # noqa: C901, PLR0912  a case for each kind
        match statement:
            case AssignmentStmt():
                self.evaluate(statement.rvalue)
                for target in statement.lvalues:
                    self.assign(target, statement.rvalue)
            case OperatorAssignmentStmt():
                self.extend(statement)
            case ExpressionStmt():
                self._express(statement.expr)
            case ReturnStmt():
                self._return(statement)
            case IfStmt():
                self._if(statement)
            case ForStmt():
                self.loop_over(statement)
            case WhileStmt():
                is_endless = isinstance(statement.expr, NameExpr) and statement.expr.fullname == "builtins.True"
                begin = partial(self.evaluate, statement.expr)
                self._repeat(begin, statement.body, statement.else_body, is_endless=is_endless)
            case TryStmt():
                self._try(statement)
            case WithStmt():
                self._with(statement)
            case MatchStmt():
                self._match(statement)
            case FuncDef():
                self._define(statement)
            case Decorator():
                self._define(statement.func)
            case RaiseStmt():
                self.end()
            case BreakStmt():
                self._leave(self._loops[-1].broken)
            case ContinueStmt():
                self._leave(self._loops[-1].continued)
            case DelStmt():
                self.delete(statement.expr)

    def loop_over(self, loop: ForStmt) -> None:
        """Follow a loop over some items."""
        self.evaluate(loop.expr)
        self._repeat(partial(self.assign_item, loop.index, loop.expr), loop.body, loop.else_body, is_endless=False)

    def _express(self, expression: Expression) -> None:
        self.evaluate(expression)
        if isinstance(get_proper_type(self.checker.lookup_type_or_none(expression)), UninhabitedType):
            self.end()

    def _return(self, statement: ReturnStmt) -> None:
        self.is_returning = not self._inner
        self.evaluate(statement.expr)
        self.is_returning = False
        if self._inner:
            self._leave(self._inner[-1])
        else:
            self.end()

    def _if(self, statement: IfStmt) -> None:
        ends: list[Holding] = []
        for condition, block in zip(statement.expr, statement.body, strict=True):
            self.evaluate(condition)
            ends.append(self._after(block))
        ends.append(self._after(statement.else_body))
        self.state = self._joined(ends)

    def _match(self, statement: MatchStmt) -> None:
        self.evaluate(statement.subject)
        ends: list[Holding] = []
        for pattern, guard, block in zip(statement.patterns, statement.guards, statement.bodies, strict=True):
            self.assign_unknown(pattern)
            self.evaluate(guard)
            ends.append(self._after(block))
        last = statement.patterns[-1]
        takes_all = isinstance(last, AsPattern) and last.pattern is None and statement.guards[-1] is None
        self.state = self._joined(ends if takes_all else [*ends, self.state])

    def _try(self, statement: TryStmt) -> None:
        before = self.state
        self.run(statement.body)
        after = self.state
        ends = [self._after(statement.else_body)]
        self.state = self._joined([before, after])
        ends += [self._after(handler) for handler in statement.handlers]
        self.state = self._joined(ends)
        if statement.finally_body is not None:
            self.run(statement.finally_body)

    def _with(self, statement: WithStmt) -> None:
        for opened, target in zip(statement.expr, statement.target, strict=True):
            self.evaluate(opened)
            if target is not None:
                self.assign_unknown(target)
        self.run(statement.body)

    def _define(self, function: FuncDef) -> None:
        """Follow a function within, which may run at any time after this, or not at all."""
        loops, self._loops = self._loops, []
        self._inner.append([self.state])
        self.run(function.body)
        self.state = self._joined([*self._inner.pop(), self.state])
        self._loops = loops

    def _leave(self, others: list[Holding]) -> None:
        others.append(self.state)
        self.state = Holding(None)

    def _after(self, block: Block | None) -> Holding:
        """What the variable may hold after a block, which begins here."""
        before = self.state
        if block is not None:
            self.run(block)
        after, self.state = self.state, before
        return after

    def _repeat(self, begin: Callable[[], None], body: Block, else_body: Block | None, *, is_endless: bool) -> None:
        loop = _Loop()
        self._loops.append(loop)
        for _ in range(_ROUNDS):
            before = self.state
            begin()
            self.run(body)
            self.state = self._joined([before, self.state, *loop.continued])
            if self.state == before:
                break
        else:
            self.is_lost = True
        self._loops.pop()
        if is_endless:
            self.state = Holding(None, self.state.used)
        if else_body is not None:
            self.run(else_body)
        self.state = self._joined([self.state, *loop.broken])

    def _joined(self, states: Iterable[Holding]) -> Holding:
        reached = [state for state in states if state.now is not None or state.used]
        now = [state.now for state in reached if state.now is not None]
        return Holding(
            self._few(held for each in now for held in each) if now else None,
            self._few(used for state in reached for used in state.used),
        )

    def _few(self, types: Iterable[ProperType]) -> tuple[ProperType, ...]:
        """Leave out what is there already; dicts become one once they are many, as each `if` would double them."""
        found = tuple(dict.fromkeys(types))
        self._has_many |= are_many(found)
        return tuple(with_one_shape(self.checker, found)) if self._has_many else found
