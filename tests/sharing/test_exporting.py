"""Exporting tools to notebooks and modules, and the round trip through another project."""

from __future__ import annotations

import pytest
from cells import MODULE, examples

from latm_magic.errors import NotebookError, ToolNotFound
from latm_magic.sharing.notebook_write import notebook_bytes

KINDS = ("text", "int", "float")


def numbered(i):
    """Return the module, the examples and a further question with its answer of one small tool."""
    kind = KINDS[i % 3]
    give = {"text": "f'<{result}>'", "int": "str(result)", "float": "repr(result / 4)"}[kind]
    source = (
        f'def parse(question):\n    head, number = question.rsplit(" ", 1)\n    if head != "Add {i} to":\n'
        f'        raise ValueError("not mine")\n    return {{"number": int(number)}}\n\n\n'
        f'def add_{i}(number: int) -> int:\n    """Add {i}."""\n    return number + {i}\n\n\n'
        f"def format_answer(result, question):\n    return {give}\n"
    )
    value = {"text": lambda n: f"<{n + i}>", "int": lambda n: n + i, "float": lambda n: (n + i) / 4}[kind]
    pairs = [(f"Add {i} to {n}", value(n)) for n in (1, 5, 12, 40)]
    return source, pairs, (f"Add {i} to 1000", value(1000))


@pytest.mark.slow
def test_two_hundred_tools_when_exported_loaded_and_exported_again_are_byte_identical(open_session, tmp_path):
    """The round trip through an empty project changes no byte, and each tool solves as before."""
    here, there = open_session("here"), open_session("there")
    asked = {}
    for i in range(200):
        source, pairs, (question, answer) = numbered(i)
        here.add(f"add_{i}", source, pairs, description=f"Add {i} | to a <b>number</b>.")
        asked[question] = (f"add_{i}", answer)
    here.export(tmp_path / "first.ipynb")
    loaded = there.load(tmp_path / "first.ipynb")
    assert {tool.outcome for tool in loaded.tools} == {"admitted"}
    assert {tool.judged.content for tool in loaded.tools} == {"unchanged"}
    there.export(tmp_path / "second.ipynb")
    assert (tmp_path / "first.ipynb").read_bytes() == (tmp_path / "second.ipynb").read_bytes()
    for question, (name, answer) in asked.items():
        solved = there.solve([question], tool=name)[0]
        assert (solved.value, type(solved.value), solved.way) == (answer, type(answer), "parser")
    assert [tool.fingerprint for tool in here.tools()] == [tool.fingerprint for tool in there.tools()]
    assert there.ledger.totals() == ()


def test_an_export_when_repeated_changes_nothing_and_overwrites_only_by_force(here, tmp_path):
    """The same tools give the same file; another content needs `force`."""
    first = here.export(tmp_path / "tools.ipynb")
    assert (first.tools, first.changed) == (("sort_words",), True)
    assert not here.export(tmp_path / "tools.ipynb").changed
    here.add("sort_more", MODULE.replace("sort_words", "sort_more"), examples(), description="Sort more.")
    with pytest.raises(NotebookError, match="--force"):
        here.export(tmp_path / "tools.ipynb")
    assert here.export(tmp_path / "tools.ipynb", force=True).tools == ("sort_more", "sort_words")


def test_an_export_when_to_a_module_writes_its_tests_beside_it(here, tmp_path):
    """The tool is the one named as the file, or the one that you name."""
    done = here.export(tmp_path / "sort_words.py")
    assert [path.name for path in done.paths] == ["sort_words.py", "test_sort_words.py"]
    assert here.export(tmp_path / "mine.py", "sort_words").tools == ("sort_words",)
    assert "from mine import solve" in (tmp_path / "test_mine.py").read_text()


@pytest.mark.parametrize(
    ("path", "names", "error"),
    [
        ("tools.txt", None, NotebookError),
        ("tools.ipynb", ["sort_word"], ToolNotFound),
        ("absent.py", None, ToolNotFound),
        ("mine.py", ["sort_words", "sort_words"], NotebookError),
        ("json.py", ["sort_words"], NotebookError),
        ("a/b/tools.ipynb", None, NotebookError),
    ],
)
def test_an_export_when_it_cannot_be_done_writes_nothing(here, tmp_path, path, names, error):
    """Another ending, an unknown tool, a place that is not there: an error, and no file."""
    place = tmp_path / "out"
    with pytest.raises(error):
        here.export(place / path, names)
    assert not place.exists()


def test_an_export_when_there_are_no_tools_is_an_error(open_session, tmp_path):
    """An empty notebook would look like a lost one."""
    with pytest.raises(NotebookError, match="no tools"):
        open_session().export(tmp_path / "tools.ipynb")


def test_older_samples_when_exported_stay_older_samples(here, open_session, tmp_path):
    """What an older version passed is verified again, and the cell that made the tool still finds it."""
    more = [(f"List: {n} b a", f"{n} a b") for n in range(6)]
    here.add("sort_words", MODULE, more, description="Sort the words.")
    here.export(tmp_path / "tools.ipynb")
    there = open_session()
    there.load(tmp_path / "tools.ipynb")
    mine, theirs = here.tool("sort_words").record, there.tool("sort_words").record
    assert (theirs.samples, theirs.earlier) == (mine.samples, mine.earlier)
    assert len(theirs.verification.samples) == 12
    assert there.make("sort_words", "Sort the words.", more).version == 1


def test_a_notebook_when_written_by_the_library_alone_is_the_same(here, exported):
    """The session adds nothing to what the library writes."""
    assert exported.read_bytes() == notebook_bytes([here.tool("sort_words").record])
