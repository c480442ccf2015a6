"""``typedflow stubs``: the types of flows, in a module that every checker reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.commands.written_stubs import written

ROOT = Path(__file__).parents[3]


pytestmark = pytest.mark.usefixtures("own_folder")


def test_a_flow_has_the_inputs_of_its_steps_and_its_outputs() -> None:
    assert (
        written("""
from models import Order
async def total(inputs: StepInput) -> float:
    return 1.0
analyze_order = Flow("analyze_order", Order).step("total", total).step(
    "text", lambda i: str(i["total"]), depends_on=["total"]
)
""")
        == '''\
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from models import Order


class TotalInput(TypedDict):
    """What step "total" of flow "analyze_order" receives."""

    run: Order


class TextInput(TypedDict):
    """What step "text" of flow "analyze_order" receives."""

    run: Order
    total: float


class AnalyzeOrderSteps(TypedDict):
    """The output of every step of flow "analyze_order"."""

    total: float
    text: str
'''
    )


def test_a_map_step_needs_no_type_of_its_item_and_a_skipped_step_may_be_none() -> None:
    """A step's input has what the step is handed, the outputs what a run may leave."""
    assert (
        written("""
flow = (
    Flow("words", str)
    .step("words", lambda i: [{"word": word} for word in i["run"].split()], when_exhausted="skip")
    .step("limit", lambda i: 3, if_="", when_unmet="skip_cascade")
    .map("upper", lambda found: found["word"].upper(), over="words")
    .step("report", lambda i: bool(i["words"]) or i["limit"] > 1, depends_on=["words", "limit", "upper"])
    .step("first", lambda i: i["words"][0]["word"], depends_on=["words"], if_={"words": [{}]}, when_unmet="fail")
)
""")
        == '''\
from typing import TypedDict

class WordsInput(TypedDict):
    """What step "words" of flow "words" receives."""

    run: str


class LimitInput(TypedDict):
    """What step "limit" of flow "words" receives."""

    run: str


class ReportInput(TypedDict):
    """What step "report" of flow "words" receives."""

    run: str
    words: list[WordsOutput] | None
    limit: int
    upper: list[str]


class FirstInput(TypedDict):
    """What step "first" of flow "words" receives."""

    run: str
    words: list[WordsOutput]


class WordsSteps(TypedDict):
    """The output of every step of flow "words"."""

    words: list[WordsOutput] | None
    limit: int | None
    upper: list[str]
    report: bool | None
    first: str


class WordsOutput(TypedDict):
    """A dict that has no type of its own in the code."""

    word: str
'''
    )


TYPES = {
    "int": ("int", ""),
    "None": ("None", ""),
    "Any": ("Any", ""),
    "list[dict[str, set[bytes]]]": ("list[dict[str, set[bytes]]]", ""),
    "tuple[int, str]": ("tuple[int, str]", ""),
    "tuple[int, ...]": ("tuple[int, ...]", ""),
    "tuple[()]": ("tuple[()]", ""),
    "int | str | None": ("int | str | None", ""),
    "Optional[List[int]]": ("list[int] | None", ""),
    "Literal['a', 'b'] | None": ("Literal['a', 'b'] | None", ""),
    "Literal[Color.RED]": ("Literal[Color.RED]", "from models import Color"),
    "Literal[b'a', 1, True]": ("Literal[b'a', 1, True]", ""),
    "Order": ("Order", "from models import Order"),
    "Renamed": ("Order", "from models import Order"),
    "models.Point": ("Point", "from models import Point"),
    "Box[Color]": ("Box[Color]", "from models import Box, Color"),
    "Outer.Inner": ("Outer.Inner", "from models import Outer"),
    "models.Id": ("Id", "from models import Id"),
    "models.Names": ("Names", "from models import Names"),
    "Own": ("Own", "from flows import Own"),
    "Path": ("Path", "from pathlib import Path"),
    "BaseModel": ("BaseModel", "from pydantic import BaseModel"),
    "decimal.Decimal": ("Decimal", "from decimal import Decimal"),
    "Awaitable[int]": ("int", ""),
    "NoReturn": ("Never", ""),
    "type[int]": ("Any", ""),
    "vendor.Thing": ("Thing", "from vendor import Thing"),
    "Shared": ("Shared", "from vendor import Shared"),
}


