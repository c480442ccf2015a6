"""Which hook answers for which name."""

from collections.abc import Callable
from typing import Final

from mypy.nodes import TypeInfo
from mypy.plugin import (
    AnalyzeTypeContext,
    AttributeContext,
    FunctionContext,
    FunctionSigContext,
    MethodContext,
    MethodSigContext,
    ReportConfigContext,
)
from mypy.types import FunctionLike, Type

from typedflow_mypy.calls import (
    check_storable,
    deliver,
    engine,
    enum_key,
    flow,
    get,
    getitem,
    include,
    leaf_outputs,
    outputs_so_far,
    replace,
    retry,
    run,
    run_step,
    sealed,
    step,
    trio_run,
    up_to,
    views,
    wait,
)
from typedflow_mypy.handlers import generated_inputs, passed_on
from typedflow_mypy.lib import fullnames
from typedflow_mypy.model import flow_type, step_input
from typedflow_mypy.state import PluginWithSession
from typedflow_mypy.version import __version__

_FUNCTION_SIGNATURES: Final[dict[str, Callable[[FunctionSigContext], FunctionLike]]] = {
    fullnames.FLOW: flow.signature,
    fullnames.RUN_STEP: run_step.signature,
    fullnames.TRIO_FROM_THREAD_RUN: trio_run.signature,
    fullnames.TRIO_RUN: trio_run.signature,
}
_FUNCTIONS: Final[dict[str, Callable[[FunctionContext], Type]]] = {
    fullnames.FLOW: flow.result,
    fullnames.GETITEM: getitem.result,
    fullnames.PARTIAL: engine.result_of_partial,
}
_METHOD_SIGNATURES: Final[dict[str, Callable[[MethodSigContext], FunctionLike]]] = {
    fullnames.FLOW_CHECK_STORABLE: run.signature,
    fullnames.FLOW_COMPLETED_OUTPUTS: run.signature,
    fullnames.FLOW_DELIVER: deliver.signature,
    fullnames.FLOW_INCLUDE: include.signature,
    fullnames.FLOW_LEAF_OUTPUTS: leaf_outputs.signature,
    fullnames.FLOW_MAP: step.signature,
    fullnames.FLOW_PARSE_INPUT: run.signature,
    fullnames.FLOW_REPLACE: replace.signature,
    fullnames.FLOW_RESUME: run.signature,
    fullnames.FLOW_RESUME_SYNC: run.signature,
    fullnames.FLOW_RETRY: run.signature,
    fullnames.FLOW_RETRY_SYNC: run.signature,
    fullnames.FLOW_RUN: run.signature,
    fullnames.FLOW_RUN_SYNC: run.signature,
    fullnames.FLOW_START: run.signature,
    fullnames.FLOW_STEP: step.signature,
    fullnames.FLOW_WAIT: wait.signature,
    fullnames.PGFLOW_ENGINE_ATTACH: engine.signature,
    fullnames.PGFLOW_ENGINE_DELIVER: engine.signature_of_deliver,
    fullnames.PGFLOW_ENGINE_DEPLOY: engine.signature,
    fullnames.PGFLOW_ENGINE_RETRY: engine.signature,
    fullnames.PGFLOW_ENGINE_RETRY_SYNC: engine.signature,
    fullnames.PGFLOW_ENGINE_RUN: engine.signature,
    fullnames.PGFLOW_ENGINE_RUN_SYNC: engine.signature,
    fullnames.PGFLOW_ENGINE_START: engine.signature,
    fullnames.PGFLOW_RUN_DELIVER: deliver.signature_of_run,
    fullnames.RUN_DELIVER: deliver.signature_of_run,
    fullnames.TRIO_START_SOON: trio_run.signature,
}
_METHODS: Final[dict[str, Callable[[MethodContext], Type]]] = {
    fullnames.FLOW_COMPLETED_OUTPUTS: outputs_so_far.completed_of_flow,
    fullnames.FLOW_GET_STEP: outputs_so_far.definition,
    fullnames.FLOW_INCLUDE: include.result,
    fullnames.FLOW_CHECK_STORABLE: check_storable.result,
    fullnames.FLOW_LEAF_OUTPUTS: leaf_outputs.result,
    fullnames.FLOW_MAP: step.result,
    fullnames.FLOW_REPLACE: replace.result,
    fullnames.FLOW_RESUME: run.result,
    fullnames.FLOW_RESUME_SYNC: run.result,
    fullnames.FLOW_RETRY: retry.result,
    fullnames.FLOW_RETRY_SYNC: retry.result,
    fullnames.FLOW_RUN: run.result,
    fullnames.FLOW_RUN_SYNC: run.result,
    fullnames.FLOW_SEALED: sealed.result,
    fullnames.FLOW_START: run.result_of_start,
    fullnames.FLOW_STEP: step.result,
    fullnames.FLOW_UP_TO: up_to.result,
    fullnames.FLOW_WAIT: wait.result,
    fullnames.DICT_GETITEM: getitem.result,
    fullnames.LIST_ITER: views.result_of_list,
    fullnames.PGFLOW_ENGINE_ATTACH: engine.result_of_start,
    fullnames.PGFLOW_ENGINE_DEPLOY: engine.result,
    fullnames.PGFLOW_ENGINE_RETRY: engine.result_of_retry,
    fullnames.PGFLOW_ENGINE_RETRY_SYNC: engine.result_of_retry,
    fullnames.PGFLOW_ENGINE_RUN: engine.result,
    fullnames.PGFLOW_ENGINE_RUN_SYNC: engine.result,
    fullnames.PGFLOW_ENGINE_START: engine.result_of_start,
    fullnames.PGFLOW_RUN_OUTPUT: outputs_so_far.output,
    fullnames.RUN_OUTPUT: outputs_so_far.output,
    fullnames.STEP_STATUSES_GETITEM: outputs_so_far.status,
    fullnames.TYPED_DICT_GET: get.result,
    fullnames.TYPED_DICT_GETITEM: getitem.result,
    fullnames.TYPED_DICT_ITEMS: views.result,
    fullnames.TYPED_DICT_ITER: views.result,
    fullnames.TYPED_DICT_KEYS: views.result,
    fullnames.TYPED_DICT_VALUES: views.result,
}
_ATTRIBUTES: Final[dict[str, Callable[[AttributeContext], Type]]] = {
    fullnames.PGFLOW_RUN_COMPLETED_OUTPUTS: outputs_so_far.completed,
    fullnames.PGFLOW_RUN_EVENTS: outputs_so_far.events,
    fullnames.RUN_COMPLETED_OUTPUTS: outputs_so_far.completed,
    fullnames.RUN_EVENTS: outputs_so_far.events,
}
_TYPES: Final[dict[str, Callable[[AnalyzeTypeContext], Type]]] = {
    fullnames.STEP_INPUT: step_input.any_step_input,
    fullnames.UNREAD_STEPS: flow_type.unread_steps,
}
# What users may derive classes from.
_EXTENDED: Final = (fullnames.FLOW, fullnames.PGFLOW_ENGINE)


