"""Tool notebooks: what is written is stable, valid and safe to look at; what is read is believed in nothing."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from html.parser import HTMLParser

import nbformat
import pytest
from sample_tool import sample_tool

from latm_magic.errors import NotebookError
from latm_magic.provenance import ChangedRow, ColumnRecord, Provenance
from latm_magic.sharing import files
from latm_magic.sharing.files import read_text, write_files
from latm_magic.sharing.notebook_read import find_notebooks, read_notebook
from latm_magic.sharing.notebook_write import as_markdown, notebook_bytes
from latm_magic.task import Instance
from latm_magic.tool import UseCase

ODD = "{x} $y$ \0 | `a` *b* _c_ <b>d</b> <script>e()</script> [f](javascript:g) \u202eh \ud800 é שלום\n# i\n- j\n1. k"


def odd_tool(**changes):
    """Return a tool whose texts hold everything that could break a notebook."""
    samples = tuple(Instance(f"{ODD} {number}", f"{number}\n{ODD}") for number in range(6))
    return sample_tool(samples=samples, description=ODD, **changes)


def written(path, *tools):
    """Write a notebook of tools."""
    path.write_bytes(notebook_bytes(tools))
    return path


def test_a_notebook_when_written_twice_is_the_same_and_valid(tmp_path):
    """The same tools give the same bytes, as Jupyter would save them, and nbformat finds them valid."""
    content = notebook_bytes([sample_tool(), odd_tool(name="odd")])
    assert content == notebook_bytes([sample_tool(), odd_tool(name="odd")])
    notebook = nbformat.reads(content.decode(), as_version=4)
    nbformat.validate(notebook)
    assert nbformat.writes(notebook).encode() + b"\n" == content


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"description": "One line."},
        {"earlier": (Instance("old", "d l o"),)},
        {"kind": "int", "samples": tuple(Instance(f"{n}?", f"{n}") for n in range(-1, 5))},
        {"kind": "int", "samples": tuple(Instance(f"{n}?", f"0{n}") for n in range(5))},
        {"kind": "float", "samples": tuple(Instance(f"{n}?", f"{n}.5") for n in range(5))},
        {"kind": "float", "samples": tuple(Instance(f"{n}?", "nan" if n else "1.50") for n in range(5))},
        {"kind": "bool", "samples": tuple(Instance(f"{n}?", f"{n > 2}") for n in range(5))},
        {"calling": "snippet", "use_cases": (UseCase(ODD.replace("\ud800", ""), "ans = '''\n'''"),)},
        {"source": "def sort_words(words):\n    return '```%%latm_tool x'\n\n\n"},
    ],
)
def test_a_tool_when_written_and_read_is_the_same(tmp_path, changes):
    """Name, description, source, samples in their parts, kind and use cases come back letter by letter."""
    tool = replace(odd_tool(), fingerprint="", **changes)
    (offer,) = read_notebook(written(tmp_path / "n.ipynb", tool)).offers
    assert offer.fault == ""
    for name in ("name", "description", "source", "samples", "earlier", "kind", "by_snippet"):
        assert getattr(offer, name) == getattr(tool, name), name
    assert offer.claims.fingerprint == tool.fingerprint
    assert offer.use_cases == (tool.use_cases if tool.by_snippet else ())
    assert offer.claims.provenance == tool.provenance


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_a_notebook_when_its_lines_end_otherwise_offers_the_same(tmp_path, end):
    """Editors of Windows save cells so; source, description, examples and fingerprint stay what they were."""
    tool = replace(odd_tool(), fingerprint="", kind="int", samples=tuple(Instance(f"{n}\n?", f"{n}") for n in range(5)))
    (offer,) = read_notebook(written(tmp_path / "n.ipynb", tool)).offers
    saved = json.loads((tmp_path / "n.ipynb").read_text())
    for cell in saved["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", end)
    (tmp_path / "n.ipynb").write_text(json.dumps(saved))
    assert read_notebook(tmp_path / "n.ipynb").offers == (offer,)


def test_a_tool_when_made_by_you_is_a_persons_for_others(tmp_path):
    """What says "you" here would say it to everyone; where it came from here is not told."""
    tool = sample_tool(provenance=Provenance("you", "2026-01-02T03:04:05+00:00", imported_from="secret.ipynb"))
    content = notebook_bytes([tool])
    assert b"secret" not in content
    assert b"| made by | a person |" in content


def test_what_a_maker_was_shown_is_told_and_no_row_of_a_column(tmp_path):
    """A sample that was shown after it had failed is no unseen one elsewhere either; your column stays with you."""
    column = ColumnRecord(2, 1, 2, 1, (ChangedRow("a secret row", "x", "y"),))
    provenance = replace(sample_tool().provenance, column=column)
    tool = replace(sample_tool(), shown=(sample_tool().samples[-1].question,), provenance=provenance)
    path = written(tmp_path / "n.ipynb", tool)
    assert b"secret" not in path.read_bytes()
    (offer,) = read_notebook(path).offers
    assert offer.claims.shown == tool.shown
    assert offer.claims.provenance.column is None


def test_an_accuracy_when_it_was_less_is_told(tmp_path):
    """A tool that was taken with wrong held-out samples says so, because running its cell needs that option."""
    tool = sample_tool()
    tool = replace(tool, verification=replace(tool.verification, min_accuracy=0.75))
    (offer,) = read_notebook(written(tmp_path / "n.ipynb", tool)).offers
    assert offer.min_accuracy == 0.75


def test_an_answer_when_no_number_can_hold_it_is_written_as_text(tmp_path):
    """A number of more digits than Python reads does not keep a tool from being exported."""
    samples = tuple(Instance(f"{n}?", "9" * 5000 + str(n)) for n in range(3))
    (offer,) = read_notebook(written(tmp_path / "n.ipynb", sample_tool(kind="int", samples=samples))).offers
    assert "is not of kind int" in offer.fault


def test_two_examples_when_in_one_cell_are_both_found(tmp_path):
    """Whoever edits a notebook may put the examples of all tools into one cell."""
    pairs = "[('b a', 'a b'), ('d c', 'c d'), ('f e', 'e f')]"
    cells = [
        cell(f"# mine\n\nx = {pairs}\ny = {pairs}"),
        cell(TOOL),
        cell(TOOL.replace("tool t --examples x", "tool u --examples y")),
    ]
    (tmp_path / "n.ipynb").write_text(document(*cells))
    assert [offer.fault for offer in read_notebook(tmp_path / "n.ipynb").offers] == ["", ""]


def test_use_cases_when_there_are_too_many_are_refused(tmp_path):
    """Each is run before it counts, so their number is bounded."""
    tool = sample_tool(calling="snippet", use_cases=(UseCase("q", "ans = 1"),) * 51)
    (offer,) = read_notebook(written(tmp_path / "n.ipynb", tool)).offers
    assert "too long" in offer.fault


def test_a_source_when_no_file_can_hold_it_is_an_error():
    """A lone surrogate in a source is no text that a notebook can hold."""
    with pytest.raises(NotebookError, match="cannot hold"):
        notebook_bytes([sample_tool(source="x = '\ud800'")])


class Seen(HTMLParser):
    """What a browser would find in a page: tags and text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize(
    "text",
    [
        ODD,
        "<img src=x onerror=alert(1)>",
        "[click](http://evil.example)",
        "![x](http://evil.example/p.png)",
        "http://evil.example www.evil.example me@evil.example",
        "| a | b |\n|---|---|",
        "# Heading\n===\n---",
        "```\ncode\n```",
        "$x$ \\(y\\) &lt;b&gt; \\<b>",
        "    indented code",
        "<!-- hidden -->",
    ],
)
def test_a_text_when_put_into_markdown_has_no_markup(text):
    """No tag, link, picture, table, heading, code, formula or hidden character of a description takes effect."""
    shown = as_markdown(text)
    assert Seen(shown).tags == []
    for line in shown.split("\n"):
        assert not line.startswith(("#", "-", "=", "+", "    ", "|", "```", "~"))
        unescaped = line.replace("\\\\", "")
        for mark in "`*_[]|$":
            assert unescaped.count(mark) == unescaped.count("\\" + mark), (mark, line)
    assert "://" not in shown
    assert "www." not in shown
    assert all(character.isprintable() or character == "\n" for character in shown)


