"""`%latm browse`: the form in a real kernel, worked by the messages that a notebook's page sends; and the tables."""

import pytest
from cells import MODULE, NO_CASE, examples

from latm_magic.session import Session

EVIL = "<img src=x onerror='window.ran=1'>"
WIDGETS = "application/vnd.jupyter.widget-view+json"


def fill(session, questions=()):
    """Give a session two tools, the first with two versions, a correction, refusals and pending questions."""
    session.add("sort_words", MODULE, examples(), description=f"Sort words {EVIL}.")
    session.add("sort_words", NO_CASE, examples(), description=f"Sort words {EVIL}.")
    session.add("count_down", MODULE.replace("sort_words", "count_down"), examples(), description="Something else.")
    session.correct(f"List: {EVIL}", "right", tool="sort_words")
    session.solve([f"what? {EVIL}", "nobody knows"], ask=False)
    session.correct("who?", "me")
    session.cache.feedback.keep_pending([f"Zip {EVIL} of {n}" for n in "abc"] + [f"Translate {n} words" for n in "123"])


@pytest.fixture
def full_project(project):
    """Return a project with something on every page."""
    with Session(project) as session:
        fill(session)
    return project


@pytest.fixture
def opened(full_project):
    """Return a page that shows the form."""
    pytest.importorskip("ipywidgets")
    from widget_page import kernel

    with kernel(full_project) as page:
        page.run("%load_ext latm_magic\n%latm use *")
        (shown,) = page.run("%latm browse")
        assert WIDGETS in shown["data"]
        yield page


def choose(page, which, label):
    """Choose one of the toggle buttons."""
    place = page.named("ToggleButtonsModel")[which]
    index = page.widgets[place]["_options_labels"].index(label)
    page.send(place, {"method": "update", "state": {"index": index}})


def show(page, label):
    """Choose a page of the tool that is open; return what it says."""
    choose(page, 1, label)
    return page.text()


@pytest.mark.filterwarnings("default")
def test_a_form_when_searched_and_sorted_lists_what_is_found(opened):
    """Every word must be there; what nothing has is said."""
    assert opened.buttons() == ["count_down", "sort_words"]
    choose(opened, 0, "newest")
    assert sorted(opened.buttons()) == ["count_down", "sort_words"]
    search = opened.named("TextModel")[0]
    opened.send(search, {"method": "update", "state": {"value": "WORDS sort"}})
    assert opened.buttons() == ["sort_words"]
    opened.send(search, {"method": "update", "state": {"value": EVIL * 2}})
    assert opened.buttons() == []
    assert "No tool has" in opened.text()
    assert EVIL not in opened.text()


@pytest.mark.filterwarnings("default")
def test_a_form_when_a_tool_is_opened_has_its_pages_and_does_what_the_subcommands_do(opened, full_project):
    """Versions, changes, refusals, corrections and pending; going back, withdrawing, giving and exporting."""
    opened.press("sort_words")
    assert "verified 6 of 6" in opened.text()
    assert "str.lower" in show(opened, "changes")
    assert "No model was asked for sort_words" in show(opened, "ledger")
    show(opened, "versions")
    opened.press("Go to version 1")
    assert "sort_words is at version 1 now" in opened.text()
    assert opened.run("sort_words.version")[0]["data"]["text/plain"] == "1"
    show(opened, "corrections")
    opened.press("Withdraw")
    assert "no longer counts" in opened.text()
    assert "Withdraw" not in opened.buttons()
    show(opened, "pending")
    opened.press("Give to sort_words")
    assert "given to sort_words" in opened.text()
    assert "Translate" in show(opened, "refusals") or "Zip" in opened.text()
    show(opened, "pending")
    opened.press("Forget")
    assert "forgotten" in opened.text()
    opened.press("Verify")
    assert "6 of 6" in opened.text()
    opened.press("Export")
    assert (full_project / "sort_words.ipynb").is_file()
    (full_project / "sort_words.ipynb").write_text("mine")
    opened.press("Export")
    assert (full_project / "sort_words.ipynb").read_text() == "mine"
    opened.press("Grow …")
    assert "Have the maker write the next version" in opened.text()
    opened.press("Grow sort_words")
    assert "maker" in opened.text()
    assert EVIL not in opened.text()
    assert "&lt;img src=x" in opened.text()


