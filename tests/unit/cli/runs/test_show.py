"""``typedflow runs show`` and ``export``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.unit.cli.runs.stored_runs import NO_ANSWER, SHOP_STEPS, START, StoredRuns, failed_shop, value
from typedflow.stores import StoredError, StoredValue, Transition

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.commands import Invoke

FAILED = """\
run      a1-failed
flow     shop
status   failed
created  2026-11-30 00:53:20 +0000
ended    2026-11-30 00:53:29 +0000
took     9.0 s
input    {"customer": "ann"}
error    step "pay" failed

STEP    STATUS     START   TOOK   ATTEMPTS  OUTPUT
cart    completed  +0 ms   1.5 s  1         ["tea", "cup"]
prices  completed  +1.5 s  2.5 s            2 of 2 items
gift    skipped                             its condition is unmet
pay     failed     +4.0 s  5.0 s  2         ConnectionError: no answer
ship    created

        0                                                                                            9.0 s
cart    =================
prices                  ============================                                                        2 of 2 items
pay                                                ===========x.....................=====================x
= executed  . waits  x failed

step "pay": attempt 2 failed at 2026-11-30 00:53:29:
  Traceback (most recent call last):
    File "shop.py", line 7, in pay
      raise ConnectionError("no answer")
  ConnectionError: no answer
