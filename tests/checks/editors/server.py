"""A language server, asked as an editor asks it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Self

from pylsp_jsonrpc.endpoint import Endpoint
from pylsp_jsonrpc.streams import JsonRpcStreamReader, JsonRpcStreamWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Path(sys.executable).parent
SERVERS = {
    "pyright": ["pyright-langserver", "--stdio"],
    "basedpyright": ["basedpyright-langserver", "--stdio"],
    "ty": ["ty", "server"],
    "pyrefly": ["pyrefly", "lsp"],
    "zuban": ["zuban", "server"],
    "jedi": ["jedi-language-server"],
}
CURSOR = "‸"
PATIENCE = 60.0
TRIES = 3


class Server:
    """A server that has a folder open.

    Attributes:
        diagnostics: What it has said of each file, by the file's name.
    """

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        answers = {
            "workspace/configuration": self._configuration,
            "workspace/workspaceFolders": lambda _: self._folders,
            "client/registerCapability": lambda _: None,
            "window/workDoneProgress/create": lambda _: None,
            "textDocument/publishDiagnostics": self._publish,
        }
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        self._folder = folder
        self._versions: dict[Path, int] = {}
        self._is_ready = False
        self._endpoint = Endpoint(answers, JsonRpcStreamWriter(process.stdin).write)
        reader = JsonRpcStreamReader(process.stdout)
        Thread(target=reader.listen, args=[self._endpoint.consume], daemon=True).start()

    @classmethod
    @contextmanager
    def started(cls, command: list[str], folder: Path, settings: dict[str, Any] | None = None) -> Iterator[Self]:
        """Start one, and stop it whatever happens."""
        program, *arguments = command
        environment = {**os.environ, "VIRTUAL_ENV": str(BIN.parent), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        with subprocess.Popen(  # noqa: S603  one of those above
            [BIN / program, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                server = cls(process, folder)
                server._initialize(settings)
                yield server
                server._request("shutdown", None)
                server._endpoint.notify("exit", None)
            finally:
                process.kill()

    @property
    def _folders(self) -> list[dict[str, str]]:
        return [{"uri": self._folder.as_uri(), "name": self._folder.name}]

    def _initialize(self, settings: dict[str, Any] | None) -> None:
        document = {
            "completion": {"contextSupport": True},
            "hover": {"contentFormat": ["plaintext"]},
            "publishDiagnostics": {},
            "synchronization": {"didSave": True},
        }
        workspace = {"configuration": True, "workspaceFolders": True}
        parameters = {
            "processId": os.getpid(),
            "rootUri": self._folder.as_uri(),
            "rootPath": str(self._folder),
            "workspaceFolders": self._folders,
            "capabilities": {"textDocument": document, "workspace": workspace},
        }
        self._request("initialize", parameters)
        self._endpoint.notify("initialized", {})
        self._endpoint.notify("workspace/didChangeConfiguration", {"settings": settings or {}})

    def _configuration(self, parameters: dict[str, Any]) -> list[dict[str, str]]:
        python = {"pythonPath": sys.executable}
        return [python if item.get("section") == "python" else {} for item in parameters["items"]]

    def _publish(self, parameters: dict[str, Any]) -> None:
        self.diagnostics[Path(parameters["uri"].removeprefix("file://")).name] = parameters["diagnostics"]

    def _request(self, method: str, parameters: dict[str, Any] | None) -> Any:
        return self._endpoint.request(method, parameters).result(PATIENCE)

    def show(self, file: Path, text: str) -> None:
        """Open a file, or change it; on disk it need not be."""
        version = self._versions[file] = self._versions.get(file, 0) + 1
        document = {"uri": file.as_uri(), "version": version}
        if version == 1:
            opened = {**document, "languageId": "python", "text": text}
            self._endpoint.notify("textDocument/didOpen", {"textDocument": opened})
        else:
            changed = {"textDocument": document, "contentChanges": [{"text": text}]}
            self._endpoint.notify("textDocument/didChange", changed)

    def save(self, file: Path) -> None:
        """Tell it that a file has been written."""
        self._endpoint.notify("textDocument/didSave", {"textDocument": {"uri": file.as_uri()}})

    def diagnostics_of(self, file: Path, source: str) -> list[dict[str, Any]]:
        """What it says of a file the next time."""
        end = time.monotonic() + PATIENCE
        self.diagnostics.pop(file.name, None)
        while file.name not in self.diagnostics:
            assert time.monotonic() < end, "no diagnostics came"
            time.sleep(0.05)
        return [said for said in self.diagnostics[file.name] if said.get("source") == source]

    def completions(self, file: Path, program: str) -> set[str]:
        """What it offers at the cursor, without quotes."""
        found = self._ask("textDocument/completion", file, program)
        items = found["items"] if isinstance(found, dict) else found or []
        return {item["label"].strip("\"'= ") for item in items}

    def hover(self, file: Path, program: str) -> str:
        """What it shows of the name after the cursor."""
        found = self._ask("textDocument/hover", file, program)
        contents = found["contents"] if found else ""
        return str(contents["value"] if isinstance(contents, dict) else contents)

    def _ask(self, method: str, file: Path, program: str) -> Any:
        """Ask about the place of the cursor, again while nothing has been answered: some are not ready at once."""
        self.show(file, program.replace(CURSOR, ""))
        before = program[: program.index(CURSOR)]
        position = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        for _ in range(TRIES):
            found = self._request(method, {"textDocument": {"uri": file.as_uri()}, "position": position})
            if found and found != {"isIncomplete": False, "items": []}:
                self._is_ready = True
                return found
            if self._is_ready:
                return None
            time.sleep(0.2)
        return None
