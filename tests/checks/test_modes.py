"""The plugin gives the same answers from mypy's cache, in its parallel workers and in its daemon."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from mypy import api, version
from mypy.dmypy_server import Server, process_start_options
from packaging.version import Version

from tests.mypy_runs import STRICT
from tests.typing.corpora import corpus

if TYPE_CHECKING:
    from collections.abc import Callable

DAEMON_BEFORE = """
from typing import TypedDict
from typedflow import Flow
class Website(TypedDict):
    text: str
def website(inputs: object) -> Website: raise NotImplementedError
base = Flow("analyze", str).step("website", website)
"""
DAEMON_AFTER = """
from before import base
from typedflow import StepInput
def words(inputs: StepInput) -> None:
    inputs["website"]["text"].count_words()
flow = base.step("words", words, depends_on=["website"])
def build() -> None:
    reveal_type(base.step("later", Later.words, depends_on=["website"]))
    Later.nothing()
    _ = base.step("not a slug", Later.words, depends_on=["website"])
class Later:
    @staticmethod
    def nothing() -> None: ...
    @staticmethod
    def words(inputs: StepInput) -> int:
        return len(inputs["website"]["text"])
"""
DAEMON_LAMBDA = """
from before import base
flow = base.step("words", lambda i: i["website"]["text"].count_words(), depends_on=["website"])
"""
DAEMON_SKIPPED = """
from typedflow import Flow
base = Flow("analyze", str).step("website", lambda i: {"text": i["run"]}, when_exhausted="skip")
words = base.step("words", lambda i: 1, depends_on=["website"], if_={"website": {}})
"""
DAEMON_REPLACE = """
from before import words
fake = words.replace("words", lambda i: len(i["website"]["text"]))
"""
DAEMON_DATA = """
from dataclasses import dataclass
from typing import TypedDict
from typedflow import Flow
@dataclass
class Website:
    text: str
    status: int
base = Flow("analyze", str).step("website", lambda i: Website(i["run"], 200))
"""
DAEMON_CONDITION = """
from before import base
words = base.step("words", lambda i: 1, depends_on=["website"], if_={"website": {"status": 200}})
fake = base.replace("website", lambda i: i["run"])
"""
DAEMON_INFERRED = """
from typing import TypedDict
from typedflow import Flow
class Website(TypedDict):
    text: str
def website(inputs):
    found = []
    for word in inputs["run"].split():
        found.append({"word": word, "size": len(word)})
    return {"kind": "ok", **({"words": found} if found else {})}
def table(inputs) -> dict[str, str]: return {}
base = (
    Flow("analyze", str)
    .step("website", website)
    .step("table", table)
    .step("mixed", lambda i: {**i["table"], "size": 1}, depends_on=["table"])
)
"""
DAEMON_READ = """
from before import base
flow = (
    base.step(
        "tested", lambda i: i["website"]["words"][0]["size"] if "words" in i["website"] else 0, depends_on=["website"]
    )
    .step("plain", lambda i: i["website"]["words"], depends_on=["website"])
    .step("vague", lambda i: i["mixed"]["size"] + 1, depends_on=["mixed"])
)
"""
DAEMON_FIRST_AND_SECOND = """
from dataclasses import dataclass
from typedflow import Flow
@dataclass
class First:
    text: str
@dataclass
class Second:
    text: int
first = Flow("first", str).step("page", lambda i: First(""))
second = Flow("second", str).step("page", lambda i: Second(1))
"""
DAEMON_SHARED = """
# mypy: warn-unreachable, strict-equality
from before import first, second
from typedflow import StepInput
def build() -> None:
    _ = first.step("kind", kind, depends_on=["page"])
def also() -> None:
    _ = second.step("kind", kind, depends_on=["page"])
class Task:
    def __call__(self, inputs: StepInput) -> bool: return self.test(inputs)
    def test(self, inputs: StepInput) -> bool: return inputs["page"].text == 1
class Other(Task):
    def test(self, inputs: StepInput) -> bool: return inputs["page"].text == ""
def kind(inputs: StepInput) -> int:
    if inputs["page"].text == 1:
        return 1
    return 2
one = first.step("test", Task(), depends_on=["page"]).step("other", Other(), depends_on=["page"])
two = second.step("test", Task(), depends_on=["page"])
"""
DAEMON_DECORATED = """
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar
from typedflow import Flow, StepInput
Handler = TypeVar("Handler", bound=Callable[..., Any])
Parameters = ParamSpec("Parameters")
Output = TypeVar("Output")
def task(handler: Handler) -> Handler:
    return handler
def same(handler: Callable[Parameters, Output]) -> Callable[Parameters, Output]:
    return handler