@pytest.mark.parametrize("annotation", TYPES)
def test_a_type_is_written_as_its_user_would(annotation: str) -> None:
    source, imported = TYPES[annotation]
    Path("vendor/_private").mkdir(parents=True)
    Path("vendor/__init__.py").write_text("from vendor._private.things import Shared, Thing\n", "utf-8")
    Path("vendor/_private/__init__.py").touch()
    Path("vendor/_private/things.py").write_text(
        "from dataclasses import dataclass\n@dataclass\nclass Thing: ...\n@dataclass\nclass Shared: ...\n", "utf-8"
    )
    text = written(f"""
import decimal, models, vendor
from vendor import Shared
from pathlib import Path
from pydantic import BaseModel
from models import Box, Color, Order, Outer, Order as Renamed
class Own(TypedDict):
    a: int
def handler(inputs: StepInput) -> {annotation}:
    raise NotImplementedError
flow = Flow("f", int).step("a", handler).step("b", lambda i: 1, depends_on=["a"])
""")

    assert (
        f'class BInput(TypedDict):\n    """What step "b" of flow "f" receives."""\n\n    run: int\n    a: {source}\n'
        in text
    )
    assert imported in text
    assert ("if TYPE_CHECKING:" in text) == bool(imported)


def test_a_dict_display_gets_a_name_after_its_step() -> None:
    text = written("""
flow = Flow("f", int).step("info", lambda i: {"total": 1, "per": {"day": [1.0]}}).step(
    "day", lambda i: i["info"]["per"], depends_on=["info"]
)
""")

    assert "    info: InfoOutput\n" in text
    assert (
        '''
class InfoOutput(TypedDict):
    """A dict that has no type of its own in the code."""

    per: InfoOutputPer
    total: int


class InfoOutputPer(TypedDict):
    """A dict that has no type of its own in the code."""

    day: list[float]
'''
        in text
    )


def test_a_slug_that_is_a_keyword_is_written_as_a_string() -> None:
    text = written(
        'flow = Flow("f", int).step("class", lambda i: "a").step("import", lambda i: [1], depends_on=["class"])'
    )

    assert (
        '''
ImportInput = TypedDict(
    "ImportInput",
    {
        "run": "int",
        "class": "str",
    },
)
"""What step "import" of flow "f" receives."""
'''
        in text
    )
    assert '"import": "list[int]",' in text


def test_steps_of_the_same_name_are_distinguished_by_their_flows() -> None:
    text = written("""
orders = Flow("orders", int).step("load", lambda i: 1).step("save", lambda i: 1, depends_on=["load"])
pages = Flow("pages", int).step("load", lambda i: "").step("save", lambda i: 1, depends_on=["load"])
""")

    assert "class LoadInput(" in text  # the same for both
    assert 'What step "load" of flow "orders" receives.\n\n    What step "load" of flow "pages" receives.' in text
    assert "class OrdersSaveInput(" in text
    assert "class PagesSaveInput(" in text
    assert "class SaveInput(" not in text


def test_branches_of_a_flow_are_distinguished_by_their_variables() -> None:
    text = written("""
base = Flow("f", int).step("load", lambda i: 1)
left = base.step("end", lambda i: "")
right = base.step("end", lambda i: 1.5, depends_on=["load"])
""")

    assert "class FLeftSteps(" in text
    assert "class FRightSteps(" in text
    assert "class FSteps(" not in text
    assert "class FLeftEndInput(" in text


