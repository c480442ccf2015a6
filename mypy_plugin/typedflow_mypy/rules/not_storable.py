"""Where a flow meets a store: whether its input and the outputs of its steps can be stored."""

from collections.abc import Iterator

from mypy.checker import TypeChecker
from mypy.maptype import map_instance_to_supertype
from mypy.nodes import Context, MypyFile, SymbolTable, TypeInfo
from mypy.types import Instance, NoneType, get_proper_type
from mypy.typevars import fill_typevars

from typedflow_mypy.lib import errorcodes, fullnames
from typedflow_mypy.lib.checker import type_of
from typedflow_mypy.lib.report import report
from typedflow_mypy.model import daemon
from typedflow_mypy.model.flow_notes import FlowNotes
from typedflow_mypy.model.flow_type import known_steps
from typedflow_mypy.outputs import storable, usable
from typedflow_mypy.source import step_options


def check_storable(checker: TypeChecker, flow: Instance, place: Context) -> None:
    """Report what a flow takes and outputs that can never be stored, at the call where it meets a store.

    What no step can use has been reported at the step.
    """
    notes, steps = FlowNotes.of(flow), known_steps(flow)
    codecs = frozenset(_with_codecs(checker))
    named = "this flow" if notes.slug is None else f'flow "{notes.slug}"'
    found = {f"The input of {named}": flow.args[0]}
    for slug, output in steps.items.items() if steps is not None else ():
        if not notes.step(slug).is_annotated:
            found[f'The output of step "{slug}"'] = output
    for subject, held in found.items():
        daemon.depend_on_output(checker, held)
        why_not = storable.why_not(held, checker.options, codecs)
        if why_not is not None and usable.why_not(held) is None:
            report(checker, f"{subject} cannot be stored: {why_not}", place, errorcodes.NOT_STORABLE)


def check_run(checker: TypeChecker, flow: Instance, call: Context) -> None:
    """Report what a flow takes and outputs that can never be stored, if a run is given a store."""
    store = step_options.given(checker, call, "store")
    if store is not None and not isinstance(type_of(checker, store), NoneType):
        check_storable(checker, flow, call)


def _with_codecs(checker: TypeChecker) -> Iterator[str]:
    """The classes that have a codec which this module defines or imports, or a module does that it imports.

    Of codecs elsewhere, mypy knows in one mode and not in another: the modules that it has read depend on the mode.
    """
    daemon.depend_on_names(checker, checker.tree)
    yield from _of_codecs(checker.tree.names)
    for symbol in checker.tree.names.values():
        if isinstance(symbol.node, MypyFile):
            daemon.depend_on_names(checker, symbol.node)
            yield from _of_codecs(symbol.node.names)


def _of_codecs(names: SymbolTable) -> Iterator[str]:
    for symbol in names.values():
        info = symbol.node
        if isinstance(info, TypeInfo) and info.has_base(fullnames.CODEC) and info.fullname != fullnames.CODEC:
            codec = next(base for base in info.mro if base.fullname == fullnames.CODEC)
            own = fill_typevars(info)
            stored = map_instance_to_supertype(own, codec).args[0] if isinstance(own, Instance) else own
            if isinstance(of_class := get_proper_type(stored), Instance):
                yield of_class.type.fullname