class TypedflowPlugin(PluginWithSession):
    """Looks every name up in a dictionary."""

    def get_function_signature_hook(self, fullname: str) -> Callable[[FunctionSigContext], FunctionLike] | None:
        return _FUNCTION_SIGNATURES.get(fullname) or (passed_on.signature if self._takes_step_input(fullname) else None)

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        return _FUNCTIONS.get(fullname) or (passed_on.result if self._takes_step_input(fullname) else None)

    def get_method_signature_hook(self, fullname: str) -> Callable[[MethodSigContext], FunctionLike] | None:
        name = self._defined(fullname)
        return _METHOD_SIGNATURES.get(name) or (passed_on.signature if self._takes_step_input(fullname) else None)

    def get_method_hook(self, fullname: str) -> Callable[[MethodContext], Type] | None:
        name = self._defined(fullname)
        return _METHODS.get(name) or (passed_on.result if self._takes_step_input(fullname) else None)

    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        return _ATTRIBUTES.get(fullname)

    def get_class_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        symbol = self.lookup_fully_qualified(fullname.rpartition(".")[0])
        is_enum = symbol is not None and isinstance(symbol.node, TypeInfo) and symbol.node.is_enum
        return enum_key.result if is_enum else None

    def get_type_analyze_hook(self, fullname: str) -> Callable[[AnalyzeTypeContext], Type] | None:
        return _TYPES.get(fullname) or generated_inputs.hook(self, fullname)

    def report_config_data(self, ctx: ReportConfigContext) -> str:
        """Have a module checked again that mypy's cache has from another plugin.

        mypy notes the plugin's version once for all modules, and takes the next run of some of them for one of all.
        """
        recording = self.session.recording
        return __version__ + (recording.version if recording is not None and ctx.id in recording.modules else "")

    def _takes_step_input(self, fullname: str) -> bool:
        """Whether a function is annotated ``StepInput``, or may be: a function within another has no full name."""
        if "." not in fullname:
            return True
        symbol = self.lookup_fully_qualified(fullname)
        return symbol is not None and passed_on.takes_step_input(symbol.node)

    def _defined(self, fullname: str) -> str:
        """The name of a method of a subclass under which Flow or the engine defines it; any other name as it is."""
        owner, _, method = fullname.rpartition(".")
        for base in _EXTENDED:
            inherited = f"{base}.{method}"
            if owner != base and (inherited in _METHODS or inherited in _METHOD_SIGNATURES):
                symbol = self.lookup_fully_qualified(owner)
                if symbol is not None and isinstance(symbol.node, TypeInfo) and symbol.node.has_base(base):
                    return inherited
        return fullname