"""


class TestShow:
    def test_a_run_with_its_steps_a_chart_and_why_it_failed(self, invoke: Invoke, runs: StoredRuns) -> None:
        failed_shop(runs)
        result = invoke("show", "a1")
        assert (result.exit_code, result.stdout, result.stderr) == (0, FAILED, "")

    def test_an_output_of_an_earlier_run(self, invoke: Invoke, runs: StoredRuns) -> None:
        claim = runs.start("b1", "small", [{"slug": "total", "kind": "step", "depends_on": []}])
        found = {**value('"' + "x" * 200 + '"'), "cached_from": "a1-failed"}
        runs.commit(claim, Transition("task", "completed", START + 1, "total", 0, 0, **found))
        runs.end(claim, 1)
        for arguments in (["b1"], ["b1", "--step", "total"]):
            row = invoke("show", *arguments).stdout.split("\n\n")[1].splitlines()[1]
            assert row.endswith("xxx... (from the cache of run a1-failed)")
        exported = json.loads(invoke("show", "b1", "--json").stdout)
        assert '"cached_from": "a1-failed"' in json.dumps(exported)

    def test_all_attempts_that_failed(self, invoke: Invoke, runs: StoredRuns) -> None:
        failed_shop(runs)
        lines = invoke("show", "a1", "--full").stdout.splitlines()
        assert [line for line in lines if line.startswith("step ")] == [
            'step "pay": attempt 1 failed at 2026-11-30 00:53:25:',
            'step "pay": attempt 2 failed at 2026-11-30 00:53:29:',
        ]

    def test_the_graph_with_the_state_of_each_step(self, invoke: Invoke, runs: StoredRuns) -> None:
        failed_shop(runs)
        assert invoke("show", "a1", "--graph").stdout == (
            "shop: 5 steps\n"
            "  cart    [completed, 1.5 s]\n"
            "  prices  <- cart  [completed, 2 of 2 items, 2.5 s, map over cart]\n"
            "  gift    <- cart  [skipped, if_={'total': 9}, when_unmet=\"skip\"]\n"
            '  pay     <- prices  [failed, 5.0 s, when_exhausted="skip"]\n'
            "  ship    <- pay, gift  [created]\n"
        )
        assert '    s0["cart<br>completed<br>1.5 s"]\n' in invoke("show", "a1", "--graph", "--format=mermaid").stdout

    def test_a_step_with_its_items(self, invoke: Invoke, runs: StoredRuns) -> None:
        failed_shop(runs)
        assert invoke("show", "a1", "--step", "prices", "--limit", "1", "--offset", "1").stdout == (
            "step     prices\n"
            "status   completed\n"
            "started  2026-11-30 00:53:21\n"
            "took     2.5 s\n"
            "items    2 of 2 items\n\n"
            "ITEM  STATUS     STARTED              TOOK   ATTEMPTS  OUTPUT\n"
            "1     completed  2026-11-30 00:53:21  2.5 s  1         4.5\n"
            "There are 2 items. Show others with --limit and --offset.\n"
        )

    def test_an_unknown_step_is_refused(self, invoke: Invoke, runs: StoredRuns) -> None:
        failed_shop(runs)
        result = invoke("show", "a1", "--step", "carts")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == 'Error: flow "shop", step "carts": the flow has no such step. Did you mean "cart"?\n'

    def test_json(self, invoke: Invoke, runs: StoredRuns) -> None:
        failed_shop(runs)
        shown = json.loads(invoke("show", "a1", "--json").stdout)
        assert (shown["input"], shown["steps_done"], shown["steps_total"]) == ({"customer": "ann"}, 3, 5)
        assert [(step["step"], step["status"], step["depends_on"]) for step in shown["steps"][3:]] == [
            ("pay", "failed", ["prices"]),
            ("ship", "created", ["pay", "gift"]),
        ]
        assert [(task["step"], task["output"]) for task in shown["tasks"]] == [
            ("cart", ["tea", "cup"]),
            ("pay", None),
            ("prices", 3),
            ("prices", 4.5),
        ]
        assert [failure["error"]["traceback"] for failure in shown["failures"]] == [NO_ANSWER.traceback] * 2
        assert [step["step"] for step in json.loads(invoke("show", "a1", "--json", "--step=pay").stdout)["steps"]] == [
            "pay"
        ]

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--json", "--graph"], "--json and --graph contradict each other. Give one of them."),
            (["--json", "--watch"], "--json and --watch contradict each other. Give one of them."),
            (["--graph", "--step=a"], "--graph and --step contradict each other. Give one of them."),
        ],
    )
    def test_options_that_contradict_each_other(self, invoke: Invoke, options: list[str], message: str) -> None:
        assert invoke("show", "a1", *options).stderr.splitlines()[-1] == f"Error: {message}"

    def test_long_values_are_cut_and_bytes_are_not_shown(self, invoke: Invoke, runs: StoredRuns) -> None:
        claim = runs.start("r", input=StoredValue('"' + "x" * 1000 + '"'))
        table = {"output": StoredValue(b"\x00" * 12_345, "arrow")}
        runs.task(claim, "cart", (0, "started", {}), (1, "completed", table))
        shown = invoke("show", "r").stdout
        assert max(map(len, shown.splitlines())) == 120
        assert "12.3 kB, codec arrow" in shown
        assert f'"{"x" * 1000}"' in invoke("show", "r", "--full").stdout
        task = json.loads(invoke("show", "r", "--json").stdout)["tasks"][0]
        assert (task["output"]["codec"], len(task["output"]["base64"])) == ("arrow", 16_460)

    def test_what_a_run_waits_for(self, invoke: Invoke, runs: StoredRuns) -> None:
        steps = [
            {"slug": "load", "kind": "step", "depends_on": []},
            {"slug": "items", "kind": "map", "depends_on": ["load"], "over": "load"},
            {"slug": "slow", "kind": "step", "depends_on": ["load"]},
            {"slug": "approval", "kind": "wait", "depends_on": ["load"]},
        ]
        claim = runs.start("r", "slow", steps, deadline=START + 999_999)
        runs.task(claim, "load", (0, "started", {}), (4, "completed", value("[]")))
        runs.commit(
            claim,
            Transition("task", "waiting", START + 4, "approval", 0, 1, due=START + 999_000),
            Transition("step", "started", START + 4, "items", items=3),
        )
        retrying = (7, "retrying", {"due": START + 90, "error": NO_ANSWER})
        runs.task(claim, "items", (4, "started", {}), (6, "completed", value("1")))
        runs.task(claim, "items", (4, "started", {}), retrying, index=1)
        runs.task(claim, "slow", (4, "started", {}), retrying)
        assert "owner    process " in invoke("show", "r").stdout
        runs.store.release(claim).result()
        assert invoke("show", "r").stdout.partition("\n\nstep ")[0] == (
            "run      r\n"
            "flow     slow\n"
            "status   interrupted, waiting for approval\n"
            "created  2026-11-30 00:53:20 +0000\n"
            "deadline 2026-12-11 14:39:59 +0000\n"
            'input    {"customer": "ann"}\n\n'
            "STEP      STATUS     START   TOOK   ATTEMPTS  OUTPUT\n"
            "load      completed  +0 ms   4.0 s  1         []\n"
            "items     started    +4.0 s                   1 of 3 items, 1 queued\n"
            "slow      retrying   +4.0 s         1         until 2026-11-30 00:54:50\n"
            "approval  waiting                             until 2026-12-11 14:23:20\n\n"
            "          0                                                                                7.0 s\n"
            "load      ==================================================\n"
            "items                                                      ====================================!  "
            "1 of 3 items, 1 queued\n"
            "slow                                                       ====================================x\n"
            "approval                                                   .....................................\n"
            "= executed  . waits  x failed  ! interrupted"
        )
        assert invoke("show", "r", "--graph").stdout.endswith("  approval  <- load  [waiting, wait step]\n")

    def test_a_run_of_many_tasks_reads_few(
        self, invoke: Invoke, runs: StoredRuns, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from typedflow._cli.runs import run_view  # noqa: PLC0415  the limit is the matter of this test

        failed_shop(runs)
        monkeypatch.setattr(run_view, "_FEW", 2)
        assert invoke("show", "a1").stdout == FAILED

    def test_a_step_that_a_changed_flow_has_lost_is_still_shown(self, invoke: Invoke, runs: StoredRuns) -> None:
        claim = runs.start("r", steps=SHOP_STEPS[:1])
        runs.task(claim, "lost", (0, "started", {}), (1, "completed", value("1" * 5_000)))
        runs.end(claim, 1)
        assert invoke("show", "r", "--graph").stdout == (
            "shop: 2 steps\n  cart  [created]\n  lost  [completed, 1.0 s, no longer in the flow]\n"
        )
        shown = json.loads(invoke("show", "r", "--step", "lost", "--json").stdout)
        assert shown["tasks"][0]["output"] == "1" * 5_000  # a text: json reads no number of so many digits

    def test_slugs_that_were_written_by_others_do_not_steer_the_terminal(
        self, invoke: Invoke, runs: StoredRuns
    ) -> None:
        claim = runs.start("r", "a\x1b[2J", [{"slug": "b\x1b[2J", "kind": "step", "depends_on": []}])
        runs.task(claim, "b\x1b[2J", (0, "started", {}), (1, "failed", {"error": NO_ANSWER}))
        for arguments in (["list"], ["show", "r"], ["show", "r", "--graph"], ["show", "r", "--step", "b\x1b[2J"]):
            shown = invoke(*arguments).stdout
            assert "\x1b" not in shown
            assert r"\x1b[2J" in shown


class TestExport:
    def test_everything_as_json_lines(self, invoke: Invoke, runs: StoredRuns, tmp_path: Path) -> None:
        failed_shop(runs)
        failed_shop(runs, "b2")
        result = invoke("export", "a1")
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        assert [(line["record"], line.get("step")) for line in lines] == [
            ("run", None),
            ("step", "cart"),
            ("step", "gift"),
            ("step", "prices"),
            ("step", "pay"),
            ("task", "cart"),
            ("task", "pay"),
            ("task", "prices"),
            ("task", "prices"),
            ("failure", "pay"),
            ("failure", "pay"),
        ]
        assert lines[0]["shape"]["steps"] == SHOP_STEPS
        assert (lines[-1]["kind"], lines[-1]["error"]["message"]) == ("failed", "no answer")

        everything = invoke("export", "--all", "-o", "all.jsonl")
        assert (everything.exit_code, everything.stdout) == (0, "")
        written = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text("utf-8").splitlines()]
        assert [line["run_id"] for line in written if line["record"] == "run"] == ["b2", "a1-failed"]
        assert written[11:] == lines

    def test_a_file_that_cannot_be_written(self, invoke: Invoke, runs: StoredRuns) -> None:
        failed_shop(runs)
        result = invoke("export", "a1", "-o", "nowhere/all.jsonl")
        assert (result.exit_code, result.stderr) == (
            2,
            'Error: the file "nowhere/all.jsonl" cannot be written: No such file or directory.\n',
        )

    @pytest.mark.parametrize("arguments", [[], ["a1", "--all"]])
    def test_either_runs_or_all(self, invoke: Invoke, runs: StoredRuns, arguments: list[str]) -> None:
        failed_shop(runs)
        assert invoke("export", *arguments).stderr.splitlines()[-1] == "Error: Give either RUN_ID or --all."


class Rot:
    """A cipher for tests."""

    def encrypt(self, data: bytes) -> bytes:
        return bytes(byte ^ 0x55 for byte in data)

    decrypt = encrypt


class TestCipher:
    def test_values_and_errors_are_decrypted(self, invoke: Invoke, tmp_path: Path) -> None:
        (tmp_path / "keys.py").write_text(
            "class Rot:\n    def encrypt(self, data):\n        return bytes(byte ^ 0x55 for byte in data)\n"
            "    decrypt = encrypt\n\nrot = Rot()\nnumber = 1\n"
        )
        runs = StoredRuns(tmp_path / "runs.db", cipher=Rot())
        failed_shop(runs)
        runs.store.close()
        assert b"no answer" not in (tmp_path / "runs.db").read_bytes()
        assert invoke("show", "a1", "--cipher", "keys.py:rot").stdout == FAILED
        for name, what in (("Rot", "is the class Rot, not an instance of it"), ("number", "is not a cipher")):
            assert invoke("show", "a1", "--cipher", f"keys.py:{name}").stderr == (
                f'Error: --cipher: "keys.py:{name}" {what}: it needs the methods encrypt and decrypt, from bytes to '
                "bytes.\n"
            )
        assert invoke("show", "a1").exit_code == 1


class TestErrors:
    def test_notes_and_messages_stand_for_a_missing_traceback(self, invoke: Invoke, runs: StoredRuns) -> None:
        claim = runs.start("r")
        error = StoredError("shop.NoStock", "no tea", ("order it", "today"))
        runs.task(claim, "cart", (0, "started", {}), (1, "failed", {"error": error}))
        runs.end(claim, 1, "failed", error)
        assert invoke("show", "r").stdout.endswith("\n  shop.NoStock: no tea\n  order it\n  today\n")
