"""The examples of the documentation run, on pages that are really served over HTTP."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from typing_extensions import override

from tests.unit.cli.commands import shell
from typedflow import Flow, StepFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"

ARTICLE = """\
<!DOCTYPE html><html><head><title>A  page
of ours</title><style>p { color: red }</style></head>
<body><nav><a href="/">terrible</a></nav><script>throw "awful"</script>
<h1>Typed workflows</h1>
<p>A workflow whose wiring is <em>checked</em> by the type checker gives good, reliable programs.</p>
<p>This paragraph has nothing to do with it, as it was put here so that something can be left out.</p>
<p>The type checker is not slow, and it finds a workflow with a problem
in its wiring.<br>A short one.</p>
<div>Every workflow is checked by the type checker before any step of the workflow can run.</div>
</body></html>"""

PAGES: dict[str, tuple[int, str | None, str]] = {
    "/article": (200, "text/html; charset=utf-8", ARTICLE),
    "/quote": (200, "text/html", "<p>It isn\N{RIGHT SINGLE QUOTATION MARK}t good.</p>"),
    "/empty": (200, "text/html", "<html><head><title>Nothing</title></head><body><script>1</script></body></html>"),
    "/data": (200, "application/json; charset=utf-8", "{}"),
    "/untyped": (200, None, "text"),
    "/broken": (503, "text/html", "<p>Later.</p>"),
}


class Site(BaseHTTPRequestHandler):
    @override
    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/article")
            self.end_headers()
            return
        status, kind, body = PAGES.get(self.path, (404, "text/html", "<p>Not here.</p>"))
        self.send_response(status)
        if kind is not None:
            self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body.encode())


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture(scope="module")
def flow() -> Flow[Any, Any]:
    spec = importlib.util.spec_from_file_location("analyze_website", EXAMPLES / "analyze_website.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("Flow[Any, Any]", module.analyze_website)


def test_report_of_a_page_is_returned_and_saved(flow: Flow[Any, Any], site: str, tmp_path: Path) -> None:
    path = tmp_path / "reports" / "report.json"
    outputs = flow.run_sync({"url": f"{site}/article", "path": str(path)})
    assert list(outputs) == ["website", "sentiment", "summary", "save"]
    assert outputs["website"] == {
        "title": "A page of ours",
        "text": "Typed workflows\n"
        "A workflow whose wiring is checked by the type checker gives good, reliable programs.\n"
        "This paragraph has nothing to do with it, as it was put here so that something can be left out.\n"
        "The type checker is not slow, and it finds a workflow with a problem in its wiring. A short one.\n"
        "Every workflow is checked by the type checker before any step of the workflow can run.",
    }
    assert outputs["save"] == {
        "url": f"{site}/article",
        "sentiment": 0.5,  # good, reliable and "not slow" against problem
        "summary": [
            "A workflow whose wiring is checked by the type checker gives good, reliable programs.",
            "The type checker is not slow, and it finds a workflow with a problem in its wiring.",
            "Every workflow is checked by the type checker before any step of the workflow can run.",
        ],
    }
    assert json.loads(path.read_text(encoding="utf-8")) == outputs["save"]
    assert [file.name for file in path.parent.iterdir()] == ["report.json"]


def test_redirects_are_followed(flow: Flow[Any, Any], site: str, tmp_path: Path) -> None:
    outputs = flow.run_sync({"url": f"{site}/moved", "path": str(tmp_path / "report.json")})
    assert outputs["website"]["title"] == "A page of ours"


def test_page_without_title_or_sentences_has_a_report(flow: Flow[Any, Any], site: str, tmp_path: Path) -> None:
    outputs = flow.run_sync({"url": f"{site}/quote", "path": str(tmp_path / "report.json")})
    assert outputs["website"]["title"] == ""
    assert (outputs["sentiment"], outputs["summary"]) == (-1.0, [])


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/missing", "answered 404 Not Found"),
        ("/broken", "answered 503 Service Unavailable"),
        ("/data", "is application/json, not HTML"),
        ("/untyped", "is of no declared type, not HTML"),
        ("/empty", "has no text"),
    ],
)
def test_page_that_cannot_be_analysed_is_said_to_be(
    flow: Flow[Any, Any], site: str, tmp_path: Path, path: str, message: str
) -> None:
    report = tmp_path / "report.json"
    with pytest.raises(StepFailedError) as caught:
        flow.run_sync({"url": site + path, "path": str(report)})
    assert caught.value.step == "website"
    assert type(caught.value.__cause__).__name__ == "PageError"
    assert str(caught.value.__cause__) == f"{site}{path} {message}"
    assert not report.exists()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "no-url", "http://[", ""])
def test_url_that_cannot_be_downloaded_is_said_to_be(flow: Flow[Any, Any], tmp_path: Path, url: str) -> None:
    with pytest.raises(StepFailedError) as caught:
        flow.run_sync({"url": url, "path": str(tmp_path / "report.json")})
    assert type(caught.value.__cause__).__name__ == "PageError"
    assert str(caught.value.__cause__).startswith(f"{url} cannot be downloaded: ")


def test_report_that_cannot_be_saved_leaves_nothing_behind(flow: Flow[Any, Any], site: str, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    with pytest.raises(StepFailedError) as caught:
        flow.run_sync({"url": f"{site}/article", "path": str(taken)})
    assert (caught.value.step, type(caught.value.__cause__)) == ("save", IsADirectoryError)
    assert list(tmp_path.iterdir()) == [taken]


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / "demo.py"), *arguments]
    return subprocess.run(  # noqa: S603  the demo of this checkout
        command,
        cwd=folder,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_demo_analyses_a_page_of_the_documentation_server_and_stops_it(tmp_path: Path) -> None:
    done = demo(tmp_path)
    assert done.returncode == 0, done.stderr
    saved = tmp_path / "build" / "analyze_website.json"
    report = json.loads(saved.read_text(encoding="utf-8"))
    assert saved.read_text(encoding="utf-8") in done.stdout
    assert done.stdout.endswith("\nSaved in build/analyze_website.json\n")
    assert len(report["summary"]) == 3
    assert -1 <= report["sentiment"] < 0  # a page about errors and exceptions
    assert re.search(r'"save" completed', done.stderr)
    with pytest.raises(httpx.ConnectError):
        httpx.get(report["url"])


def test_demo_analyses_any_url(site: str, tmp_path: Path) -> None:
    done = demo(tmp_path, f"{site}/article")
    assert done.returncode == 0, done.stderr
    assert f'"url": "{site}/article"' in done.stdout


def test_demo_fails_as_the_run_does(site: str, tmp_path: Path) -> None:
    done = demo(tmp_path, f"{site}/missing")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"PageError: {site}/missing answered 404 Not Found" in done.stderr


def test_a_flow_in_a_package_is_run_by_its_path(tmp_path: Path) -> None:
    for number, order in enumerate([("Ann", 2.5), ("Bob", 1), ("Ann", 4)]):
        customer, price = order
        (tmp_path / f"{number}.json").write_text(json.dumps({"customer": customer, "price": price}), "utf-8")
    done = shell("run", str(EXAMPLES / "shop" / "flow.py"), "--input", json.dumps(str(tmp_path)), cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["report"] == "2 customers ordered for 7.50"


def test_handlers_run_on_asyncio_in_a_process_and_in_a_thread() -> None:
    command = [sys.executable, str(EXAMPLES / "where_handlers_run.py")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)  # noqa: S603  above
    assert (done.returncode, done.stderr) == (0, "counts.txt: 4 words\n")


def test_the_handlers_of_a_run_share_a_client(site: str, tmp_path: Path) -> None:
    example = EXAMPLES / "page_titles.py"
    urls = [f"{site}/article", f"{site}/empty", f"{site}/quote"]
    command = [sys.executable, str(example), *urls]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)  # noqa: S603  above
    assert (done.returncode, done.stdout) == (0, "A page of ours\nNothing\n\n"), done.stderr

    named = ["--input", json.dumps(urls[:1]), "--resources", f"{example}:open_client"]
    ran = shell("run", str(example), *named, cwd=tmp_path)
    assert (ran.returncode, json.loads(ran.stdout)) == (0, {"titles": ["A page of ours"]}), ran.stderr
