"""The resources that a flow declares, noted in its type, and the context that hands them to handlers.

The note is kept as `FlowNotes` are, beside them, but it is a type itself: mypy writes it to its cache and compares it
as any other part of the flow's type.
"""

from typing import Final

from mypy.checker import TypeChecker
from mypy.messages import format_type
from mypy.nodes import FuncDef, TypeInfo
from mypy.types import AnyType, CallableType, Instance, NoneType, ProperType, Type, UnboundType, get_proper_type

from typedflow_mypy.lib import fullnames
from typedflow_mypy.lib.checker import UNKNOWN

_NAME: Final = "resources of typedflow"


def resources_of(flow: Instance) -> Type | None:
    """Return the type of a flow's resources, None's if it has none; None if the flow's type does not say it."""
    return flow.extra_attrs.attrs.get(_NAME) if flow.extra_attrs is not None else None


def put_resources(flow: Instance, resources: Type | None) -> Instance:
    """Return the type of a flow with these resources."""
    return flow if resources is None else flow.copy_with_extra_attr(_NAME, resources)


def context_of(checker: TypeChecker, flow: Instance) -> Type:
    """Return the type of the context that the steps of a flow hand to their handlers."""
    module, _, name = fullnames.STEP_CONTEXT.rpartition(".")
    # The daemon forgets a module that nothing imports, and may load it again later than the modules that need it.
    context = checker.modules[module].names[name].node if module in checker.modules else None
    resources = resources_of(flow)
    given = [flow.args[0], UNKNOWN if resources is None else resources]
    return Instance(context, given) if isinstance(context, TypeInfo) else UNKNOWN


def is_context(declared: Type) -> bool:
    """Whether a type is that of a context."""
    proper = get_proper_type(declared)
    return isinstance(proper, Instance) and proper.type.fullname == fullnames.STEP_CONTEXT


def is_open_context(function: FuncDef, index: int) -> bool:
    """Whether a parameter is annotated as a context that does not say all about the flow, such as ``StepContext``."""
    declared, written = function.type, function.unanalyzed_type
    if not isinstance(declared, CallableType) or not isinstance(written, CallableType):
        return False
    annotation = written.arg_types[index] if index < len(written.arg_types) else None
    return isinstance(annotation, UnboundType) and len(annotation.args) < 2 and is_context(declared.arg_types[index])


def has_no_resources(context: Type) -> bool:
    """Whether a context is that of a flow that declares no resources."""
    return isinstance(_resources_in(context), NoneType)


def wants_resources(declared: Type) -> bool:
    """Whether a parameter takes a context with resources of a certain type."""
    wanted = _resources_in(declared)
    is_object = isinstance(wanted, Instance) and wanted.type.fullname == "builtins.object"
    return wanted is not None and not isinstance(wanted, AnyType | NoneType) and not is_object


def _resources_in(context: Type) -> ProperType | None:
    proper = get_proper_type(context)
    return get_proper_type(proper.args[1]) if isinstance(proper, Instance) and is_context(proper) else None


def shown_context(checker: TypeChecker, context: Type) -> str:
    """Return how messages show the type of a second parameter; a context without resources as ``StepContext[Page]``."""
    proper = get_proper_type(context)
    if isinstance(proper, Instance) and isinstance(_resources_in(proper), AnyType | NoneType):
        context = proper.copy_modified(args=proper.args[:1])
    return format_type(context, checker.options)
