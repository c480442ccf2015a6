"""The type checkers that load no plugin, run as their users run them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

BIN = Path(sys.executable).parent
COMMANDS = {
    "pyright": ["pyright", "--outputjson", "--pythonpath", sys.executable],
    "basedpyright": ["basedpyright", "--outputjson", "--pythonpath", sys.executable, "--project", "based.json"],
    "ty": ["ty", "check", "--output-format", "concise", "--python", sys.executable],
    "pyrefly": ["pyrefly", "check", "--output-format", "min-text", "--python-interpreter-path", sys.executable],
    "zuban": ["zuban", "check", "--python-executable", sys.executable],
}
CHECKERS = tuple(COMMANDS)
# Each is as strict as its makers recommend to those who want it strict.
CONFIGURATION = {
    "pyrightconfig.json": json.dumps({"typeCheckingMode": "strict"}),
    "based.json": json.dumps({"typeCheckingMode": "recommended"}),
    "pyrefly.toml": 'preset = "strict"\n',
}
LINE = {
    "ty": re.compile(r"^(?P<file>[^\s:]+):(?P<line>\d+):\d+: (?:error|warning)\[(?P<rule>[\w-]+)\]", re.MULTILINE),
    "pyrefly": re.compile(r"^ *(?:ERROR|WARN) (?P<file>[^\s:]+):(?P<line>\d+):.*\[(?P<rule>[\w-]+)\]$", re.MULTILINE),
    "zuban": re.compile(r"^(?P<file>[^\s:]+):(?P<line>\d+): error: .*\[(?P<rule>[\w-]+)\]$", re.MULTILINE),
}
Findings = dict[str, set[tuple[int, str]]]


def configure(folder: Path) -> None:
    """Write the configuration of each checker."""
    for name, text in CONFIGURATION.items():
        (folder / name).write_text(text, "utf-8")


def findings(checker: str, folder: Path) -> Findings:
    """What a checker finds in a folder: by the stem of the file, the lines and the rules."""
    command = COMMANDS[checker]
    done = subprocess.run(  # noqa: S603  one of those above
        [BIN / command[0], *command[1:]], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 1}, done.stdout[-1000:] + done.stderr[-1000:]
    found: Findings = defaultdict(set)
    if checker in LINE:
        for match in LINE[checker].finditer(done.stdout):
            found[Path(match["file"]).stem].add((int(match["line"]), match["rule"]))
        return found
    for said in json.loads(done.stdout)["generalDiagnostics"]:
        if said["severity"] != "information":
            line = said["range"]["start"]["line"] + 1 if "range" in said else 1
            found[Path(said["file"]).stem].add((line, said.get("rule", "syntax")))
    return found