def named(name: str) -> Callable[[Callable[[StepInput], Output]], Callable[[StepInput], Output]]:
    raise NotImplementedError(name)
@task
def size(inputs: StepInput) -> int:
    return len(inputs["run"])
@task
def bound(inputs: StepInput) -> int:
    return len(inputs["other"])
@same
def generic(inputs: StepInput) -> int:
    return len(inputs["other"])
@named("declared")
def declared(inputs: StepInput) -> int:
    return len(inputs["other"])
@task
def open(inputs) -> int:
    return len(inputs["other"])
@task
@same
def twice(inputs: StepInput) -> int:
    return len(inputs["other"])
class Store:
    @task
    def save(self, inputs: StepInput) -> int:
        return len(inputs["other"])
    @staticmethod
    def load(inputs: StepInput) -> int:
        return len(inputs["other"])
    @classmethod
    def make(cls, inputs: StepInput) -> int:
        return len(inputs["other"])
flow = Flow("decorated", str).step("size", size).step("again", size).step("bound", bound).step("generic", generic)
more = flow.step("declared", declared).step("open", open).step("twice", twice)
methods = flow.step("save", Store().save).step("load", Store.load).step("make", Store.make)
"""
DAEMON_RESOURCES = """
from before import flow
from typedflow import StepContext, StepInput
def read(inputs: StepInput, context: StepContext) -> int:
    return len(context.resources.text)
def item(letter: str, context: StepContext) -> int:
    return len(context.resources.text)
more = flow.step("read", read).map("item", item, over="run")
def main() -> None:
    more.run_sync([])
    more.run_sync([], resources=lambda: more)
"""
DAEMON_CLIENTS = """
from typedflow import Flow
class Clients:
    text: str
    other: int
flow = Flow("analyze", list[str], resources=Clients)
"""
DAEMON_PAGES = """
from typing import TypedDict
from typedflow import Flow
class Page(TypedDict):
    url: str
class Sheet: ...
flow = Flow("analyze", Page).step("website", lambda i: {"text": i["run"]["url"]}).wait("approval", int)
"""
DAEMON_ENGINE = """
import functools, trio
from before import flow
from typedflow.engines.pgflow import PgflowEngine
async def main(engine: PgflowEngine) -> None:
    outputs = await engine.run(flow, {"url": "a"})
    outputs["website"]["text"].upper()
    async with engine.start(flow, {"url": "a"}) as run:
        run.deliver("approval", 1)
def again(engine: PgflowEngine) -> None:
    engine.retry_sync(flow, "a", from_steps=["website"])
    engine.deliver(flow, "a", "approval", 1)
    trio.run(engine.run, flow, {"url": "a"})
    trio.run(functools.partial(engine.run, flow, {"url": "a"}, run_id="a"))
"""
PROBLEM = 'after.py:3: error: The if_ of step "words" can match nothing:'


@pytest.mark.skipif(Version(version.__version__) < Version("2.0"), reason="it has no --num-workers")
def test_the_answer_is_the_same_from_the_cache_and_in_parallel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mypy.ini").write_text(STRICT, "utf-8")
    step = corpus("step")
    Path("flows.py").write_text(step.modules["flows"], "utf-8")
    for name in ("a_function_reads_an_undeclared_step", "a_flow_may_stand_above_its_handlers"):
        Path(f"{name}.py").write_text(step.source(name), "utf-8")
    command = [".", "--no-error-summary", "--cache-dir=cache"]
    cold, _, _ = api.run(command)
    warm, _, _ = api.run(command)
    parallel, _, _ = api.run([".", "--no-error-summary", "--cache-dir=other", "--num-workers=2"])

    assert cold.count("error:") == 2
    assert sorted(warm.splitlines()) == sorted(cold.splitlines())
    assert sorted(parallel.splitlines()) == sorted(cold.splitlines())


def _daemon(monkeypatch: pytest.MonkeyPatch, folder: Path, after: str) -> Callable[[str], str]:
    """Return what tells what one daemon says of two modules, the first of which is edited each time."""
    monkeypatch.chdir(folder)
    Path("mypy.ini").write_text(STRICT, "utf-8")
    Path("after.py").write_text(after, "utf-8")
    daemon = Server(process_start_options([], allow_sources=True), "status.json")

    def check(before: str) -> str:
        Path("before.py").write_text(before, "utf-8")
        said = daemon.cmd_check(["before.py", "after.py"], export_types=False, is_tty=False, terminal_width=80)
        return str(said["out"])

    return check


def test_the_daemon_checks_a_body_again_with_the_input_of_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only another module is edited, so the daemon checks parts of the flow's module, and some of them twice."""
    check = _daemon(monkeypatch, tmp_path, DAEMON_AFTER)
    first = check(DAEMON_BEFORE)
    second = check(DAEMON_BEFORE.replace("text: str", "text: list[str]"))

    assert 'after.py:5: error: "str" has no attribute "count_words"' in first
    assert second == api.run(["before.py", "after.py", "--cache-dir=cache"])[0]
    assert 'after.py:5: error: "list[str]" has no attribute "count_words"' in second