@pytest.mark.filterwarnings("default")
def test_a_form_when_drop_is_pressed_asks_first(opened, full_project):
    """Nothing is done before the answer, or where it is no; then the tool is gone, the function as well."""
    opened.press("sort_words")
    opened.press("Drop …")
    assert "Drop sort_words with all its versions and answers?" in opened.text()
    opened.press("No, leave it")
    assert "Nothing was done" in opened.text()
    with Session(full_project) as session:
        assert session.tool("sort_words").version == 2
    opened.press("Drop …")
    opened.press("Drop sort_words")
    assert "sort_words is gone" in opened.text()
    assert "sort_words" not in opened.buttons()
    assert opened.run("'sort_words' in globals()")[0]["data"]["text/plain"] == "False"


GROWN = MODULE.replace(
    "    head, found",
    "    if question.startswith('Zip '):\n        return {'words': question.split()[1:]}\n    head, found",
)
SCRIPTED = f"""from latm_magic.jupyter.extension import load
from latm_magic.testing import ScriptedModel
load(get_ipython(), maker=ScriptedModel(lambda _: {f"```python{chr(10)}{GROWN}```"!r}))
get_ipython().run_line_magic("latm", "use *")"""


@pytest.mark.filterwarnings("default")
def test_a_form_when_a_tool_grows_and_is_dropped_by_mistake_has_it_back_with_all_its_versions(opened, full_project):
    """Grow asks first and tells the new version, which the variable follows; Undo brings back tool and function."""
    opened.run(SCRIPTED)
    opened.run("%latm browse sort_words")
    show(opened, "corrections")
    opened.press("Withdraw")
    show(opened, "pending")
    opened.press("Give to sort_words")
    opened.press("Grow …")
    opened.press("No, leave it")
    assert "Nothing was done" in opened.text()
    opened.press("Grow …")
    opened.press("Grow sort_words")
    assert "sort_words is at version 3 now" in opened.text()
    assert opened.run("sort_words.version, sort_words('Zip b a')")[0]["data"]["text/plain"] == "(3, 'a b')"
    opened.run("%latm browse sort_words")
    assert "startswith" in show(opened, "changes")
    opened.press("1 → 2")
    assert "str.lower" in opened.text()
    opened.press("Drop …")
    opened.press("Drop sort_words")
    assert opened.run("'sort_words' in globals()")[0]["data"]["text/plain"] == "False"
    opened.press("Undo")
    assert "verified 6 of 6" in opened.text()
    assert "sort_words" in opened.buttons()
    assert opened.run("sort_words.version")[0]["data"]["text/plain"] == "3"
    with Session(full_project) as session:
        assert [tool.version for tool in session.versions("sort_words")] == [1, 2, 3]


@pytest.mark.filterwarnings("default")
def test_a_form_when_a_tool_is_gone_meanwhile_says_so(opened, full_project):
    """Somebody else dropped it: one line, and the form goes on."""
    with Session(full_project) as session:
        session.drop("sort_words")
    opened.press("sort_words")
    assert "sort_words" in opened.text()
    assert "No tool" in opened.text()
    opened.press("count_down")
    assert "verified 6 of 6" in opened.text()


def test_tables_when_no_form_can_be_shown_say_the_same(notebook):
    """A list that is searched and sorted, and all pages of a tool, without ipywidgets being loaded."""
    fill(notebook.session)
    listed = notebook.printed("%latm browse --sort newest")
    assert "count_down" in listed
    assert "%latm browse NAME" in listed
    assert "sort_words" not in notebook.printed("%latm browse --search 'ELSE something'")
    assert "No tool has 'nothing'" in notebook.printed("%latm browse --search nothing")
    whole = notebook.printed("%latm browse sort_words")
    for words in ("verified 6 of 6", "str.lower", "No model was asked for sort_words", "Zip <img"):
        assert words in whole
    assert EVIL not in notebook.shell.display_formatter.format(notebook.run("%latm browse sort_words"))[0]["text/html"]
    assert "sort_wrods" in notebook.fail("%latm browse sort_wrods")
    assert "invalid choice" in notebook.fail("%latm browse --sort colour")


def test_tables_when_there_is_no_tool_say_how_to_make_one(notebook):
    """An empty project is a sentence."""
    assert "No tools yet" in notebook.printed("%latm browse")


def test_a_difference_is_coloured_and_keeps_its_text(notebook):
    """Lines that came and went have a tone; the text is the unified diff, and markup in it is text."""
    fill(notebook.session)
    difference = notebook.session.diff("sort_words")
    shown = notebook.run("%latm diff sort_words")
    assert shown.text == difference.rstrip("\n")
    assert shown.html.count("#22a04a") == sum(
        line.startswith("+") and line[:3] != "+++" for line in difference.splitlines()
    )
    assert shown.html.count("#e5484d") == sum(
        line.startswith("-") and line[:3] != "---" for line in difference.splitlines()
    )
