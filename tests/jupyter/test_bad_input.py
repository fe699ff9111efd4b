"""What people and files get wrong, typed into cells: one clear line each, and nothing lost."""

import pytest
from cells import MODULE, cell_of, examples

from latm_magic.session import Session
from latm_magic.testing import ScriptedModel

BODY = cell_of(examples())

CELLS = [
    ("%%latm\n" + BODY, "TaskError", "has no name"),
    ("%%latm two words\n" + BODY, "MagicError", "'words'"),
    ("%%latm sort-words\n" + BODY, "TaskError", "'sort_words'"),
    ("%%latm 2nd\n" + BODY, "TaskError", "cannot name a function"),
    ("%%latm class\n" + BODY, "TaskError", "keyword"),
    ("%%latm _private\n" + BODY, "TaskError", "underscore"),
    ("%%latm parse\n" + BODY, "TaskError", "part of every tool"),
    ("%%latm sort_words\n", "UsageError", "body is empty"),
    ("%%latm sort_words\n   \n\n", "TaskError", "empty"),
    ("%%latm sort_words\nSort.", "TaskError", "No examples"),
    ("%%latm sort_words\n---\n" + BODY.partition("---\n")[2], "TaskError", "No description"),
    ("%%latm sort_words\n" + cell_of(examples(1)), "TaskError", "One example"),
    ("%%latm sort_words\n" + cell_of(examples(2)), "TaskError", "at least three"),
    ("%%latm sort_words\n" + cell_of(examples()) + "\n---\nno answer here", "TaskError", "no answer"),
    ("%%latm sort_words\n" + cell_of([*examples(), (examples()[0][0], "other")]), "TaskError", "contradict"),
    ("%%latm sort_words --examples pairz\nSort.", "TaskError", "Did you mean 'pairs'?"),
    ("%%latm sort_words --examples pairs[\nSort.", "TaskError", "not a Python expression"),
    ("%%latm sort_words --examples 1/0\nSort.", "TaskError", "ZeroDivisionError"),
    ("%%latm sort_words --examples None\nSort.", "TaskError", "NoneType"),
    ("%%latm sort_words --examples 'open\nSort.", "MagicError", "quote is not closed"),
    ("%%latm sort_words --examples\nSort.", "MagicError", "--examples"),
    ("%%latm sort_words --examples frame\nSort.", "TaskError", "needs 'question' and 'answer'"),
    ("%%latm sort_words --examples missing.csv\nSort.", "TaskError", "No file 'missing.csv'"),
    ("%%latm sort_words --examples empty.csv\nSort.", "TaskError", "is empty"),
    ("%%latm sort_words --examples broken.json\nSort.", "TaskError", "not JSON"),
    ("%%latm sort_words --examples latin.csv\nSort.", "TaskError", "not UTF-8"),
    ("%%latm sort_words --examples huge.csv\nSort.", "TaskError", "MB"),
    ("%%latm sort_words --examples pairs\n" + BODY, "TaskError", "both"),
    ("%%latm sort_words --min-accuracy high\n" + BODY, "MagicError", "needs a number"),
    ("%%latm sort_words --min-accuracy 3\n" + BODY, "SettingsError", "from 0 to 1"),
    ("%%latm sort_words --min-acuracy 1\n" + BODY, "MagicError", "Did you mean '--min-accuracy'?"),
    ("%%latm_tool sort_words\n" + MODULE, "TaskError", "No examples"),
    ("%%latm_tool sort_words --examples pairs\n", "UsageError", "body is empty"),
    ("%%latm_tool sort_words --examples pairs\n\n", "MakingFailed", "nothing was kept"),
    ("%%latm_tool sort_words --examples pairs\ndef (", "MakingFailed", "nothing was kept"),
    ("%latm_solve", "MagicError", "needs an expression"),
    ("%latm_solve pairz", "TaskError", "Did you mean 'pairs'?"),
    ("%latm_solve frame", "TaskError", "name the column"),
    ("%latm_solve frame['question']", "TaskError", "KeyError"),
    ("%latm_solve 3", "TaskError", "int"),
    ("%latm_solve --tol x pairs", "MagicError", "Did you mean '--tool'?"),
    ("%latm_solve --tool sort_word pairs", "ToolNotFound", "sort_word"),
    ("%latm_solve -o 2x pairs", "MagicError", "not a name for a variable"),
    ("%%latm_solve\n", "UsageError", "body is empty"),
    ("%%latm_solve pairs\nquestion", "MagicError", "keep one"),
    ("%latm toolz", "MagicError", "Did you mean 'tools'?"),
    ("%latm sort_words", "MagicError", "%%latm sort_words"),
    ("%latm show", "MagicError", "NAME"),
    ("%latm show a b", "MagicError", "'b'"),
    ("%latm drop sort_words", "ToolNotFound", "sort_words"),
    ("%latm use sort_words", "ToolNotFound", "sort_words"),
    ("%latm verify sort_words", "ToolNotFound", "sort_words"),
    ("%latm edit sort_words", "ToolNotFound", "sort_words"),
    ("%latm config timeot_s", "SettingsError", "Did you mean 'timeout_s'?"),
    ("%latm config timeout_s = 3", "MagicError", "%config Latm.timeout_s = 3"),
]


