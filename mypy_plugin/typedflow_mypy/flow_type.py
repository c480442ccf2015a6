"""The type of a flow, and of an instance of a subclass of `Flow`."""

from mypy.maptype import map_instance_to_supertype
from mypy.types import Instance, Type, TypedDictType, get_proper_type

from typedflow_mypy import fullnames


def as_flow(flow: Type) -> Instance | None:
    """Return a type as ``Flow[Input, Steps]``; None if it is no flow's."""
    proper = get_proper_type(flow)
    if not isinstance(proper, Instance):
        return None
    if proper.type.fullname == fullnames.FLOW:
        return proper
    base = next((info for info in proper.type.mro if info.fullname == fullnames.FLOW), None)
    return map_instance_to_supertype(proper, base) if base is not None else None


def known_steps(flow: Instance) -> TypedDictType | None:
    """Return the outputs of a flow's steps; None if they are not known."""
    steps = get_proper_type(flow.args[1])
    return steps if isinstance(steps, TypedDictType) else None
