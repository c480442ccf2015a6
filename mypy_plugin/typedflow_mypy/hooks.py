"""Which hook answers for which name."""

from collections.abc import Callable
from typing import Final

from mypy.nodes import TypeInfo
from mypy.plugin import AnalyzeTypeContext, FunctionContext, FunctionSigContext, MethodContext, MethodSigContext, Plugin
from mypy.types import FunctionLike, Type

from typedflow_mypy import flow_call, fullnames, get_call, handler, leaves, run_call, step, trio_call

_FUNCTION_SIGNATURES: Final[dict[str, Callable[[FunctionSigContext], FunctionLike]]] = {
    fullnames.TRIO_FROM_THREAD_RUN: trio_call.signature,
    fullnames.TRIO_RUN: trio_call.signature,
}
_FUNCTIONS: Final[dict[str, Callable[[FunctionContext], Type]]] = {
    fullnames.FLOW: flow_call.result,
}
_METHOD_SIGNATURES: Final[dict[str, Callable[[MethodSigContext], FunctionLike]]] = {
    fullnames.FLOW_LEAF_OUTPUTS: leaves.signature,
    fullnames.FLOW_STEP: step.signature,
    fullnames.TRIO_START_SOON: trio_call.signature,
}
_METHODS: Final[dict[str, Callable[[MethodContext], Type]]] = {
    fullnames.FLOW_LEAF_OUTPUTS: leaves.result,
    fullnames.FLOW_RUN: run_call.result,
    fullnames.FLOW_RUN_SYNC: run_call.result,
    fullnames.FLOW_STEP: step.result,
    fullnames.TYPED_DICT_GET: get_call.result,
}
_TYPES: Final[dict[str, Callable[[AnalyzeTypeContext], Type]]] = {
    fullnames.STEP_INPUT: handler.undecided,
}


class TypedflowPlugin(Plugin):
    """Looks every name up in a dictionary."""

    def get_function_signature_hook(self, fullname: str) -> Callable[[FunctionSigContext], FunctionLike] | None:
        return _FUNCTION_SIGNATURES.get(fullname)

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        return _FUNCTIONS.get(fullname)

    def get_method_signature_hook(self, fullname: str) -> Callable[[MethodSigContext], FunctionLike] | None:
        return _METHOD_SIGNATURES.get(self._defined(fullname))

    def get_method_hook(self, fullname: str) -> Callable[[MethodContext], Type] | None:
        return _METHODS.get(self._defined(fullname))

    def get_type_analyze_hook(self, fullname: str) -> Callable[[AnalyzeTypeContext], Type] | None:
        return _TYPES.get(fullname)

    def _defined(self, fullname: str) -> str:
        """The name of a method of a subclass of Flow under which Flow defines it; any other name as it is."""
        owner, _, method = fullname.rpartition(".")
        inherited = f"{fullnames.FLOW}.{method}"
        if owner == fullnames.FLOW or inherited not in _METHODS:
            return fullname
        symbol = self.lookup_fully_qualified(owner)
        is_flow = symbol is not None and isinstance(symbol.node, TypeInfo) and symbol.node.has_base(fullnames.FLOW)
        return inherited if is_flow else fullname