@pytest.mark.parametrize(
    ("cell", "error", "says"), CELLS, ids=[cell.partition("\n---")[0][:60] for cell, _, _ in CELLS]
)
def test_a_cell_when_its_input_is_bad_fails_with_one_clear_line(notebook, project, cell, error, says, capsys):
    """The line names the kind of error and what to do; no model is asked and nothing is kept."""
    pandas = pytest.importorskip("pandas")
    notebook["pairs"], notebook["frame"] = examples(), pandas.DataFrame({"a": [1]})
    (project / "empty.csv").touch()
    (project / "broken.json").write_text("[1,")
    (project / "latin.csv").write_bytes("question,answer\nä,b".encode("latin-1"))
    with (project / "huge.csv").open("wb") as huge:
        huge.truncate(2**30)
    notebook.shell.run_cell("1")
    capsys.readouterr()
    outcome = notebook.shell.run_cell(cell)
    shown = [line for line in "".join(capsys.readouterr()).splitlines() if line.strip()]
    assert type(outcome.error_in_exec).__name__ == error
    first = next(line for line in shown if line.startswith(error))
    assert says in "\n".join(shown)
    assert len(shown) - shown.index(first) == (2 if error == "MakingFailed" else 1)
    assert not notebook.maker.requests
    assert notebook.session.tools() == ()


CELLS_WITH_A_TOOL = [
    ("%latm versions", "MagicError", "NAME"),
    ("%latm versions nothing", "ToolNotFound", "nothing"),
    ("%latm diff sort_words", "TaskError", "one version only"),
    ("%latm diff sort_words 1 7", "ToolNotFound", "No version 7"),
    ("%latm diff sort_words one", "MagicError", "needs a whole number, got 'one'"),
    ("%latm rollback sort_words", "TaskError", "first version"),
    ("%latm rollback sort_words 7", "ToolNotFound", "it has 1"),
    ("%latm rollback sort_word 1", "ToolNotFound", "Did you mean 'sort_words'?"),
    ("%latm grow sort_words", "TaskError", "Nothing to grow"),
    ("%latm grow", "MagicError", "NAME"),
    ("%latm correct 'What?'", "MagicError", "ANSWER"),
    ("%latm correct what 'x'", "TaskError", "does not evaluate"),
    ("%latm correct 'What?' ''", "TaskError", "No answer is given"),
    ("%latm correct 'What?' 'x' --tool sort_word", "ToolNotFound", "Did you mean"),
    ("%latm confirm", "MagicError", "Nothing to confirm"),
    ("%latm confirm 'What?'", "TaskError", "No answer to 'What?' is known"),
    ("%latm confirm --tool sort_words", "TaskError", "No example of 'sort_words' waits"),
    ("%latm unconfirmed nothing", "ToolNotFound", "nothing"),
    ("%latm pending 3", "TaskError", "No pending group 3"),
    ("%latm pending three", "MagicError", "needs a whole number"),
    ("%%latm count_words --pending 3\nCount.", "TaskError", "No question is pending"),
    ("%%latm count_words --pending\nCount.", "MagicError", "--pending"),
    ("%%latm count_words --pending three\nCount.", "MagicError", "needs a whole number"),
    ("%%latm count_words --direct\nCount.", "MagicError", "--direct goes with --pending"),
    ("%%latm count_words --pending 1 --by-hand\nCount.", "MagicError", "leave --examples and --by-hand out"),
]


