"""`Encoding`: how the flow input and the outputs of a flow are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from typedflow._definition.validation import declared_input, declared_output
from typedflow.engines._encoding_form import StoredForm, UnencodableError, UnreadableError
from typedflow.exceptions import StoredValueError, UnstorableValueError

if TYPE_CHECKING:
    from typedflow._definition.flow import FlowDefinition
    from typedflow.stores import StoredValue

_RUN: Final = "run"
# How many characters of a path a message shows, from its beginning and from its end.
_LONGEST: Final = 100


class Encoding:
    """Encodes and decodes the flow input and the outputs of a flow, by the types that are declared.

    What is decoded equals what was encoded, and has the same types. A value that would come back as something else is
    refused.
    """

    def __init__(self, definition: FlowDefinition) -> None:
        self._definition = definition
        self._forms: dict[str, StoredForm] = {}

    @classmethod
    def of(cls, definition: FlowDefinition) -> Encoding:
        """Return the encoding of a flow. It is made once."""
        found: Encoding | None = definition.prepared.get(cls)
        if found is None:
            found = definition.prepared.setdefault(cls, cls(definition))
        return found

    @property
    def definition(self) -> FlowDefinition:
        """The flow."""
        return self._definition

    def input_to_store(self, value: object, limit: int | None) -> StoredValue:
        """Return the flow input as it is stored.

        Args:
            value: The flow input, which has been validated.
            limit: How many bytes it may have; None for any number.

        Raises:
            UnstorableValueError: It would not come back as it is, or it has more bytes.
            InvalidInputTypeError: pydantic cannot validate the flow's input type.
        """
        return self._to_store(_RUN, value, limit)

    def input_from_store(self, stored: StoredValue) -> Any:
        """Return the flow input that was stored.

        Raises:
            StoredValueError: It is not of the flow's input type.
        """
        return self._from_store(_RUN, stored)

    def output_to_store(self, slug: str, value: object, limit: int | None) -> StoredValue:
        """Return the output of a task as it is stored.

        Args:
            slug: Slug of its step.
            value: The output, which has been validated: in a map step, that of one item.
            limit: How many bytes it may have; None for any number.

        Raises:
            UnstorableValueError: It would not come back as it is, or it has more bytes.
            InvalidHandlerError: The declared type does not exist at run time, or pydantic cannot validate it.
        """
        return self._to_store(slug, value, limit)

    def output_from_store(self, slug: str, stored: StoredValue) -> Any:
        """Return the output of a task that was stored.

        Raises:
            StoredValueError: It is not of the declared type.
        """
        return self._from_store(slug, stored)

    def canonical(self, source: str, stored: StoredValue) -> StoredValue:
        """Return a stored value in a form that is the same for equal values, in any order of their keys.

        Values that equal each other but have different types, such as 1 and 1.0, have different forms.

        Args:
            source: Where it comes from: the slug of a step, or ``run`` for the flow input.
            stored: The flow input, or the output of a task.

        Raises:
            StoredValueError: It is not of the declared type.
        """
        try:
            return self._form(source).canonical(stored)
        except UnreadableError as error:
            raise StoredValueError(self._definition.slug, source, error.reason) from error.__cause__

    def _to_store(self, source: str, value: object, limit: int | None) -> StoredValue:
        flow, root = self._definition.slug, "input" if source == _RUN else "output"
        try:
            stored = self._form(source).encode(value, root)
        except UnencodableError as error:
            path, problem, fix = error.difference
            raise UnstorableValueError(flow, source, _shortened(path), problem, fix) from error.__cause__
        data = stored.data
        if limit is not None and len(data) * 4 > limit:
            size = len(data) if isinstance(data, bytes) or data.isascii() else len(data.encode())
            if size > limit:
                problem = f"it takes {size:,} bytes, and the limit is {limit:,}"
                fix = "Store it elsewhere and pass on where it is, or give the store a larger max_value_bytes"
                raise UnstorableValueError(flow, source, root, problem, fix)
        return stored

    def _from_store(self, source: str, stored: StoredValue) -> Any:
        flow = self._definition.slug
        try:
            return self._form(source).decode(stored)
        except UnreadableError as error:
            raise StoredValueError(flow, source, error.reason) from error.__cause__

    def _form(self, source: str) -> StoredForm:
        form = self._forms.get(source)
        if form is None:
            definition = self._definition
            is_input = source == _RUN
            declared = declared_input(definition) if is_input else declared_output(definition, definition[source])
            form = self._forms[source] = StoredForm(declared)
        return form


def _shortened(path: str) -> str:
    return path if len(path) <= 2 * _LONGEST else f"{path[:_LONGEST]}...{path[-_LONGEST:]}"
