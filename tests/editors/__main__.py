"""Print what each engine can do: ``python -m tests.editors``. The tests show that it is so."""

from tests.editors.cases import table
from tests.editors.checkers import CHECKERS
from tests.editors.server import SERVERS

if __name__ == "__main__":
    print(*table(tuple(SERVERS), ("completions", "hovers")), sep="\n")
    print()
    print(*table((*CHECKERS, "typedflow check"), ("mistakes",)), sep="\n")