@pytest.mark.parametrize(
    ("cell", "error", "says"), CELLS_WITH_A_TOOL, ids=[cell.replace("\n", " ") for cell, _, _ in CELLS_WITH_A_TOOL]
)
def test_bad_input_when_typed_is_one_clear_line(sorting, cell, error, says):
    """The line names the kind of error and what to do; no model is asked."""
    line = sorting.fail(cell)
    assert line.startswith(f"{error}: ")
    assert says in line
    assert sorting.maker.requests == []


NASTY = [
    "braces {x} {{y}} {0}",
    "dollars $x ${HOME} $$",
    "quotes ' \" ''' \"\"\" `back` ```ticks```",
    "percent %s %(x)s %%latm !ls ?help??",
    "not a --- separator",
    "an arrow => inside",
    "a \\\\ backslash \\n \\u202e",
    "nul \x00 bell \x07 escape \x1b[31m",
    "emoji 👩‍👩‍👧 🇩🇪 ❤️",
    "right to left שלום \u202e evil \u202c مرحبا",
    "<script>alert(1)</script> &amp; <b>",
    "x" * 5_000,
    "   leading and trailing blanks   ",
    "tab\tinside",
    "# a comment",
]


@pytest.mark.parametrize("text", NASTY, ids=[text[:24].encode("unicode_escape").decode() for text in NASTY])
def test_text_when_it_is_nasty_reaches_the_maker_unchanged(notebook, text):
    """Question and answer stand in the maker's request word for word, whatever they hold."""
    pairs = [(f"first {number}\n{text}\nlast", f"{number} {text}") for number in range(6)]
    notebook.shell.run_cell("%%latm copy\nCopy.\n---\n" + cell_of(pairs, "").removeprefix("\n---\n"))
    request = notebook.maker.requests[0].messages[0].content
    for question, answer in pairs[:3]:
        assert question in request
        assert answer.rstrip() in request


def test_text_when_it_looks_like_a_separator_is_escaped_with_a_backslash(notebook):
    r"""`\---` and `\=>` at a line's start are literal, and only there does the backslash go."""
    block = "first {n}\n\\---\n\\=> arrow\n=> {n}\n\\---\n\\=> more"
    body = "\n---\n".join(["Copy.", *(block.format(n=number) for number in range(6))])
    notebook.shell.run_cell(f"%%latm copy\n{body}")
    request = notebook.maker.requests[0].messages[0].content
    assert "first 0\n---\n=> arrow\n" in request
    assert "0\n---\n=> more" in request


def test_text_when_given_by_expression_reaches_the_maker_unchanged(notebook):
    """Lines that are exactly separators mean nothing in examples that are not a cell."""
    notebook["pairs"] = [(f"{number}\n---\n=> {text}", text) for number, text in enumerate(NASTY[:6])]
    notebook.shell.run_cell("%%latm copy --examples pairs\nCopy.")
    request = notebook.maker.requests[0].messages[0].content
    assert all(question in request for question, _ in notebook["pairs"][:3])


def test_text_when_nasty_comes_through_solving_unchanged(notebook):
    """What stands in a cell or a column is what the tool's parser gets, and its answer is what comes back."""
    module = "def parse(question):\n    return {'text': question}\n\ndef copy(text: str) -> str:\n    return text\n"
    notebook.session.add("copy", module, [(text, text) for text in ("a", "b", "c")], description="Copy.")
    notebook["column"] = NASTY
    assert notebook.run("%latm_solve column").texts == NASTY
    inline = [text for text in NASTY if text == text.strip()]
    assert notebook.run("%%latm_solve\n" + "\n---\n".join(inline)).texts == inline