def test_the_daemon_reports_of_a_shared_handler_what_holds_for_every_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each flow stands in a function of its own, of which the daemon checks one again and not the other."""
    check = _daemon(monkeypatch, tmp_path, DAEMON_SHARED)
    texts = [
        DAEMON_FIRST_AND_SECOND,
        DAEMON_FIRST_AND_SECOND.replace("text: int", "text: str").replace("Second(1)", 'Second("")'),
        DAEMON_FIRST_AND_SECOND,
        DAEMON_FIRST_AND_SECOND.replace("text: str", "text: int").replace('First("")', "First(1)"),
    ]
    said = [(check(text), api.run(["before.py", "after.py", "--cache-dir=cache"])[0]) for text in texts]

    assert [sorted(daemon.splitlines()[:-1]) for daemon, _ in said] == [sorted(c.splitlines()[:-1]) for _, c in said]
    assert "after.py:15: error: Non-overlapping equality check" not in said[0][0]
    assert "after.py:15: error: Non-overlapping equality check" in said[1][0]


def test_the_daemon_keeps_the_error_of_a_lambda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that the lambda's module sees is edited, so the daemon checks that again only for the error."""
    check = _daemon(monkeypatch, tmp_path, DAEMON_LAMBDA)
    first = check(DAEMON_BEFORE)
    second = check(DAEMON_BEFORE.replace("NotImplementedError", "ValueError"))

    assert 'after.py:3: error: "str" has no attribute "count_words"' in first
    assert second == first


def test_the_daemon_checks_decorated_handlers_as_often_as_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing imports the module that is edited, and the errors make the daemon check the handlers' module again."""
    check = _daemon(monkeypatch, tmp_path, DAEMON_DECORATED)
    said = [check(f"number = {number}\n") for number in range(3)]

    assert said[0].count(' reads "other", but the flow has no such step before it; ') == 8
    assert said[0].count("error:") == 8
    assert said[1:] == said[:1] * 2


def test_what_a_condition_names_is_known_from_the_cache_and_in_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unnamed = DAEMON_SKIPPED.replace('{"website": {}}', "{}")
    check = _daemon(monkeypatch, tmp_path, DAEMON_REPLACE)
    said = [check(DAEMON_SKIPPED), check(unnamed), check(DAEMON_SKIPPED)]

    wrong = "after.py:3: error: Value of type \"TypedDict({'text': str}) | None\" is not indexable"
    assert [wrong in each for each in said] == [False, True, False]

    command = ["before.py", "after.py", "--cache-dir=cache"]
    assert api.run(command)[0] == "Success: no issues found in 2 source files\n"
    Path("after.py").write_text(DAEMON_REPLACE + "# changed\n", "utf-8")
    assert api.run(command)[0] == "Success: no issues found in 2 source files\n"


CODEC = """
class MatrixCodec(codecs.Codec[Matrix]):
    name = "matrix"
    def encode(self, value: Matrix) -> bytes: return b""
    def decode(self, data: bytes) -> Matrix: return Matrix()
"""
DAEMON_MATRIX = """
from typedflow import Flow, StepInput, codecs
class Matrix: ...
def matrix(inputs: StepInput) -> Matrix: return Matrix()
flow = Flow("matrices", int).step("matrix", matrix)
"""
DAEMON_STORED = """
import before
before.flow.check_storable()
"""


def test_a_codec_is_known_from_the_cache_and_in_the_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check = _daemon(monkeypatch, tmp_path, DAEMON_STORED)
    said = [check(DAEMON_MATRIX), check(DAEMON_MATRIX + CODEC), check(DAEMON_MATRIX)]

    wrong = (
        'after.py:3: error: The output of step "matrix" cannot be stored: it is a value of type "Matrix", for which '
    )
    assert [wrong in each for each in said] == [True, False, True]

    Path("before.py").write_text(DAEMON_MATRIX + CODEC, "utf-8")
    command = ["before.py", "after.py", "--cache-dir=cache"]
    assert api.run(command)[0] == "Success: no issues found in 2 source files\n"
    Path("after.py").write_text(DAEMON_STORED + "# changed\n", "utf-8")
    assert api.run(command)[0] == "Success: no issues found in 2 source files\n"


