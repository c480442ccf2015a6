"""A run of a flow: ``flow.run(...)`` and the like."""

from mypy.checker import TypeChecker
from mypy.plugin import MethodContext, MethodSigContext
from mypy.types import FunctionLike, Instance, Type, get_proper_type

from typedflow_mypy.handlers import undeclared_reads
from typedflow_mypy.lib.checker import checker_of
from typedflow_mypy.model.flow_notes import FlowNotes
from typedflow_mypy.model.flow_type import as_flow, as_of_flow, called_on, known_steps
from typedflow_mypy.rules import not_storable, resources


def signature(ctx: MethodSigContext) -> FunctionLike:
    """Return what is declared, named as a method of `Flow`."""
    return as_of_flow(ctx.default_signature)


def result(ctx: MethodContext) -> Type:
    """Return what is declared; from now on, a step that the flow does not have is reported in terms of the flow."""
    flow = called_on(ctx)
    if flow is not None:
        explain_outputs(checker_of(ctx), flow)
        resources.check_run(checker_of(ctx), flow, ctx.context)
        not_storable.check_run(checker_of(ctx), flow, ctx.context)
    return ctx.default_return_type


def result_of_start(ctx: MethodContext) -> Type:
    """Return what is declared, with a handle that knows the wait steps of the flow."""
    return noted_in_handle(checker_of(ctx), result(ctx), as_flow(ctx.type))


def noted_in_handle(checker: TypeChecker, manager: Type, flow: Instance | None) -> Type:
    """Return the type of what gives a handle, having noted in that which steps of the flow wait for a delivery."""
    declared = get_proper_type(manager)
    notes = None if flow is None else FlowNotes.noted_in(flow)
    handle = get_proper_type(declared.args[0]) if isinstance(declared, Instance) and declared.args else None
    if notes is None or not isinstance(declared, Instance) or not isinstance(handle, Instance):
        return declared
    return declared.copy_modified(args=[notes.put_in(checker, handle), *declared.args[1:]])


def explain_outputs(checker: TypeChecker, flow: Instance) -> None:
    """From now on, a step that the flow does not have is reported in terms of the flow."""
    if (steps := known_steps(flow)) is not None:
        undeclared_reads.explain_outputs(checker, flow, steps.items)
