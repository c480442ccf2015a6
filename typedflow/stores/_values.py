"""How values, errors and times are written into columns, and read from them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from typedflow.exceptions import StoreError
from typedflow.stores._records import StoredError, StoredValue

if TYPE_CHECKING:
    from collections.abc import Callable

Column = str | bytes | None

_ENCRYPTED: Final = "encrypted:"


class Cipher(Protocol):
    """Encrypts what a store keeps: flow inputs, outputs, and errors."""

    def encrypt(self, data: bytes, /) -> bytes:
        """Return the bytes that are stored."""

    def decrypt(self, data: bytes, /) -> bytes:
        """Return the bytes that were encrypted, or raise an exception if the key is another one."""


_OTHER_KEY: Final = "cannot be read: it was encrypted with another key, or the file was edited by hand."


class Values:
    """Writes values and errors as columns, and reads them, with the cipher of the store."""

    def __init__(self, store: str, cipher: Cipher | None) -> None:
        self._store = store
        self._cipher = cipher

    def columns(self, value: StoredValue) -> tuple[Column, str | None]:
        """Return the columns of a value: its data and its codec."""
        if self._cipher is None:
            return value.data, value.codec
        data = value.data if isinstance(value.data, bytes) else value.data.encode("utf-8", "surrogatepass")
        return self._applied(self._cipher.encrypt, data, "encrypt a value"), _ENCRYPTED + (value.codec or "")

    def value(self, data: Column, codec: str | None) -> StoredValue:
        """Return the value of two columns."""
        if data is None:
            data = ""
        if codec is None or not codec.startswith(_ENCRYPTED):
            return StoredValue(data, codec)
        plain = self._decrypted(data)
        codec = codec.removeprefix(_ENCRYPTED)
        if codec:
            return StoredValue(plain, codec)
        try:
            return StoredValue(plain.decode("utf-8", "surrogatepass"))
        except UnicodeDecodeError as error:
            raise StoreError(self._store, f"a value {_OTHER_KEY}") from error

    def error_column(self, error: StoredError | None) -> Column:
        """Return the column of an error: a JSON object, or its encrypted bytes."""
        if error is None:
            return None
        fields = {name: value for name, value in error._asdict().items() if value or name in {"type", "message"}}
        text = json.dumps(fields, ensure_ascii=False)
        if not _is_encodable(text):
            text = json.dumps(fields)
        if self._cipher is None:
            return text
        return self._applied(self._cipher.encrypt, text.encode(), "encrypt an error")

    def error(self, column: Column) -> StoredError | None:
        """Return the error of a column."""
        if column is None:
            return None
        text = self._decrypted(column) if isinstance(column, bytes) else column
        try:
            fields = json.loads(text)
            notes, traceback = tuple(fields.get("notes", ())), fields.get("traceback", "")
            return StoredError(fields["type"], fields["message"], notes, traceback)
        except (ValueError, LookupError, TypeError, AttributeError) as problem:
            raise StoreError(self._store, f"an error {_OTHER_KEY}") from problem

    def _decrypted(self, data: Column) -> bytes:
        if self._cipher is None:
            raise StoreError(self._store, "its values are encrypted. Open it with the cipher that encrypted them.")
        if not isinstance(data, bytes):
            raise StoreError(self._store, "an encrypted value is not made of bytes: the file was edited by hand.")
        return self._applied(self._cipher.decrypt, data, "decrypt a value; its key may be another one")

    def _applied(self, function: Callable[[bytes], bytes], data: bytes, what: str) -> bytes:
        try:
            result: object = function(data)
        except Exception as error:
            raise StoreError(
                self._store, f"the cipher could not {what}. It raised {type(error).__name__}: {error}"
            ) from error
        if not isinstance(result, bytes):
            raise StoreError(self._store, f"the cipher returned an object of type {type(result).__name__}, not bytes.")
        return result


def timestamp(seconds: float) -> str:
    """Return a wall clock time as it is stored: UTC in ISO form, with microseconds."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")[:-6] + "Z"
    except (OverflowError, OSError, ValueError):
        return "9999-12-31T23:59:59.999999Z" if seconds > 0 else "0001-01-01T00:00:00.000000Z"


def optional_timestamp(seconds: float | None) -> str | None:
    """Return a wall clock time as it is stored, or None."""
    return None if seconds is None else timestamp(seconds)


def moment(text: str) -> datetime:
    """Return a time that was stored."""
    return datetime.fromisoformat(text)


def optional_moment(text: str | None) -> datetime | None:
    """Return a time that was stored, or None."""
    return None if text is None else datetime.fromisoformat(text)


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
