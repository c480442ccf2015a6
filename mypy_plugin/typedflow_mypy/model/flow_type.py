"""The type of a flow, and of an instance of a subclass of `Flow`."""

from mypy.checker import TypeChecker
from mypy.maptype import map_instance_to_supertype
from mypy.nodes import Context
from mypy.plugin import AnalyzeTypeContext, MethodContext
from mypy.types import AnyType, FunctionLike, Instance, Type, TypedDictType, TypeOfAny, get_proper_type

from typedflow_mypy.lib import errorcodes, fullnames
from typedflow_mypy.lib.checker import checker_of
from typedflow_mypy.lib.report import report


def as_flow(flow: Type) -> Instance | None:
    """Return a type as ``Flow[Input, Steps]``; None if it is not that of a flow."""
    proper = get_proper_type(flow)
    if not isinstance(proper, Instance):
        return None
    if proper.type.fullname == fullnames.FLOW:
        return proper
    base = next((info for info in proper.type.mro if info.fullname == fullnames.FLOW), None)
    return map_instance_to_supertype(proper, base) if base is not None else None


def as_of_flow(declared: FunctionLike) -> FunctionLike:
    """Return the signature of a method that `Flow` inherits, for mypy's own messages to call it one of `Flow`."""
    name = declared.get_name()
    return declared if name is None else declared.with_name(name.replace(" of Runnable", " of Flow"))


def unread_steps(ctx: AnalyzeTypeContext) -> Type:  # noqa: ARG001  the answer is the same everywhere
    """Return what ``UnreadSteps`` means: the steps of a flow with a step that the plugin did not see being added."""
    return AnyType(TypeOfAny.implementation_artifact)


def check_read(checker: TypeChecker, flow: Instance, place: Context) -> None:
    """Report the use of a flow with a step that the plugin did not see being added."""
    steps = get_proper_type(flow.args[1])
    if isinstance(steps, AnyType) and steps.type_of_any == TypeOfAny.implementation_artifact:
        report(
            checker,
            "A step of this flow was not checked, because step() or map() was not called on the flow itself; "
            "write flow.step(slug, handler)",
            place,
            errorcodes.NOT_LITERAL,
        )


def called_on(ctx: MethodContext) -> Instance | None:
    """Return the flow that a method is called on, for which its steps are needed; None if it is called on the class."""
    flow = as_flow(ctx.type)
    if flow is not None:
        check_read(checker_of(ctx), flow, ctx.context)
    return flow


def known_steps(flow: Instance | None) -> TypedDictType | None:
    """Return the outputs of a flow's steps; None if they are not known."""
    steps = get_proper_type(flow.args[1]) if flow is not None else None
    return steps if isinstance(steps, TypedDictType) else None