def test_dicts_and_steps_that_would_have_the_same_name_get_numbers() -> None:
    text = written("""
a = Flow("a", int).step("b", lambda i: {"x": 1}).step("c", lambda i: 1, depends_on=["b"])
b = Flow("b", int).step("b", lambda i: {"y": ""}).step("c", lambda i: 1, depends_on=["b"])
def build() -> None:
    Flow("c", int).step("b", lambda i: {"x": 1}).step("c", lambda i: 1)
    Flow("c", str).step("b", lambda i: {"x": 1}).step("c", lambda i: 1)
""")

    assert "class BOutput(" in text
    assert "class BOutput2(" in text
    assert "class BOutput3(" not in text
    assert "class CCInputAt7(" in text
    assert "class CCInputAt8(" in text


def test_keys_that_may_be_missing_or_are_read_only_stay_so() -> None:
    text = written("""
from typing_extensions import ReadOnly
def build() -> None:
    class Local(TypedDict):
        a: NotRequired[int]
        b: ReadOnly[str]
    def one(inputs: StepInput) -> Local: ...
    Flow("f", int).step("one", one).step("two", lambda i: 1, depends_on=["one"])
""")

    assert "    a: NotRequired[int]\n    b: ReadOnly[str]\n" in text
    assert "from typing import NotRequired, TypedDict\nfrom typing_extensions import ReadOnly\n" in text


def test_a_flow_whose_type_says_no_slug_is_named_after_its_variable() -> None:
    text = written("""
class Before(TypedDict):
    a: int
def extend(flow: Flow[int, Before]) -> None:
    longer = flow.step("b", lambda i: i["a"], depends_on=["a"])
""")

    assert 'class BInput(TypedDict):\n    """What step "b" receives."""\n' in text
    assert 'class LongerSteps(TypedDict):\n    """The output of every step."""\n\n    a: int\n    b: int\n' in text


def test_a_step_that_cannot_be_read_from_the_source_is_left_out() -> None:
    text = written("""
def extend(flow: Flow[int, Any]) -> None:
    flow.step("unknown", lambda i: 1)
    Flow("f", int).step("a", lambda i: 1)
""")

    assert "class AInput(" in text
    assert "Unknown" not in text


def test_many_imports_from_one_module_are_wrapped() -> None:
    names = [f"ALongNameOfAClass{number}" for number in range(6)]
    models = "from dataclasses import dataclass\n" + "".join(f"@dataclass\nclass {name}: ...\n" for name in names)
    handlers = "".join(f"def h{number}(inputs: StepInput) -> {name}: ...\n" for number, name in enumerate(names))
    steps = "".join(f".step('s{number}', h{number})" for number in range(6))
    text = written(f"from models import *\n{handlers}flow = Flow('f', int){steps}\n", models=models)

    assert "    from models import (\n        ALongNameOfAClass0,\n        ALongNameOfAClass1,\n" in text


def test_types_of_the_same_name_are_distinguished_by_their_modules() -> None:
    Path("other.py").write_text("from dataclasses import dataclass\n@dataclass\nclass Point:\n    z: int\n", "utf-8")
    text = written("""
import models, other
def one(inputs: StepInput) -> models.Point: ...
def two(inputs: StepInput) -> other.Point: ...
flow = Flow("f", int).step("one", one).step("two", two).step("both", lambda i: 1, depends_on=["one", "two"])
""")

    assert "from models import Point\n    from other import Point as OtherPoint\n" in text
    assert "    one: Point\n    two: OtherPoint\n" in text


def test_a_class_in_a_function_is_any_and_a_typed_dict_in_one_is_written_out() -> None:
    text = written("""
from dataclasses import dataclass
def build() -> None:
    @dataclass
    class Local:
        a: int
    class LocalDict(TypedDict):
        z: int
    class LocalPoint(NamedTuple):
        x: int
    def one(inputs: StepInput) -> Local: ...
    def two(inputs: StepInput) -> LocalDict: ...
    def three(inputs: StepInput) -> LocalPoint: ...
    Flow("f", int).step("one", one).step("two", two).step("three", three).step(
        "all", lambda i: 1, depends_on=["one", "two", "three"]
    )
""")

    assert "    one: Any\n    two: TwoOutput\n    three: Any\n" in text
    assert "class TwoOutput(TypedDict):" in text