@pytest.mark.skipif(
    Version(version.__version__) < Version("2.0"), reason="its daemon crashes after such edits, without the plugin too"
)
def test_the_daemon_checks_a_condition_again_when_a_field_that_it_tests_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = _daemon(monkeypatch, tmp_path, DAEMON_CONDITION)
    said = [
        check(DAEMON_DATA),
        check(DAEMON_DATA.replace("status: int", "status: str").replace("200)", "'200')")),
        check(DAEMON_DATA.replace("status: int", "code: int")),
        check(DAEMON_DATA),
    ]

    assert [[line for line in each.splitlines() if ":3: " in line] for each in said] == [
        [],
        [f'{PROBLEM} "website.status" is "str" and never 200  [typedflow-condition]'],
        [f'{PROBLEM} "website" has no key "status"; it has "code", "text"  [typedflow-condition]'],
        [],
    ]


@pytest.mark.skipif(
    Version(version.__version__) < Version("2.2"), reason="it does not know dicts that have no other keys"
)
def test_an_inferred_output_is_the_same_from_the_cache_and_in_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = _daemon(monkeypatch, tmp_path, DAEMON_READ)
    renamed = DAEMON_INFERRED.replace('"size": len', '"length": len')
    said = [check(DAEMON_INFERRED), check(renamed), check(DAEMON_INFERRED)]

    assert [[line.partition(": error: ")[0] for line in each.splitlines() if ": error: " in line] for each in said] == [
        ["after.py:7", "after.py:8"],
        ["after.py:5", "after.py:7", "after.py:8"],
        ["after.py:7", "after.py:8"],
    ]
    assert said[0] == said[2]

    command = ["before.py", "after.py", "--cache-dir=cache"]
    assert api.run(command)[0] == said[0]
    Path("after.py").write_text(DAEMON_READ + "# changed\n", "utf-8")
    assert api.run(command)[0] == said[0]


def test_the_resources_of_a_flow_are_known_from_the_cache_and_in_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module that is checked again names neither the class of the resources nor what it has."""
    check = _daemon(monkeypatch, tmp_path, DAEMON_RESOURCES)
    texts = [
        DAEMON_CLIENTS,
        DAEMON_CLIENTS.replace("text: str", "text: int"),
        DAEMON_CLIENTS.replace(", resources=Clients", ""),
        DAEMON_CLIENTS,
    ]
    command = ["before.py", "after.py", "--cache-dir=cache"]
    said: list[list[str]] = []
    for text in texts:
        daemon, cold = check(text), api.run([*command[:2], f"--cache-dir=cache{len(said)}"])[0]
        assert sorted(daemon.splitlines()) == sorted(cold.splitlines())
        assert sorted(api.run(command)[0].splitlines()) == sorted(cold.splitlines())
        said.append([line.split(": error: ")[0] for line in daemon.splitlines() if ": error: " in line])

    needs = ["after.py:10", "after.py:11"]
    assert said == [needs, ["after.py:5", "after.py:7", *needs], ["after.py:5", "after.py:7", "after.py:11"], needs]


@pytest.mark.skipif(Version(version.__version__) < Version("2.0"), reason="its daemon crashes after such edits")
def test_a_flow_that_is_given_to_an_engine_is_known_from_the_cache_in_parallel_and_in_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = _daemon(monkeypatch, tmp_path, DAEMON_ENGINE)
    texts = [
        DAEMON_PAGES,
        DAEMON_PAGES.replace('{"text": i', '{"sheet": Sheet(), "text": i'),
        DAEMON_PAGES.replace("url: str", "url: bytes"),
        DAEMON_PAGES.replace('"approval", int', '"approval", bool').replace('"website"', '"site"'),
    ]
    daemon = [check(text) for text in texts]  # first: mypy keeps some of what it knows for all that runs in a process
    command = ["before.py", "after.py"]
    warm: list[str] = []
    for text in texts:
        Path("before.py").write_text(text, "utf-8")
        warm.append(api.run([*command, "--cache-dir=cache"])[0])
    parallel = ["--num-workers=2"] if Version(version.__version__) >= Version("2.0") else []

    assert [sorted(each.splitlines()) for each in daemon] == [sorted(each.splitlines()) for each in warm]
    assert sorted(api.run([*command, "--cache-dir=cold", *parallel])[0].splitlines()) == sorted(warm[-1].splitlines())
    assert [sorted({int(line.split(":")[1]) for line in each.splitlines() if ".py:" in line}) for each in warm] == [
        [],
        [6, 8, 11, 13, 14],
        [6, 8, 13, 14],
        [7, 9, 11, 12],
    ]
