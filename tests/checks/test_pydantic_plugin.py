"""The plugin works together with pydantic's."""

from __future__ import annotations

from pathlib import Path

import pytest
from mypy import api

PROGRAM = """
import pydantic
from typedflow import Flow, StepInput

class Order(pydantic.BaseModel):
    number: int
    note: str = ""

def total(inputs: StepInput) -> Order:
    return Order(number=inputs["run"].number, colour="red")

flow = Flow("order", Order).step("total", total).step("next", lambda i: i["total"].number + 1, depends_on=["total"])
reveal_type(flow.run_sync(Order(number="1"))["next"])
last = flow.step("last", lambda i: i["total"])
"""
# The first and the third are what pydantic's plugin adds; the last is ours.
SAID = """\
program.py:10: error: Unexpected keyword argument "colour" for "Order"  [call-arg]
program.py:13: note: Revealed type is "int"
program.py:13: error: Argument "number" to "Order" has incompatible type "str"; expected "int"  [arg-type]
program.py:14: error: Step "last" reads "total", which it does not depend on; it has no dependencies. \
Add "total" to depends_on  [typedflow-undeclared-input]
"""


@pytest.mark.parametrize(
    "plugins", ["typedflow.mypy, pydantic.mypy", "pydantic.mypy, typedflow.mypy"], ids=["first", "last"]
)
def test_it_goes_together_with_pydantics_plugin(plugins: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    options = "[pydantic-mypy]\ninit_forbid_extra = True\ninit_typed = True\n"
    Path("mypy.ini").write_text(f"[mypy]\nstrict = True\nplugins = {plugins}\n{options}", "utf-8")
    Path("program.py").write_text(PROGRAM, "utf-8")

    assert api.run(["program.py", "--no-error-summary"])[0].replace("builtins.", "") == SAID
