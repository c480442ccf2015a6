"""The codec of Arrow's tables, and the format of the others: Arrow's stream format."""

from __future__ import annotations

from typing import Any, ClassVar

import pyarrow as pa

from typedflow.codecs._codec import Codec


class TableCodec(Codec[Any]):
    """A table of pyarrow."""

    name: ClassVar[str] = "pyarrow.Table"

    def encode(self, value: Any) -> bytes:
        """Return the table as a stream of record batches."""
        with pa.BufferOutputStream() as sink:
            with pa.ipc.new_stream(sink, value.schema) as writer:
                writer.write_table(value)
            return bytes(sink.getvalue())

    def decode(self, data: bytes) -> Any:
        """Return the table of such a stream."""
        with pa.ipc.open_stream(data) as reader:
            return reader.read_all()
