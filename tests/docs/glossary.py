"""Find the words that docs/glossary.md does not want, in the documentation and in the source."""
# ruff: noqa: T201  what is found is printed

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = ("*.md", "docs/*.md", "docs/changes/*.md")
SOURCES: Final = ("typedflow/**/*.py", "mypy_plugin/**/*.py", "docs/examples/*.py")
EVERYTHING: Final = (*PAGES, *SOURCES)
_ROW = re.compile(r"^\| (`.*?) \| (.*?) \| (.*?) ?\|$", re.MULTILINE)
_CODE_SPAN = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_FENCE = re.compile(r"^(```+).*?^\1$", re.DOTALL | re.MULTILINE)
_PREDICATE = re.compile(r"_*(is|has|have|can)_")
_BOOL: Final = ("bool", "TypeGuard", "TypeIs")


@dataclass(frozen=True)
class Rule:
    """A wording that is not wanted, and what to write for it."""

    banned: re.Pattern[str]
    write: str
    phrases: tuple[re.Pattern[str], ...]
    folders: tuple[str, ...]

    def findings(self, text: str, folder: str) -> Iterator[tuple[int, str]]:
        """Give the places in a text, and what stands there."""
        if folder.startswith(self.folders):
            return
        allowed = [match.span() for phrase in self.phrases for match in phrase.finditer(text)]
        for match in self.banned.finditer(text):
            if not any(start <= match.start() and match.end() <= end for start, end in allowed):
                yield match.start(), match[0]


@cache
def rules() -> list[Rule]:
    """Read the table of the glossary."""
    _, _, section = (ROOT / "docs/glossary.md").read_text("utf-8").partition("## Words we don't use")
    found = []
    for banned, write, exceptions in _ROW.findall(section):
        excepted = re.findall(r"`(.*?)`", exceptions)
        folders = tuple(each for each in excepted if each.endswith("/"))
        phrases = tuple(_pattern([each]) for each in excepted if not each.endswith("/"))
        found.append(Rule(_pattern(re.findall(r"`(.*?)`", banned)), write, phrases, folders))
    return found


def _pattern(wordings: Iterable[str]) -> re.Pattern[str]:
    """Match whole words, the first of which may be capitalised; "is none" does not match "is None"."""
    found = []
    for wording in wordings:
        words = r"\s+".join(re.escape(word).replace(r"\*", r"\w*") for word in wording.split())
        first = words[0]
        found.append(f"[{first}{first.upper()}]{words[1:]}" if first.isalpha() else words)
    return re.compile(rf"\b(?:{'|'.join(found)})\b")


@dataclass(frozen=True)
class Passage:
    """Some prose: where it stands, and whether its line breaks are those of the file."""

    line: int
    text: str
    is_verbatim: bool = True


def in_page(text: str) -> list[Passage]:
    """Return the prose of a page: no programs, no output, no code spans."""
    return [Passage(1, _FENCE.sub(lambda match: "\n" * match[0].count("\n"), text))]


def in_source(source: str) -> Iterator[Passage]:
    """Give the docstrings, messages, comments, and names of functions and classes, of a module."""
    tree = ast.parse(source)
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            values = (part.value if isinstance(part, ast.Constant) else "..." for part in node.values)
            yield Passage(node.lineno, "".join(map(str, values)), is_verbatim=False)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield Passage(node.lineno, node.value, is_verbatim=id(node) in docstrings)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield Passage(node.lineno, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name).replace("_", " ").lower())
    yield from _comments(source)


def _comments(source: str) -> Iterator[Passage]:
    """Give the comments; the lines of one that takes several are one text."""
    lines: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        if lines and token.start[0] != last + 1:
            yield Passage(last - len(lines) + 1, "\n".join(lines))
            lines = []
        lines.append(token.string.lstrip("#: "))
        last = token.start[0]
    if lines:
        yield Passage(last - len(lines) + 1, "\n".join(lines))


def commands(source: str) -> Iterator[tuple[int, str]]:
    """Give the functions that are named as a question, and do not answer it with a bool."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and _PREDICATE.match(node.name):
            answer = ast.unparse(node.returns) if node.returns else ""
            if isinstance(node, ast.AsyncFunctionDef) or not answer.startswith(_BOOL):
                yield node.lineno, node.name


def check(file: str, text: str) -> list[str]:
    """Return a report for each word in a file that is not wanted.

    Args:
        file: Its path within the repository.
        text: What it contains.
    """
    found = []
    for passage in in_source(text) if file.endswith(".py") else in_page(text):
        prose = _CODE_SPAN.sub(lambda match: "\n" * match[0].count("\n") or "_", passage.text)
        for rule in rules():
            for place, wording in rule.findings(prose, file):
                line = passage.line + (prose.count("\n", 0, place) if passage.is_verbatim else 0)
                found.append((line, " ".join(wording.split()), rule.write))
    if file.endswith(".py"):
        found += [(line, name, "a verb; only what returns a bool is a question") for line, name in commands(text)]
    return [f'{file}:{line}: "{wording}": write {write}' for line, wording, write in sorted(found)]


def check_all(patterns: Iterable[str]) -> list[str]:
    """Return the reports of all files that match one of the patterns."""
    files = sorted({path for pattern in patterns for path in ROOT.glob(pattern)})
    return [report for path in files for report in check(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))]


if __name__ == "__main__":
    reports = check_all(sys.argv[1:] or EVERYTHING)
    print(*reports, sep="\n")
    sys.exit(bool(reports))
