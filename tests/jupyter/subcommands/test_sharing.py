"""`%latm export` and `%latm load` in a real shell, and what they show."""

import json
import re

import nbformat
import pytest
from cells import MODULE, examples
from inert_html import read

from latm_magic.jupyter import display
from latm_magic.jupyter.extension import load, unload
from latm_magic.session import Session
from latm_magic.testing import ScriptedModel

EVIL = "<script>alert(1)</script> | <img src=x onerror=y> \u202eevil"


@pytest.fixture
def tools(tmp_path):
    """Return a notebook with one tool, whose texts are hostile, made in another project."""
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    with Session(folder, maker=ScriptedModel([])) as session:
        source = MODULE.replace("Sort words", "Sort <script>words</script>")
        session.add("sort_words", source, examples(), description=EVIL)
        session.export(tmp_path / "tools.ipynb")
    return tmp_path / "tools.ipynb"


def test_load_when_dry_shows_what_the_notebook_holds_and_keeps_nothing(notebook, tools):
    """Outcome, verification, source and maker stand there, in a terminal as well, and no function appears."""
    shown = notebook.printed(f"%latm load {tools} --dry-run")
    for words in ("would be admitted", "6 of 6", "unchanged", "return sorted(words)", "a person", "nothing was kept"):
        assert words in shown
    assert notebook.session.cache.tools.names() == ()
    assert "sort_words" not in notebook


def test_load_when_a_tool_is_hostile_in_its_words_shows_them_escaped(notebook, tools):
    """No tag, attribute or invisible character of a notebook gets into the page."""
    loaded = notebook.run(f"%latm load '{tools}'")
    view = display.view(loaded)
    read(view.html)
    assert "&lt;script&gt;" in view.html
    assert "\u202e" not in view.html + view.text
    assert "U+202E" in view.text
    card = display.view(notebook.session.tool("sort_words"))
    assert "tools.ipynb says: written by a person" in card.text
    read(card.html)


def test_load_when_tools_were_admitted_brings_them_by_use(notebook, tools):
    """What was admitted is used like any other tool; a second load says that it is here."""
    assert "%latm use NAME" in notebook.printed(f"%latm load {tools}")
    notebook.run("%latm use *")
    assert notebook.run("sort_words(words=['b', 'a'])") == ["a", "b"]
    assert "already here" in notebook.printed(f"%latm load {tools}")
    assert "already here" in notebook.printed(f"%latm load {tools} --clash replace")
    assert "sort_words → arrange" in notebook.printed(f"%latm load {tools} --rename sort_words=arrange")


def test_load_when_a_tool_differs_shows_the_difference(notebook, tools):
    """The lines that are other than in yours are shown, with what to do."""
    notebook.session.add("sort_words", MODULE, examples(), description="Mine.")
    shown = notebook.printed(f"%latm load {tools}")
    assert "kept yours" in shown
    assert "replace it as its next version" in shown
    assert "-# Mine." in shown
    assert "✓ admitted" in notebook.printed(f"%latm load {tools} --clash replace")


def test_load_when_a_notebook_holds_other_things_says_so(notebook, tools):
    """Cells that were not looked at, and tools that were refused, are told."""
    document = json.loads(tools.read_text())
    document["cells"][0] = {**document["cells"][1], "source": "!touch canary"}
    document["cells"][-1]["source"] = ["%%latm_tool sort_words\n", "x"]
    tools.write_text(json.dumps(document))
    shown = notebook.printed(f"%latm load {tools}")
    assert "1 other code cell, not looked at and not run" in shown
    assert "✗ refused" in shown
    assert "without examples" in shown


def test_load_when_there_are_many_tools_shows_the_first_in_full(notebook, tmp_path):
    """A notebook of a thousand tools does not flood yours: the table has all, the sources are in the record."""
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**cell, "source": f"%%latm_tool t{i}\nx"} for i in range(60)]
    (tmp_path / "n.ipynb").write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    shown = notebook.printed(f"%latm load {tmp_path / 'n.ipynb'}")
    assert "60 refused" in shown
    assert "The sources of 10 more tools" in shown


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%latm load", "needs a notebook"),
        ("%latm load absent.ipynb", "No file 'absent.ipynb'"),
        ("%latm load x.ipynb --clash mine", "--clash"),
        ("%latm load x.ipynb --rename a", "not of the form OLD=NEW"),
        ("%latm load x.ipynb --rename a=", "not of the form OLD=NEW"),
        ("%latm load --latm x.json", "needs --name"),
        ("%latm load y.ipynb --latm x.json --name n --examples []", "no other file"),
        ("%latm load --latm absent.json --name n --examples [(1,2)]", "No file 'absent.json'"),
        ("%latm export", "required"),
        ("%latm export tools.ipynb", "no tools"),
        ("%latm export tools.docx", "neither .ipynb nor .py"),
    ],
)
def test_a_line_when_it_is_odd_fails_with_one_line(notebook, line, words):
    """Whatever is missing or misspelt fails the cell and says what it is."""
    assert words in notebook.fail(line)


