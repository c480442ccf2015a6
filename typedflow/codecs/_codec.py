"""`Codec`: how the objects of a class are stored."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

T = TypeVar("T")


class Codec(ABC, Generic[T]):
    """How the objects of a class are stored. Derive from it, and pass an instance to `register`.

    The mypy plugin takes a class ``X`` for one that can be stored if a class that derives from ``Codec[X]`` is known
    in the module where the flow meets the store: it is defined there, imported, or in a module that is imported.

    Attributes:
        name: What the bytes are stored under. Choose another one if `decode` could not read what `encode` wrote before.
    """

    name: ClassVar[str]

    @abstractmethod
    def encode(self, value: T) -> bytes:
        """Return the bytes of an object. Raise an exception that says why if there are none."""

    @abstractmethod
    def decode(self, data: bytes) -> T:
        """Return an object that equals the one whose bytes they are."""
