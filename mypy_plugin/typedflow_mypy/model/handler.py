"""A handler: one callable that may be called for a step, and its body."""

from dataclasses import dataclass

from mypy.checker import TypeChecker
from mypy.nodes import Decorator, Expression, FuncDef, LambdaExpr, TypeInfo
from mypy.types import CallableType, ProperType, Type

from typedflow_mypy.model.step_input import is_unannotated, lacks_annotation


@dataclass(frozen=True)
class Body:
    """A function or lambda of the module being checked, whose input a flow decides.

    Attributes:
        function: The function.
        position: Which of its parameters takes the step input.
        decorator: What is around it, if anything.
        is_wrapped: Whether the handler is what a call made of the function.
        maker: The function that it stands within and that returned it, if there is one.
        is_shared: Whether others than this handler may call it, so that it has to keep the type that it declares.
        receiver: Of a method, the class of the object that it is called on, if that is known.
        is_of_context: Whether the flow decides only about the parameter that takes the context.
    """

    function: FuncDef | LambdaExpr
    position: int
    decorator: Decorator | None = None
    is_wrapped: bool = False
    maker: FuncDef | None = None
    is_shared: bool = False
    receiver: TypeInfo | None = None
    is_of_context: bool = False

    @property
    def target(self) -> str:
        """The function that mypy checks, by itself, when it checks this one."""
        return (self.maker or self.function).fullname

    def leaves_open(self, checker: TypeChecker, taken: Type) -> bool:
        """Whether the handler's parameter is of this type because the function's has no annotation.

        It may be the type that another flow, or an earlier check of this one, has given it, or that of a self.
        """
        if not lacks_annotation(self.function, self.position):
            return False
        decided = checker.function_type(self.function)
        return is_unannotated(taken) or (
            isinstance(decided, CallableType) and decided.arg_types[self.position] == taken
        )


@dataclass(frozen=True)
class Handler:
    """One callable that may be called as the handler of a step.

    Attributes:
        expression: Where it stands.
        type: What it is, without a context; a callable object is its ``__call__``.
        body: Its body, if that is to be checked with the step input.
        body_of_context: Its body, if it has none to be checked with the step input, but takes a bare ``StepContext``.
        function: Its function, wherever that is defined.
        others: Other bodies that take the step input: of decorators around it, of methods that override it, of
            functions that an object keeps.
        unseen: What it passes the step input to, if that is a function whose body is not in the module being checked.
    """

    expression: Expression
    type: ProperType
    body: Body | None
    function: FuncDef | LambdaExpr | None
    body_of_context: Body | None = None
    others: tuple[Body, ...] = ()
    unseen: Expression | None = None
