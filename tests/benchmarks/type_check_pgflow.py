"""pgflow's DSL: another library whose flows are type-checked, in TypeScript."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.benchmarks.type_check_program import Chain, Checker

PGFLOW = "0.8.1"
TYPESCRIPT = "5.8.3"  # what pgflow itself is checked with
NATIVE_TYPESCRIPT = "7.0.2"  # the same checker, compiled to machine code

FOLDER = Path(__file__).parents[2] / ".cache" / "benchmarks" / "npm"
INSTALL = ("install", "--no-package-lock", "--ignore-scripts", "--install-links", "--no-audit", "--fetch-retries=1")
# As in pgflow's own, except that nothing is written.
CONFIGURATION = {
    "compilerOptions": {
        "lib": ["es2022", "dom"],
        "module": "nodenext",
        "noEmit": True,
        "skipLibCheck": True,
        "strict": True,
        "target": "es2022",
        "types": [],
    },
    "files": ["program.mts"],
}
# Both programs import the library, so that the difference is what the flow costs.
HEADER = """
import { Flow, type ExtractFlowOutput } from "@pgflow/dsl";

type Page = { url: string };
type Count = { count: number };
"""
# Types too deep, too complex and too large, and a compiler that ran out of memory or stack.
FAILURES = r"TS(2589|2590|2563): [^\n|]*|RangeError: [^\n|]*|(FATAL ERROR|fatal error): [^\n|]*"


class NotInstalledError(Exception):
    """What pgflow is measured with is not there and could not be installed."""


@dataclass(frozen=True)
class PgflowChain(Chain):
    """A chain as pgflow has it.

    Attributes:
        run: Whether handlers find the flow's input under `run`, as before pgflow 0.12; else only roots get it, alone.
    """

    run: bool

    def read(self, slug: str) -> str:
        return f"i.{slug}"

    def handler(self, step: int) -> str:
        counts = [f"{self.read(slug)}.count" for slug in self.before(step)]
        root = f"{self.read('run') if self.run else 'i'}.url.length"
        return f"(i) => ({{ count: {' + '.join(counts) or root} }})"

    def as_flow(self) -> str:
        lines = [HEADER, 'const flow = new Flow<Page>({ slug: "flow" })']
        for step in range(self.steps):
            depends_on = f", dependsOn: {json.dumps(self.before(step))}" if step else ""
            lines.append(f'  .step({{ slug: "s{step}"{depends_on} }}, {self.handler(step)})')
        output = "declare const output: ExtractFlowOutput<typeof flow>;"
        return "\n".join([*lines, "  ;", output, _used(f"output.s{self.steps - 1}.count")])

    def as_plain(self) -> str:
        lines = [HEADER, 'const page: Page = { url: "" };']
        for step in range(self.steps):
            slugs = self.before(step)
            fields = [*(["run: Page"] if self.run else []), *(f"{slug}: Count" for slug in slugs)]
            values = [*(["run: page"] if self.run else []), *slugs]
            alone = not (self.run or step)
            lines += [
                f"type I{step} = {'Page' if alone else _braced(fields)};",
                f"const h{step}: (i: I{step}) => Count = {self.handler(step)};",
                f"const s{step} = h{step}({'page' if alone else _braced(values)});",
            ]
        return "\n".join([*lines, _used(f"s{self.steps - 1}.count")])


def _braced(items: list[str]) -> str:
    return f"{{ {', '.join(items)} }}"


def _used(expression: str) -> str:
    return f"export const total: number = {expression};\n"


def install(packages: dict[str, str]) -> None:
    """Install just these packages, if they are not what is installed.

    Raises:
        NotInstalledError: npm is not there or failed.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise NotInstalledError("npm is not on the PATH")
    modules = FOLDER / "node_modules"
    done_for = modules / "installed.json"
    manifest = json.dumps({"private": True, "dependencies": packages})
    if done_for.exists() and done_for.read_text(encoding="utf-8") == manifest:
        return
    # npm may keep a package that is there in another version.
    shutil.rmtree(modules, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    FOLDER.joinpath("package.json").write_text(manifest, encoding="utf-8")
    command = [npm, *INSTALL]
    try:
        subprocess.run(command, cwd=FOLDER, capture_output=True, encoding="utf-8", timeout=300, check=True)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise NotInstalledError("npm did not install the packages in 300 seconds") from error
    except subprocess.CalledProcessError as error:
        reasons = [line for line in error.stderr.splitlines() if line.startswith("npm error")]
        raise NotInstalledError(f"npm could not install the packages ({' '.join(reasons[:1]) or error})") from error
    done_for.write_text(manifest, encoding="utf-8")


def typescript_checkers(pgflow: str) -> list[Checker]:
    """TypeScript's compiler, written in JavaScript and native, with a version of pgflow.

    Raises:
        NotInstalledError: They are not there and could not be installed.
    """
    node = shutil.which("node")
    if node is None:
        raise NotInstalledError("Node.js is not on the PATH")
    install({"@pgflow/dsl": pgflow, "typescript": TYPESCRIPT, "native": f"npm:typescript@{NATIVE_TYPESCRIPT}"})
    manifest = FOLDER / "node_modules" / "@pgflow" / "dsl" / "package.json"
    installed = json.loads(manifest.read_text(encoding="utf-8"))["version"]
    run = tuple(map(int, installed.split(".")[:2])) < (0, 12)
    return [
        Checker(
            name=f"pgflow {installed}, typescript {version}",
            handlers="lambdas",
            chain=partial(PgflowChain, run=run),
            command=(node, str(FOLDER / "node_modules" / package / "bin" / "tsc"), "--project", "."),
            program="program.mts",
            files={"tsconfig.json": json.dumps(CONFIGURATION)},
            parent=FOLDER,
            failures=FAILURES,
        )
        for package, version in (("typescript", TYPESCRIPT), ("native", NATIVE_TYPESCRIPT))
    ]
