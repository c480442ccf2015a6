"""An assignment, and where it stands."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from mypy.nodes import (
    AssignmentStmt,
    CallExpr,
    ClassDef,
    Expression,
    ForStmt,
    MemberExpr,
    NameExpr,
    Statement,
    Var,
    WhileStmt,
)
from mypy.types import Type

from typedflow_mypy.model.step_input import mentions_step_input, put_step_input


@dataclass(frozen=True)
class Assignment:
    """An assignment.

    Attributes:
        statement: The assignment itself.
        siblings: The statements that it stands among.
        loop: The loop whose body they are, if they are one's.
        owner: The class that all this stands in, if it does.
    """

    statement: AssignmentStmt
    siblings: list[Statement]
    loop: ForStmt | WhileStmt | None = None
    owner: ClassDef | None = None

    @property
    def target(self) -> NameExpr | MemberExpr | None:
        """What is assigned to, if that is one name."""
        target = self.statement.lvalues[0] if len(self.statement.lvalues) == 1 else None
        return target if isinstance(target, NameExpr | MemberExpr) else None

    @property
    def variable(self) -> object:
        """What distinguishes the variable from others: an attribute is known by its name and its class."""
        target = self.target
        return target.node if isinstance(target, NameExpr) else (self.owner, target and target.name)

    @cached_property
    def calls(self) -> list[CallExpr]:
        """The calls that the value is made of, each on what the one before returns: ``flow.step(...).step(...)``."""
        return list(reversed(list(_chain(self.statement.rvalue))))

    @cached_property
    def extends_target(self) -> bool:
        """Whether the value is made of what is assigned to: ``flow = flow.step(...)``."""
        first = self.calls[0].callee if self.calls else None
        return isinstance(first, MemberExpr) and self.target is not None and is_same(self.target, first.expr)

    def decide(self, step_input: Type) -> None:
        """Give a variable that is annotated ``StepInput`` the type of a step input."""
        annotation, variable = self.statement.type, self.target.node if isinstance(self.target, NameExpr) else None
        if annotation is not None and isinstance(variable, Var) and mentions_step_input(annotation):
            variable.type = put_step_input(annotation, step_input)


@dataclass
class AssignmentIndex:
    """The assignments of a module.

    Attributes:
        by_value: By the value, and by each call that the value is made of.
        by_name: By each name that is assigned to.
        fresh: How often a variable is given a value that is not made of its own.
    """

    by_value: dict[Expression, Assignment] = field(default_factory=dict)
    by_name: defaultdict[str, list[tuple[NameExpr | MemberExpr, Assignment]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    fresh: Counter[object] = field(default_factory=Counter)

    def add(self, assignment: Assignment) -> None:
        """Add an assignment."""
        for name in assignment.statement.lvalues:
            if isinstance(name, NameExpr | MemberExpr):
                self.by_name[name.name].append((name, assignment))
        self.fresh[assignment.variable] += not assignment.extends_target
        self.by_value.update(dict.fromkeys([assignment.statement.rvalue, *assignment.calls], assignment))


def is_same(target: Expression, other: Expression) -> bool:
    """Whether two expressions name the same variable, or attributes of the same name."""
    if isinstance(target, NameExpr):
        return isinstance(other, NameExpr) and other.node is target.node
    return isinstance(target, MemberExpr) and isinstance(other, MemberExpr) and other.name == target.name


def _chain(value: Expression) -> Iterator[CallExpr]:
    while isinstance(value, CallExpr):
        yield value
        value = value.callee.expr if isinstance(value.callee, MemberExpr) else value.callee
