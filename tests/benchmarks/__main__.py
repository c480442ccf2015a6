"""Run all benchmarks and print their tables as Markdown; each takes options when it is run by itself."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = {
    "A step": "runtime",
    "A step in other libraries": "peers",
    "Durable runs": "durable",
    "Many steps and many items": "memory",
    "Handlers on asyncio and in processes": "places",
    "Type-checking": "type_check",
    "Type-checking without the plugin": "editors",
    "Import": "import_time",
}


def main() -> None:
    """Run each in a process of its own, as memory that one has used would count for the next."""
    for title, module in BENCHMARKS.items():
        print(f"\n## {title}\n", flush=True)
        subprocess.run([sys.executable, "-m", f"tests.benchmarks.{module}"], check=True)  # noqa: S603  spelled above


if __name__ == "__main__":
    main()
