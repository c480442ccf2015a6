"""What awaiting an output gives."""

from mypy.maptype import map_instance_to_supertype
from mypy.typeops import make_simplified_union
from mypy.types import Instance, Type, UnionType, get_proper_type


def awaited(returned: Type) -> Type:
    """Return what awaiting a value of this type gives, or the type itself if it cannot be awaited."""
    proper = get_proper_type(returned)
    if isinstance(proper, UnionType):
        items = [awaited(item) for item in proper.items]
        return returned if items == proper.items else make_simplified_union(items)
    if isinstance(proper, Instance):
        awaitable = next((info for info in proper.type.mro if info.fullname == "typing.Awaitable"), None)
        if awaitable is not None:
            return map_instance_to_supertype(proper, awaitable).args[0]
    return returned
