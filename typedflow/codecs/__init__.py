"""How objects are stored that pydantic has no schema for: tables and arrays by Arrow, others by codecs of yours.

A `Codec` makes bytes of an object, and the object of the bytes. `register` makes it known for a class. The codecs of
pandas, polars, pyarrow and numpy are there already; all but those of polars need the extra ``typedflow[arrow]``.
"""

from typedflow.codecs._codec import Codec
from typedflow.codecs._registry import decode, encode, register

__all__ = ["Codec", "decode", "encode", "register"]
