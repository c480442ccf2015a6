"""The codec of numpy: an array as the only column of a table of Arrow, with its shape and its type."""

from __future__ import annotations

from ast import literal_eval
from typing import Any, ClassVar, Final

import numpy as np
import pyarrow as pa

from typedflow.codecs._codec import Codec
from typedflow.codecs._pyarrow import TableCodec
from typedflow.exceptions import CodecError

_TABLE: Final = TableCodec()
_ARRAY: Final = b"typedflow.array"
# Of these kinds, Arrow has every type: booleans, whole numbers and floating point numbers.
_NUMBERS: Final = "biuf"
_SIZES: Final = {1, 2, 4, 8}


class ArrayCodec(Codec[Any]):
    """An array of any shape and any type but objects. Its order in memory is not kept."""

    name: ClassVar[str] = "numpy.ndarray"

    def encode(self, value: Any) -> bytes:
        """Return the array as a stream of Arrow. Numbers are a column of numbers; other items are their bytes."""
        kind: Any = value.dtype
        if kind.hasobject:
            reason = f"an array of the type {kind} has Python objects, which Arrow does not. Use another type."
            raise CodecError(self.name, reason)
        flat = np.ascontiguousarray(value).reshape(-1)
        if kind.kind in _NUMBERS and kind.itemsize in _SIZES:
            column = pa.array(flat.astype(kind.newbyteorder("=")))
        else:
            column = pa.array([flat.tobytes()], pa.large_binary())
        note = repr((value.shape, np.lib.format.dtype_to_descr(kind)))  # literals, as numpy's own files have them
        schema = pa.schema([pa.field("items", column.type)], {_ARRAY: note.encode()})
        return _TABLE.encode(pa.table([column], schema=schema))

    def decode(self, data: bytes) -> Any:
        """Return the array of such a stream."""
        table = _TABLE.decode(data)
        shape, described = literal_eval(table.schema.metadata[_ARRAY].decode())
        kind = np.lib.format.descr_to_dtype(described)
        column = table.column(0)
        if pa.types.is_large_binary(column.type):
            flat = np.frombuffer(bytearray(column[0].as_py()), kind)
        else:
            flat = column.to_numpy().astype(kind)
        return flat.reshape(shape)