def test_a_project_when_it_cannot_be_written_is_told_in_one_line(ip, project, capsys):
    """A cache that cannot be made is an error of the cell that needs it."""
    (project / ".latm").write_text("a file where the folder should be")
    from latm_magic.jupyter.extension import load, unload

    load(ip, maker=ScriptedModel(lambda _request: f"```python\n{MODULE}```"))
    outcome = ip.run_cell(f"%%latm sort_words\n{BODY}")
    assert type(outcome.error_in_exec).__name__ == "CacheError"
    unload(ip)


def test_a_request_when_no_recording_holds_it_names_the_ways_on(ip, project, capsys):
    """Without key and endpoint the recording stands in; what it lacks says what to do."""
    ip.run_cell("%load_ext latm_magic").raise_error()
    outcome = ip.run_cell(f"%%latm sort_words\n{cell_of(examples(), 'A task that nobody recorded.')}")
    assert type(outcome.error_in_exec).__name__ == "NotRecorded"
    shown = capsys.readouterr().out
    assert "OPENAI_API_KEY" in shown
    assert "--by-hand" in shown


def test_a_session_of_your_own_when_made_beside_the_notebook_is_another(notebook, project):
    """Magics and sessions of your own share the cache and nothing else."""
    with Session(project) as other:
        other.add("sort_words", MODULE, examples(), description="Sort.")
        assert other.settings is not notebook.session.settings
    assert notebook.run("%latm use sort_words") is not None


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_a_notebook_when_its_lines_end_otherwise_makes_the_same_tool(notebook, end):
    """Cells saved on Windows, or made by old tools, differ in nothing that is kept, asked or answered."""
    counting = (
        MODULE.replace("sort_words", "count").replace("sorted(words)", "len(words)").replace("list[str]:", "int:")
    )
    counting = counting.replace('" ".join(result)', "str(result)").replace("if not found", 'if "\\r" in question')
    pairs = [(f"Count.\nList: {'b ' * number}c", number + 1) for number in range(6)]

    def run(cell):
        return notebook.run(cell.replace("\n", end).replace(end, "\n", 1))

    tool = run(f"%%latm_tool count --examples {pairs!r} --description Count\n{counting}")
    assert "\r" not in tool.source
    notebook.script(f"```python\n{counting.replace('count', 'number')}```")
    tool = run("%%latm number\n" + cell_of(pairs, "Count\nthem."))
    assert (tool.description, tool.record.kind) == ("Count\nthem.", "int")
    assert tool.record.samples[0].question == "Count.\nList: c"
    assert run("%%latm_solve --tool count\nCount.\nList: x y\n---\nCount.\nList: x").values == [2, 1]
    assert run("%%latm_solve --tool count --lines\nList: x y\nList: x").values == [2, 1]


@pytest.mark.parametrize("separator", ["--- ", "\t---", "---\u00a0", "\ufeff---", "\u200b---"], ids=ascii)
def test_a_separator_when_something_unseen_stands_beside_it_splits_in_a_notebook(sorting, separator):
    """Two questions stay two, and nobody is asked about both in one."""
    answers = sorting.run(f"%%latm_solve\nSort. List: b a\n{separator}\nSort. List: d c")
    assert answers.texts == ["a b", "c d"]
    assert "splits nothing" in sorting.fail("%%latm_solve\nSort. List: b a\n----\nSort. List: d c")


def test_a_row_of_a_file_when_it_is_too_long_makes_no_tool(notebook, project):
    """The rest of an answer behind an unquoted comma is not dropped, and nobody is asked."""
    rows = "".join(f"Sort. List: b{i} a{i},a{i} b{i}, sorted\n" for i in range(6))
    (project / "e.csv").write_text(f"question,answer\n{rows}")
    assert "Line 2 of 'e.csv'" in notebook.fail("%%latm sort_words --examples e.csv\nSort.")
    assert notebook.maker.requests == []