def test_markdown_when_rendered_as_html_shows_the_text_as_it_stands():
    """Through a Markdown renderer with tables, the text is itself, in a paragraph as well as in a cell, and no more."""
    markdown = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable("table")
    text = "<b>x</b> *y* | [z](http://e.example) $w$ `v` &lt; - t # s"
    alone = Seen(markdown.render(as_markdown(text)))
    assert (alone.tags, alone.text.strip()) == (["p"], text)
    in_table = Seen(markdown.render(f"| | |\n|:--|:--|\n| made by | {as_markdown(text)} |"))
    assert in_table.tags.count("td") == 2
    assert not {"b", "em", "a", "code"} & set(in_table.tags)
    assert text in in_table.text
    for line in ("1. one", "- one", "+ one", "=== one", "# one", "> one", "12) one", "* one"):
        assert Seen(markdown.render(f"x\n\n{as_markdown(line)}")).tags == ["p", "p"], line


def cell(source, kind="code", **metadata):
    """Return a cell."""
    return {"cell_type": kind, "source": source, "metadata": metadata, "outputs": [], "execution_count": None}


def document(*cells, **fields):
    """Return the JSON of a notebook."""
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **fields})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("   \n", "is empty"),
        (document()[:-20], "damaged"),
        ("[1, 2]", "names no version"),
        ("{}", "names no version"),
        ('"text"', "names no version"),
        (document(nbformat=3), "version 3"),
        (document(nbformat=5), "version 5"),
        (document(nbformat=True), "names no version"),
        (document(cells={}), "no list of cells"),
        (document(cells=[cell("")] * 20_001), "no list of cells"),
        (document(cell(7)), "not text"),
        (document(cell(["a", 7])), "not text"),
        (document(metadata={"latm": {"format": 9}}), "newer latm_magic"),
        ("[" * 200_000, "nested too deeply"),
        ('{"nbformat": ' + "9" * 5000 + "}", "damaged"),
        (b"\xff\xfe\x00", "not UTF-8"),
    ],
)
def test_a_file_when_it_is_no_notebook_is_refused_in_one_line(tmp_path, content, words):
    """Truncated, empty, of another version or of another kind: the error says which, and nothing is read."""
    path = tmp_path / "n.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(NotebookError) as caught:
        read_notebook(path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_when_it_is_too_large_is_not_read(tmp_path):
    """200 MB are refused by the size alone."""
    path = tmp_path / "n.ipynb"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(NotebookError, match="200 MB"):
        read_notebook(path)


def test_a_file_when_absent_a_folder_or_a_pipe_is_refused(tmp_path):
    """A pipe does not hang the kernel, and nothing is taken for an empty notebook."""
    with pytest.raises(NotebookError, match="No file"):
        read_notebook(tmp_path / "absent.ipynb")
    with pytest.raises(NotebookError, match="cannot be read"):
        read_notebook(tmp_path)
    os.mkfifo(tmp_path / "pipe.ipynb")
    with pytest.raises(NotebookError, match="not a file"):
        read_notebook(tmp_path / "pipe.ipynb")


@pytest.mark.parametrize("change", [b"longer than before", b"short", b"of the same s"])
def test_a_file_when_it_changes_while_it_is_read_is_refused(tmp_path, monkeypatch, change):
    """What is read is one state of the file or nothing, be the new one longer, shorter or of the same length."""
    path = tmp_path / "n.ipynb"
    path.write_bytes(b"thirteen byte")
    real, calls = os.fstat, []

    def changing(descriptor):
        status = real(descriptor)
        if not calls:
            path.write_bytes(change)
            os.utime(path, ns=(1, 1))
        calls.append(status)
        return status

    monkeypatch.setattr(files.os, "fstat", changing)
    with pytest.raises(NotebookError, match="changed while it was read"):
        read_text(path, 1000, "a notebook")


EXAMPLES = cell("x = [('b a', 'a b'), ('d c', 'c d'), ('f e', 'e f'), ('h g', 'g h')]")
TOOL = "%%latm_tool t --examples x --description 'Sort.'\ndef t(): pass\n"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([cell(TOOL)], "stand in no cell above it"),
        ([cell(TOOL), EXAMPLES], "stand in no cell above it"),
        ([cell("x = load()"), cell(TOOL)], "not all literals"),
        ([cell("x = [1]\n!touch canary"), cell(TOOL)], "not all literals"),
        ([cell("y = 1\n", "markdown"), EXAMPLES, cell(TOOL.replace("--examples x", ""))], "without examples"),
        ([EXAMPLES, cell(TOOL.replace("examples x", "examples open('canary','w')"))], "no cell above"),
        ([cell("y = []\nz = 1"), cell(TOOL.replace("examples x", "examples z"))], "cannot be read from a int"),
        ([cell("y = '''\nx = 1'''"), cell(TOOL)], "no cell above"),
        ([cell("x = 'examples.csv'"), cell(TOOL)], "not opened"),
        ([cell("x = [('a', 'b')]"), cell(TOOL)], "at least three"),
        ([cell("x = [('a', 'b'), ('a', 'c'), ('d', 'e')]"), cell(TOOL)], "contradict"),
        ([cell("x = [('a', ['b'])]"), cell(TOOL)], "is a list"),
        ([cell("x = {'kind': 'odd', 'examples': []}"), cell(TOOL)], "not a kind of answer"),
        ([cell("x = {'kind': 'int', 'examples': [('q', 'two')]}"), cell(TOOL)], "is not of kind int"),
        ([cell("x = 7"), cell(TOOL)], "cannot be read from a int"),
        ([cell("x = [" + "('a', 'b')," * 400_000 + "]"), cell(TOOL)], "4,400,00"),
        ([cell("x = [" + ",".join(f"('{n}', 'b')" for n in range(5_001)) + "]"), cell(TOOL)], "5,001 examples"),
        ([EXAMPLES, cell(TOOL + "#" * 200_001)], "characters, and at most"),
        ([EXAMPLES, cell(TOOL.replace("Sort.", "S" * 20_001))], "description has 20,001"),
        ([EXAMPLES, cell(TOOL.replace("'Sort.'", "'Sort.' --min-accuracy 7"))], "not a number from 0 to 1"),
        ([EXAMPLES, cell(TOOL.replace("'Sort.'", "'Sort.' --min-accuracy x"))], "not a number from 0 to 1"),
        ([EXAMPLES, cell(TOOL.replace("'Sort.'", "'Sort.' --shell rm"))], "'--shell'"),
        ([EXAMPLES, cell(TOOL.replace("'Sort.'", "'Sort.' --min-accuracy"))], "'--min-accuracy'"),
        ([EXAMPLES, cell(TOOL.replace("'Sort.'", "'\\N{NO}'"))], "cannot be read at"),
        ([EXAMPLES, cell(TOOL.replace("--description 'Sort.'", ""))], "No description"),
        ([EXAMPLES, cell("%%latm_tool\nx")], "no name"),
        ([EXAMPLES, cell(TOOL.replace("tool t", "tool ../t"))], "cannot name a function"),
        ([EXAMPLES, cell(TOOL.replace("tool t", "tool import"))], "keyword"),
        ([EXAMPLES, cell(TOOL), cell(TOOL)], "more than one tool of this name"),
        ([EXAMPLES, cell(TOOL, latm={"format": 2})], "newer latm_magic"),
        ([EXAMPLES, cell(TOOL, latm={"format": 1})], "metadata says cannot be read"),
        ([EXAMPLES, cell(TOOL, latm=[])], "metadata says cannot be read"),
        (
            [
                EXAMPLES,
                cell(TOOL, latm={"format": 1, "fingerprint": "f", "samples": 3, "provenance": {"maker": "m" * 999}}),
            ],
            "too long",
        ),
    ],
)
def test_a_tool_when_it_cannot_be_tried_says_why(tmp_path, cells, words, monkeypatch):
    """What is wrong with one tool is kept beside it, and nothing was executed to find out."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n.ipynb").write_text(document(*cells))
    offers = read_notebook(tmp_path / "n.ipynb").offers
    assert offers
    assert all(words in offer.fault for offer in offers), offers
    assert not (tmp_path / "canary").exists()


def test_other_cells_when_there_are_some_are_counted_and_left_alone(tmp_path):
    """Whatever else a notebook holds is neither run nor refused: the tools in it stand for themselves."""
    others = [cell("!touch canary"), cell("import os"), cell("%matplotlib inline"), cell("", "raw"), 7]
    loads = cell("%load_ext latm_magic")
    text = document(loads, *others, EXAMPLES, cell(f"\n{TOOL}".replace("tool t", "tool t --replace"), other=1))
    (tmp_path / "n.ipynb").write_text(text)
    notebook = read_notebook(tmp_path / "n.ipynb")
    assert notebook.other_cells == 3
    (offer,) = notebook.offers
    assert (offer.fault, offer.description, offer.claims) == ("", "Sort.", None)
    assert not (tmp_path / "canary").exists()


def test_a_notebook_when_it_holds_no_tool_says_so(tmp_path):
    """An ordinary notebook is no error, and no tool."""
    (tmp_path / "n.ipynb").write_text(document(cell("1 + 1"), metadata=None))
    assert read_notebook(tmp_path / "n.ipynb").notes == ("n.ipynb holds no %%latm_tool cell.",)


def test_a_folder_when_named_is_its_notebooks_by_name(tmp_path, monkeypatch):
    """Hidden files and other files are left out; too many notebooks are refused."""
    for name in ("b.ipynb", "a.ipynb", ".hidden.ipynb", "c.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in find_notebooks(tmp_path)] == ["a.ipynb", "b.ipynb"]
    assert find_notebooks(tmp_path / "a.ipynb") == (tmp_path / "a.ipynb",)
    monkeypatch.setattr("latm_magic.sharing.notebook_read.MAX_NOTEBOOKS", 1)
    with pytest.raises(NotebookError, match="2 notebooks"):
        find_notebooks(tmp_path)


# Writing files


def test_a_file_when_there_is_another_is_replaced_only_by_force(tmp_path):
    """Nothing is overwritten unasked, and of two files none is written where one may not be."""
    one, two = tmp_path / "one", tmp_path / "two"
    two.write_bytes(b"yours")
    with pytest.raises(NotebookError, match="--force"):
        write_files({one: b"1", two: b"2"}, force=False)
    assert not one.exists()
    assert two.read_bytes() == b"yours"
    assert write_files({one: b"1", two: b"2"}, force=True)
    assert not write_files({one: b"1", two: b"2"}, force=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_a_link_when_it_stands_there_is_replaced_and_not_followed(tmp_path):
    """A link that came with a repository does not lead the export into another file of yours."""
    target = tmp_path / "bashrc"
    target.write_bytes(b"yours")
    (tmp_path / "tools.ipynb").symlink_to(target)
    with pytest.raises(NotebookError):
        write_files({tmp_path / "tools.ipynb": b"yours"}, force=False)
    write_files({tmp_path / "tools.ipynb": b"new"}, force=True)
    assert target.read_bytes() == b"yours"
    assert (tmp_path / "tools.ipynb").read_bytes() == b"new"


def test_a_write_when_it_fails_leaves_what_was_there(tmp_path, monkeypatch):
    """A full disk, and an interrupt in the middle, leave neither half a file nor a draft."""
    path = tmp_path / "tools.ipynb"
    path.write_bytes(b"before")
    for fault, kind in (
        (OSError(28, "No space left on device"), NotebookError),
        (KeyboardInterrupt, KeyboardInterrupt),
    ):

        def failing(_descriptor, fault=fault):
            raise fault

        monkeypatch.setattr(files.os, "fsync", failing)
        with pytest.raises(kind) as failed:
            write_files({path: b"after"}, force=True)
        assert kind is not NotebookError or str(path) in str(failed.value)
        assert path.read_bytes() == b"before"
        assert list(tmp_path.iterdir()) == [path]


def test_a_file_when_its_place_cannot_be_written_is_an_error_of_one_line(tmp_path):
    """One missing folder is made; a path through a file, or two missing folders, are told."""
    assert write_files({tmp_path / "latm_tools" / "t.ipynb": b"x"}, force=False)
    for place in (tmp_path / "a" / "b" / "t.ipynb", tmp_path / "latm_tools" / "t.ipynb" / "u.ipynb"):
        with pytest.raises(NotebookError, match="cannot be written"):
            write_files({place: b"x"}, force=False)
