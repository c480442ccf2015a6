"""The command line, run on a module of flows."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click.testing

COMMAND = str(Path(sys.executable).with_name("typedflow"))

FLOWS = """
    import os
    import subprocess
    from typing import TypedDict

    import trio

    from typedflow import Flow


    class Page(TypedDict):
        url: str


    async def website(inputs):
        print("downloading")
        return inputs["run"]["url"] * 2


    def length(inputs) -> int:
        return len(inputs["website"])


    def broken(inputs):
        raise LookupError("no such word")


    def misdeclared(inputs) -> int:
        return "one"


    def undeclared(inputs):
        return inputs["length"]


    def unresolved(inputs) -> "Nowhere":
        return None


    def leaving(inputs):
        raise SystemExit(3)


    def pressed(inputs):
        raise KeyboardInterrupt


    def shouting(inputs):
        os.write(1, b"from C\\n")
        subprocess.run(["echo", "from a subprocess"])


    async def staying(inputs):
        try:
            await trio.sleep_forever()
        finally:
            print("cleaned up")


    async def stuck(inputs):
        while True:
            pass


    trunk = Flow("analyze", Page, max_attempts=1).step("website", website)
    analyze = trunk.step("length", length, depends_on=["website"])
    breaks = trunk.step("broken", broken, depends_on=["website"])
    misdeclares = trunk.step("misdeclared", misdeclared)
    forgets = trunk.step("undeclared", undeclared, depends_on=["website"])
    unresolvable = trunk.step("unresolved", unresolved)
    leaves = trunk.step("leaving", leaving)
    opaque = trunk.step("opaque", lambda inputs: object())
    shouts = trunk.step("shouting", shouting)
    stays = Flow("stays", int).step("staying", staying)
    sticks = Flow("sticks", int).step("stuck", stuck)
    retries = Flow("retries", Page, max_attempts=2, base_delay=0.01).step("broken", broken)
    times_out = Flow("times_out", int, max_attempts=1, timeout=0.01).step("staying", staying)
    skips = Flow("skips", Page).step("website", website, if_={"url": "cd"})
    refuses = Flow("refuses", Page).step("website", website, if_={"url": "cd"}, when_unmet="fail")
    maps = Flow("maps", object).map("doubled", lambda item: item * 2, over="run")
    presses = Flow("presses", int).step("pressed", pressed)
    many = Flow("many", int)
    for number in range(10_000):
        many = many.step(f"step{number}", lambda inputs: None)
    print("imported")
"""

FLOW_NAMES = (
    '"trunk", "analyze", "breaks", "misdeclares", "forgets", "unresolvable", "leaves", "opaque", "shouts", '
    '"stays", "sticks", "retries", "times_out", "skips", "refuses", "maps", "presses", "many"'
)
LOOKED_FOR = "Modules are searched for in the current folder and among the installed packages."
QUOTES = "JSON puts strings and keys in double quotes."
PAGE = '{"url": "ab"}'

EVENTFUL = """
        from typedflow import Flow

        tried = []

        def flaky(item):
            tried.append(item)
            if tried.count(item) < 2:
                raise ConnectionError("try\\nagain")
            return item

        flow = (
            Flow("shop", list[int], max_attempts=3, base_delay=0.01)
            .map("ship", flaky, over="run", max_concurrency=1)
            .step("gift", lambda i: 1, if_=[9], when_unmet="skip_cascade")
            .step("card", lambda i: 1, depends_on=["gift"])
            .step("pay", lambda i: 1 / 0, max_attempts=1, when_exhausted="skip")
        )
        """

Invoke = Callable[..., click.testing.Result]


def shell(*arguments: str, cwd: Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """The installed command in a process of its own."""
    return subprocess.run([COMMAND, *arguments], cwd=cwd, input=stdin, capture_output=True, text=True, check=False)  # noqa: S603