def test_export_when_done_says_what_was_written(notebook, project):
    """A notebook of all tools, the same again, a module with its tests."""
    notebook.session.add("sort_words", MODULE, examples(), description="Sort.")
    assert "tools.ipynb: 1 tool (sort_words)" in notebook.printed("%latm export tools.ipynb")
    assert "nothing to change" in notebook.printed("%latm export tools.ipynb sort_words")
    assert "sort_words.py and test_sort_words.py" in notebook.printed("%latm export sort_words.py")
    (project / "sort_words.py").write_text("mine")
    assert "--force" in notebook.fail("%latm export sort_words.py")
    notebook.run("%latm export sort_words.py --force")
    assert "def solve" in (project / "sort_words.py").read_text()


def test_tools_when_the_team_shares_some_lists_their_names(notebook, project, tools):
    """Shared tools are listed without being run, and used like your own."""
    (project / "latm_tools").mkdir()
    (project / "latm_tools" / "team.ipynb").write_bytes(tools.read_bytes())
    assert "sort_words (team.ipynb)" in notebook.printed("%latm tools")
    notebook.run("%latm use sort_words")
    assert notebook.run("sort_words(words=['b', 'a'])") == ["a", "b"]
    assert "shared, read-only" in notebook.printed("%latm show sort_words")


def test_an_exported_notebook_when_run_from_the_top_makes_the_same_tools(notebook, tmp_path, capsys):
    """Its cells go through the same verification, and what comes of them has the same fingerprint."""
    odd = "{x} $y `z` ```\n--- => 'q' \"r\" \\ é"
    folder = tmp_path / "other"
    folder.mkdir()
    with Session(folder, maker=ScriptedModel([])) as session:
        pairs = [(f"{odd} {q}", a) for q, a in examples(8)]
        session.add("sort_words", MODULE, pairs, description=odd)
        counts = "def parse(question):\n    return {'text': question}\n\n\ndef count(text: str) -> int:\n    return len(text)\n"
        session.add("count", counts, [("x" * n, n) for n in range(1, 5)], description="Count.")
        session.export(tmp_path / "tools.ipynb")
        wanted = {tool.name: tool.fingerprint for tool in session.tools()}
    for cell in nbformat.read(tmp_path / "tools.ipynb", as_version=4).cells:
        if cell.cell_type == "code" and "load_ext" not in cell.source:
            notebook.run(cell.source)
    assert {tool.name: tool.fingerprint for tool in notebook.session.tools()} == wanted


def test_load_when_given_a_conversation_makes_a_function(ip, tmp_path, capsys):
    """--latm takes a published conversation and your examples; the user model writes the snippets."""
    reply = (
        "```python\ndef sort_all(words):\n    return sorted(words)\n```\nUse cases:\nQuestion: Sort b a\n"
        "Solution:\n```python\nans1 = ' '.join(sort_all(['b', 'a']))\n```\n"
    )
    (tmp_path / "c.json").write_text(json.dumps([{"role": "assistant", "content": reply}]))

    def snippet(request):
        words = re.findall(r"^Sort (.*)$", request.messages[0].content, re.MULTILINE)[-1].split()
        return f"```python\nans = ' '.join(sort_all({words!r}))\n```"

    session = load(ip, user=ScriptedModel(snippet), maker=ScriptedModel([])).session
    ip.user_ns["pairs"] = [("Sort d c", "c d"), ("Sort f e g", "e f g"), ("Sort y x", "x y")]
    ip.run_cell(
        f"tool = %latm load --latm {tmp_path / 'c.json'} --name arrange --examples pairs --description 'Sort it.'"
    ).raise_error()
    tool = ip.user_ns["arrange"]
    assert (tool.description, tool.verification.right, tool.record.by_snippet) == ("Sort it.", 3, True)
    assert session.solve(["Sort q p"], tool="arrange")[0].text == "p q"
    unload(ip)


@pytest.mark.parametrize("file", [r"C:\Users\me\tools.ipynb", r"C:\new\tools.ipynb"])
def test_a_path_when_it_has_backslashes_is_taken_as_it_stands(notebook, file):
    """Paths of Windows in quotes are not escapes."""
    shown = notebook.fail(f'%latm load "{file}"')
    assert shown.startswith("NotebookError")
    assert repr(file) in shown
