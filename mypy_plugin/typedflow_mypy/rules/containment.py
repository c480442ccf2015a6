"""Whether what a condition tests can contain its pattern, by the rules of Postgres' ``@>`` on jsonb."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mypy.checker import TypeChecker
from mypy.messages import format_type
from mypy.nodes import Expression
from mypy.types import Instance, Type, UnionType, get_proper_type

from typedflow_mypy.lib.checker import UNKNOWN
from typedflow_mypy.lib.text import first_ten, nearest
from typedflow_mypy.model import daemon
from typedflow_mypy.rules.json_shape import (
    Anything,
    Array,
    NotJson,
    Object,
    Part,
    Scalar,
    Shape,
    kind_of,
    shapes_of_type,
)
from typedflow_mypy.rules.pattern import described, pattern_alternatives, shapes_of, written

# What a number may be in a pattern: a float is null in JSON if it is infinite or no number.
_FITTING: Final = {"integer": {"integer", "number"}, "number": {"integer", "number", "fraction", "null"}}
NO_PATTERN: Final = "None is the pattern null, and typedflow.UNSET stands for the lack of a pattern"
# Two types may both contain themselves.
_MAX_DEPTH: Final = 20


@dataclass(frozen=True)
class Problem:
    """Why a part of a pattern can match nothing.

    Attributes:
        why: For a message.
        place: Where that part stands.
        depth: How deep in what is tested.
        is_json: Whether it is one that JSON has, but that cannot be there.
    """

    why: str
    place: Expression
    depth: int
    is_json: bool = True


@dataclass(frozen=True)
class Tested:
    """A part of what a condition tests.

    Attributes:
        checker: mypy's.
        type: Its type.
        path: The keys that lead to it; ``[]`` stands for an item of a list.
        place: The innermost part of the pattern, around it or it itself, that stands in the source.
    """

    checker: TypeChecker
    type: Type
    path: tuple[str, ...]
    place: Expression

    @property
    def name(self) -> str:
        """The part, for a message."""
        return f'"{".".join(self.path).replace(".[]", "[]")}"' if self.path else "the flow input"

    def under(self, key: str, inner: Part, pattern: Part) -> "Tested":
        """What is under a key, or an item."""
        assert not isinstance(inner, Expression)
        place = pattern if isinstance(pattern, Expression) else self.place
        return Tested(self.checker, inner, (*self.path, key), place)

    def problems(self, pattern: Part) -> list[Problem]:
        """Say why it can never contain a pattern; nothing if it can."""
        if len(self.path) > _MAX_DEPTH:
            return []
        return [
            problem
            for part in pattern_alternatives(self.checker, pattern)
            for shape in shapes_of(self.checker, part)
            for problem in self._problems(part, shape)
        ]

    def _problems(self, pattern: Part, shape: Shape) -> list[Problem]:
        if isinstance(shape, NotJson):
            at = f" at {self.name}" if self.path else ""
            return [self.wrong(f"it has {shape.what}{at}", is_json=False)]
        own = shapes_of_type(self.type)
        daemon.depend_on_output(self.checker, self.type)
        daemon.depend_on_members(self.checker, self.type, shape.keys if isinstance(shape, Object) else ())
        if not self.path and isinstance(shape, Scalar):  # a list contains its scalars, but no other list does
            own += [scalar for array in own if isinstance(array, Array) for scalar in shapes_of_type(_item(array))]
        compared = [found for each in own if (found := self._compared(shape, each)) is not None]
        if isinstance(shape, Anything) or [] in compared:
            return []
        nearest = max(compared, key=lambda problems: max(each.depth for each in problems), default=[])
        return nearest or [self._mismatch(pattern, shape, own)]

    def _compared(self, pattern: Shape, own: Shape) -> list[Problem] | None:
        """The problems of the parts of a pattern; None if as a whole it is of another kind, or another value."""
        if isinstance(own, Anything):
            own = Object(other=UNKNOWN) if isinstance(pattern, Object) else Array((UNKNOWN,))
            if not isinstance(pattern, Object | Array):
                return []
        if isinstance(pattern, Object) and isinstance(own, Object):
            return list(self._of_keys(pattern, own))
        if isinstance(pattern, Array) and isinstance(own, Array):
            return [problem for part in pattern.items for problem in self.under("[]", _item(own), part).problems(part)]
        if (
            isinstance(pattern, Scalar)
            and isinstance(own, Scalar)
            and pattern.kind in _FITTING.get(own.kind, {own.kind})
        ):
            return [] if None in {pattern.value, own.value} or pattern.value == own.value else None
        return None

    def _of_keys(self, pattern: Object, own: Object) -> Iterator[Problem]:
        for key, part in pattern.keys.items():
            inner = own.keys.get(key, own.other)
            if inner is None:
                yield self.under(key, UNKNOWN, part).wrong(f'{self.name} has no key "{key}"; {self._instead(key, own)}')
            else:
                yield from self.under(key, inner, part).problems(part)
        if pattern.other is not None and own.other is not None:
            yield from self.under("*", own.other, pattern.other).problems(pattern.other)

    def _instead(self, key: str, own: Object) -> str:
        if near := nearest(key, own.keys):
            return f'did you mean "{near}"?'
        known = sorted(own.keys)
        return f"it has {first_ten(known)}" if known else "it has none"

    def _mismatch(self, pattern: Part, shape: Shape, own: list[Shape]) -> Problem:
        what = format_type(self.type, self.checker.options)
        proper = get_proper_type(self.type)
        if isinstance(proper, Instance) and own == [Scalar("string")] and kind_of(proper.type) is None:
            what += ", in JSON a string,"
        given = described(self.checker, pattern)
        values = [each.value for each in own if isinstance(each, Scalar) and isinstance(each.value, str)]
        wanted = shape.value if isinstance(shape, Scalar) and isinstance(shape.value, str) else ""
        near = nearest(wanted, values)
        advice = f"; did you mean {written(near)}?" if near else ""
        arrays = [each for each in own if isinstance(each, Array)]
        if not self.path and shape == Scalar("null"):
            advice = f"; {NO_PATTERN}"
        if arrays and not self.under("[]", _item(arrays[0]), pattern).problems(pattern):
            advice = f"; write {'[{...}]' if isinstance(shape, Object) else f'[{given}]'} to look for an item"
        return self.wrong(f"{self.name} is {what} and never {given}{advice}")

    def wrong(self, why: str, *, is_json: bool = True) -> Problem:
        """Return a problem with this part."""
        return Problem(why, self.place, len(self.path), is_json)


def _item(array: Array) -> Type:
    return UnionType.make_union([item for item in array.items if not isinstance(item, Expression)])
