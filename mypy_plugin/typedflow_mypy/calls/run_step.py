"""A call of `typedflow.testing.run_step`: the step input that it takes, and the output that it gives."""

from mypy.checker import TypeChecker
from mypy.nodes import CallExpr, DictExpr, Expression
from mypy.plugin import FunctionSigContext
from mypy.types import FunctionLike, Instance, Type, get_proper_type

from typedflow_mypy.calls import declared_steps
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import ERRONEOUS, checker_of, type_of
from typedflow_mypy.lib.report import report
from typedflow_mypy.lib.text import quoted
from typedflow_mypy.lib.typed_dict import typed_dict
from typedflow_mypy.model.flow_type import as_flow, check_read
from typedflow_mypy.model.step_call import Slug, StepCall
from typedflow_mypy.rules import resources
from typedflow_mypy.source import reassignment


def signature(ctx: FunctionSigContext) -> FunctionLike:
    """Take exactly what the step declares, and return what its handler returns."""
    declared = ctx.default_signature
    checker = checker_of(ctx)
    arguments = {name: argument[0] for name, argument in zip(declared.arg_names, ctx.args, strict=True) if argument}
    if not isinstance(ctx.context, CallExpr) or not arguments.keys() >= {"flow", "slug"}:
        return declared
    flow = as_flow(type_of(checker, arguments["flow"]))
    if flow is None:
        return declared
    check_read(checker, flow, ctx.context)
    flow = reassignment.held_flow(checker, arguments["flow"], flow)
    call = declared_steps.declared_step(flow, Slug.at(checker, arguments["slug"]), ctx.context, ctx.context)
    declared_steps.check_slug(checker, call)
    if call.notes.step(call.slug.value).is_wait:
        message = f"{call.title} is a wait step, which does not have a handler to call; run the flow, and deliver to it"
        report(checker, message, call.slug.place, errorcodes.STEP_INPUT)
    types = dict(zip(declared.arg_names, declared.arg_types, strict=True))
    types["flow_input"] = flow.args[0]
    resources.check_handed(checker, flow, ctx.context)
    if call.knows_input and call.steps is not None and "step_input" in arguments:
        types["step_input"] = call.item if call.hands_item else _step_input(checker, call, arguments["step_input"])
    awaitable = get_proper_type(declared.ret_type)
    assert isinstance(awaitable, Instance)
    returned = awaitable.copy_modified(args=[*awaitable.args[:-1], declared_steps.declared_output(call)])
    return declared.copy_modified(arg_types=list(types.values()), ret_type=returned)


def _step_input(checker: TypeChecker, call: StepCall, given: Expression) -> Type:
    """The type of the step input, having reported the keys that a dict literal lacks or must not have."""
    declared = call.step_input
    keys = [key for key, _ in given.items if key is not None] if isinstance(given, DictExpr) else []
    found = [key for key in (Slug.at(checker, key).value for key in keys) if key is not None]
    if not isinstance(given, DictExpr) or len(found) < len(given.items):
        return typed_dict(checker, declared)
    for key in found:
        if key not in declared:
            why = call.why_undeclared(key, "it")
            report(checker, f'{call.title} is given "{key}", {why}', given, errorcodes.STEP_INPUT)
    if missing := [key for key in declared if key not in found]:
        needs = f"{call.title} is not given {quoted(missing)}; its input needs {quoted(declared)}"
        report(checker, needs, given, errorcodes.STEP_INPUT)
    return typed_dict(checker, {key: declared.get(key, ERRONEOUS) for key in found})
