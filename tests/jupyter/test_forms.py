"""The form of `%latm check` in a real kernel, filled in by the messages that a notebook's page sends."""

import pytest
from widget_page import kernel

from latm_magic.session import Session

pytest.importorskip("ipywidgets")

MODULE = '''\
def parse(question):
    if not question.startswith("Sort:"):
        raise ValueError("not a list to sort")
    return {"words": question[5:].split()}


def sort_words(words: list[str]) -> list[str] | None:
    """Sort words."""
    if not words:
        return None
    if "descending" in words:
        return sorted([word for word in words if word != "descending"], reverse=True)
    return sorted(words)


def format_answer(result, question):
    return None if result is None else " ".join(result)
'''
EVIL = "<img src=x onerror='window.ran=1'>"
COLUMN = [
    f"Sort: descending {EVIL}",
    "Sort: a descending b",
    "Order: b a",
    "what?",
    "Who wrote Middlemarch?",
    "Sort: h g",
]
START = f"%load_ext latm_magic\ncolumn = {COLUMN!r}"
CHECK = "%latm check sort_words column"


@pytest.fixture
def sorting_project(project):
    """Return a project whose cache holds a tool."""
    with Session(project) as session:
        examples = [("Sort: b a", "a b"), ("Sort: d c", "c d"), ("Sort: f e", "e f"), ("Sort:", None)]
        session.add("sort_words", MODULE, examples, description="Sort the words.")
    return project


@pytest.mark.filterwarnings("default")
def test_a_form_when_saved_does_what_the_cell_does_and_shows_what_is_left(sorting_project):
    """Right, wrong, refuse and no answer are learned, what was skipped stays, and the last row leaves a page behind."""
    with kernel(sorting_project) as page:
        page.run(START)
        (shown,) = page.run(CHECK)
        assert "--cell puts a cell below instead" in shown["data"]["text/plain"]
        assert "&lt;img src=x" in shown["data"]["text/html"]
        assert len(page.named("ToggleButtonsModel")) == 4
        assert EVIL not in page.text()
        assert "&lt;img src=x" in page.text()
        page.save()
        assert "Nothing is filled in" in page.text()
        page.fill(0, "wrong")
        page.save()
        assert "Row 1 is wrong, but what is right?" in page.text()
        page.fill(0, "right")
        page.fill(1, "wrong", "a b")
        page.save()
        assert "1 answer of sort_words right, 1 not: %latm grow sort_words lets it learn them." in page.text()
        assert len(page.named("ToggleButtonsModel")) == 2
        page.fill(0, "none")
        page.save()
        assert len(page.named("ToggleButtonsModel")) == 1
        page.fill(0, "refuse")
        page.save()
        ended = page.shown[-1]["data"]
        assert "application/vnd.jupyter.widget-view+json" not in ended
        assert "1 answer of sort_words right, 0 not" in ended["text/plain"]
        assert "No doubtful row of sort_words is left" in ended["text/plain"]
    with Session(sorting_project) as session:
        learned = {each.question: (each.wanted, each.expects) for each in session.corrections("sort_words")}
        assert learned == {"Order: b a": ("a b", "answer"), "what?": ("", "missing")}
        assert not session.solve("Sort: a descending b")[0].untested
        assert session.check("sort_words", COLUMN).rows == ()


@pytest.mark.filterwarnings("default")
def test_a_form_when_something_cannot_be_learned_says_so_and_keeps_what_was_filled_in(project):
    """An error is its one line in the form; random rows are marked as such."""
    with Session(project) as session:
        source = "def parse(question):\n    return {'text': question}\n\n\ndef length(text: str) -> int:\n    return len(text)\n"
        session.add("length", source, [("a", 1), ("ab", 2), ("abc", 3)], description="Count.")
    with kernel(project) as page:
        page.run("%load_ext latm_magic\ncolumn = ['abcd', 'abcde', 'abcdef']")
        page.run("%latm check length column --target 98%")
        page.fill(0, "wrong", "four")
        page.save()
        assert "gives answers of kind int" in page.text()
        page.fill(0, "right")
        page.save()
        assert "1 checked at random, 0 of them wrong" in page.text()
        assert (
            "application/vnd.jupyter.widget-view+json"
            not in page.run("%latm check length column --target 98% --cell")[0]["data"]
        )


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("absent", [False, True], ids=["program", "absent"])
def test_a_check_when_no_form_can_be_shown_is_the_cell(sorting_project, absent):
    """Where a program runs the notebook, or ipywidgets is not there, a cell is put below; nothing imports ipywidgets."""
    with kernel(sorting_project) as page:
        if absent:
            page.run("import importlib.util, sys\nfind = importlib.util.find_spec\n"
                     "importlib.util.find_spec = lambda name, *rest: None if name == 'ipywidgets' else find(name, *rest)")  # fmt: skip
        page.run(START, by_hand=absent)
        (shown,) = page.run(CHECK, by_hand=absent)
        assert "The next cell holds these" in shown["data"]["text/plain"]
        assert "application/vnd.jupyter.widget-view+json" not in shown["data"]
        assert page.widgets == {}
        (said,) = page.run("import sys; 'ipywidgets' in sys.modules", by_hand=absent)
        assert said["data"]["text/plain"] == "False"
