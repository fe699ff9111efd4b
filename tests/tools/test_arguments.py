"""Arguments that a model supplies: the schema it is shown and the check of what it sends."""

import datetime as dt
from decimal import Decimal

import pytest

from latm_magic.signature import Parameter
from latm_magic.tools.arguments import arguments_schema, read_arguments


def parameters(**annotations):
    return [Parameter(name, "positional_or_keyword", text) for name, text in annotations.items()]


def test_a_schema_when_made_names_types_and_what_is_required():
    """The JSON Schema follows the annotations; parameters with a default are not required."""
    shown = arguments_schema([*parameters(words="list[str]"), Parameter("count", "keyword_only", "int", "3")])
    assert shown["properties"]["words"] == {"items": {"type": "string"}, "type": "array"}
    assert shown["required"] == ["words"]
    assert shown["additionalProperties"] is False


def test_arguments_stand_in_the_order_of_the_signature():
    """Not in that of a set, which changes between processes: requests, traces and recordings hold them."""
    names = [f"parameter_{place}" for place in range(12)]
    sent = dict.fromkeys(reversed(names), 1)
    assert list(read_arguments(parameters(**dict.fromkeys(names, "int")), sent)) == names


@pytest.mark.parametrize(
    ("annotation", "json_text", "value"),
    [
        ("int", "3", 3),
        ("float", "3", 3.0),
        ("Optional[int]", "null", None),
        ("int | None", "null", None),
        ("Union[int, str]", '"x"', "x"),
        ("list[tuple[str, int]]", '[["a", 1]]', [("a", 1)]),
        ("tuple[int, ...]", "[1, 2]", (1, 2)),
        ("set[str]", '["a"]', {"a"}),
        ("dict[str, list[int]]", '{"a": [1]}', {"a": [1]}),
        ("Literal['a', 'b']", '"b"', "b"),
        ("int", "3.0", 3),
        ("int", '"3"', 3),
        ("int | bool", "true", True),
        ("bool", '"true"', True),
        ("list[str]", '"[\\"a\\"]"', ["a"]),
        ("list[str] | str", '"[1]"', "[1]"),
        ("dict[str, int]", '"{\\"a\\": 1}"', {"a": 1}),
        ("datetime.date", '"2024-02-29"', dt.date(2024, 2, 29)),
        ("Decimal", '"1.50"', Decimal("1.50")),
        ("'list[int]'", "[1]", [1]),
        ("Sequence[str]", '["a"]', ["a"]),
        ("SomethingElse", '{"any": [1]}', {"any": [1]}),
        ("().__class__", "1", 1),
        ("(" * 250, "1", 1),
        ("", "1", 1),
    ],
)
def test_arguments_when_they_fit_have_the_annotated_type(annotation, json_text, value):
    """JSON values are converted to the annotated types; what is not known is passed on as it is."""
    read = read_arguments(parameters(json=annotation), f'{{"json": {json_text}}}')
    assert read == {"json": value}
    assert type(read["json"]) is type(value)


@pytest.mark.parametrize(
    ("json_text", "words"),
    [
        ("", "Field required"),
        ("{", "not a JSON object"),
        ("[" * 100_000, "not a JSON object"),
        ("[1]", "JSON list"),
        ('{"words": "pear"}', "words: "),
        ('{"words": [], "more": 1}', "more: "),
        ('{"words": [3]}', "words.0"),
    ],
)
def test_arguments_when_they_do_not_fit_say_why_in_one_line(json_text, words):
    """What does not fit is a ValueError that can go back to the model."""
    with pytest.raises(ValueError, match=words) as caught:
        read_arguments(parameters(words="list[str]"), json_text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("annotation", "json_text"),
    [
        ("int", "true"),
        ("int", "3.5"),
        ("float", "false"),
        ("Decimal", "true"),
        ("Optional[int]", "true"),
        ("list[int]", "[true]"),
        ("dict[str, float]", '{"a": true}'),
        ("Literal[1, 2]", "true"),
        ("bool", "1"),
        ("bool", '"yes"'),
        ("date", "20240229"),
        ("date", '"20240229"'),
        ("datetime", "1.5"),
        ("timedelta", '"3"'),
        ("list[str]", '"pear, apple"'),
    ],
)
def test_arguments_when_a_conversion_would_be_a_guess_are_refused(annotation, json_text):
    """A bool is no number, a number no bool and no date: what has two meanings goes back to the model."""
    with pytest.raises(ValueError, match=r"^x"):
        read_arguments(parameters(x=annotation), f'{{"x": {json_text}}}')


def test_a_schema_when_a_parameter_has_a_default_shows_that_one():
    """The default is the function's own where JSON can say it, and never a null of ours."""
    given = {
        "count": "3",
        "sep": "', '",
        "flag": "True",
        "none": "None",
        "empty": "[]",
        "pair": "(1, 2)",
        "name": "LIMIT",
    }
    shown = arguments_schema([Parameter(name, "keyword_only", "", text) for name, text in given.items()])
    found = {name: part.get("default", "absent") for name, part in shown["properties"].items()}
    wanted = {"count": 3, "sep": ", ", "flag": True, "none": None, "empty": [], "pair": "absent", "name": "absent"}
    assert found == wanted


def test_arguments_when_read_stand_in_the_order_of_the_signature():
    """Whatever order the model gave them in: a kept step reads the same in every process."""
    names = [f"part_{number}" for number in range(12)]
    given = dict.fromkeys(reversed(names), 1)
    assert list(read_arguments(parameters(**dict.fromkeys(names, "int")), given)) == names
