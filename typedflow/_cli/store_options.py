"""``--store`` and ``--cipher``: which store a command opens."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import click

from typedflow._cli.failure import Failure
from typedflow.exceptions import StoreError, UnknownStepError
from typedflow.stores import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Command = TypeVar("Command", bound="Callable[..., Any]")


class StoreOptions(TypedDict):
    """The values of the options."""

    store: str
    cipher: str | None


class StoreFailure(Failure):
    """Ends a command that a store has refused or could not carry out, with the exit code 1."""

    exit_code = 1


def store_options(command: Command) -> Command:
    """Give a command the options ``--store``, which is required, and ``--cipher``."""
    return store_option(is_required=True)(cipher_option(command))


def store_option(*, is_required: bool) -> Callable[[Command], Command]:
    """Return a decorator that gives a command the option ``--store``."""
    return click.option(
        "--store",
        metavar="FILE",
        envvar="TYPEDFLOW_STORE",
        show_envvar=True,
        required=is_required,
        help="The file that remembers the runs.",
    )


def cipher_option(command: Command) -> Command:
    """Give a command the option ``--cipher``."""
    return click.option(
        "--cipher",
        metavar="TARGET",
        envvar="TYPEDFLOW_CIPHER",
        show_envvar=True,
        help="What encrypts and decrypts values in the store: path/to/file.py:NAME or package.module:NAME.",
    )(command)


@contextmanager
def opened_store(file: str, cipher: str | None = None, *, creates: bool = False) -> Iterator[SqliteStore]:
    """Open a store while the context is entered. An error of the store ends the command.

    Args:
        file: The path of its file.
        cipher: What names the user's cipher.
        creates: Whether a file that does not exist is created.

    Raises:
        Failure: There is no such file, or the run has no such step.
        StoreFailure: The store cannot be opened, read or written, or refuses what was asked for.
    """
    if "://" in file:  # it is not shown, as it may have a password
        raise Failure("--store takes the path of a file, not an address. Runs in Postgres are named by --engine.")
    if not file or not (creates or Path(file).exists()):
        raise Failure(f'there is no store "{file}": the file does not exist. typedflow run --store creates it.')
    try:
        with SqliteStore(file, cipher=_loaded(cipher)) as store:
            yield store
    except UnknownStepError as error:
        raise Failure(f"{error}") from error
    except StoreError as error:
        raise StoreFailure(f"{error}") from error


def _loaded(cipher: str | None) -> Any:
    if cipher is None:
        return None
    from typedflow._cli.named_object import load_object  # noqa: PLC0415  imports trio, which most commands do without

    found = load_object("--cipher", cipher)
    missing = [name for name in ("encrypt", "decrypt") if not callable(getattr(found, name, None))]
    if isinstance(found, type) or missing:
        what = f"is the class {found.__name__}, not an instance of it" if isinstance(found, type) else "is not a cipher"
        raise Failure(f'--cipher: "{cipher}" {what}: it needs the methods encrypt and decrypt, from bytes to bytes.')
    return found
