"""Print what each engine can do: ``python -m tests.checks.editors``. The tests show that it is so."""

from tests.checks.editors.cases import tables

if __name__ == "__main__":
    print(*tables(), sep="\n\n")
