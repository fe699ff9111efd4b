"""The magics through a real shell, with real workers: a cell in, a tool or answers out."""

import ast
import inspect
import textwrap

import pytest
from cells import MODULE, cell_of, examples

from latm_magic.answer import Answers
from latm_magic.errors import LatmError
from latm_magic.jupyter.magics import LatmMagics
from latm_magic.jupyter.subcommands.registry import SUBCOMMANDS
from latm_magic.tools.function import Tool


def test_latm_when_run_makes_a_tool_that_is_a_function(notebook):
    """The whole path: description and examples in a cell, one request, a verified tool in cache and namespace."""
    tool = notebook.run(f"%%latm sort_words\n{cell_of(examples())}")
    assert isinstance(tool, Tool)
    assert notebook["sort_words"] == tool
    assert notebook.run("sort_words(words=['b', 'a'])") == ["a", "b"]
    assert (tool.verification.right, tool.record.unseen) == (6, (3, 3))
    assert [(total.role, total.calls) for total in notebook.session.ledger.totals(["role"])] == [("maker", 1)]


def test_latm_when_run_again_asks_no_model(notebook):
    """The same cell gives the same tool from the cache."""
    cell = f"%%latm sort_words\n{cell_of(examples())}"
    notebook.run(cell)
    assert notebook.run(cell).version == 1
    assert len(notebook.maker.requests) == 1


def test_latm_when_the_answers_are_numbers_keeps_their_kind(notebook):
    """Answers that are all whole numbers in the cell come back as numbers."""
    notebook.maker._endless = lambda _request: (
        "```python\ndef parse(question):\n    return {'text': question}\n\n"
        "def length(text: str) -> int:\n    return len(text)\n```"
    )
    notebook.run("%%latm length\nCount the letters.\n---\na => 1\nbb => 2\nccc => 3\ndddd => 4\n")
    assert notebook.run("length.solve('eeeee')").value == 5


def test_latm_when_options_are_given_hands_them_on(notebook):
    """--min-accuracy and --show-held-out are arguments of session.make."""
    wrong = [*examples(9), ("Sort. List: z y", "z y")]
    notebook["pairs"] = wrong
    assert "Every attempt is in" in notebook.fail("%%latm sort_words --examples pairs\nSort.")
    tool = notebook.run("%%latm sort_words --examples pairs --min-accuracy 0.5 --show-held-out\nSort.")
    assert tool.verification.min_accuracy == 0.5
    assert tool.verification.count("wrong") == 1


@pytest.mark.parametrize(
    "expression",
    [
        "pairs",
        "pairs[:6]",
        "[(q, a) for q, a in pairs]",
        '{"examples": [{"question": q, "answer": a} for q, a in pairs]}',
        "frame",
        'frame[["question", "answer"]]',
        'frame.rename(columns={"question": "input", "answer": "target"})',
        "samples.csv",
        "'samples.csv'",
        '"with blanks.csv"',
        "str('samples.csv')",
    ],
)
def test_latm_when_examples_are_an_expression_or_a_file_takes_them(notebook, project, expression):
    """--examples takes one Python expression, blanks and brackets in it, or a file by its ending."""
    pandas = pytest.importorskip("pandas")
    notebook["pairs"] = examples()
    notebook["frame"] = pandas.DataFrame(examples(), columns=["question", "answer"])
    for name in ("samples.csv", "with blanks.csv"):
        notebook["frame"].to_csv(project / name, index=False)
    tool = notebook.run(f"%%latm sort_words --examples {expression} --replace\nSort the words.")
    assert [(s.question, s.answer) for s in tool.record.samples] == examples()


def test_latm_when_called_by_hand_shows_the_request_and_asks_nothing(notebook):
    """--by-hand shows what the maker would be asked; the reply in a %%latm_tool cell remembers the examples."""
    request = notebook.run(f"%%latm sort_words --by-hand\n{cell_of(examples())}")
    assert examples()[0][0] in request.text
    tool = notebook.run(f"%%latm_tool sort_words\nHere it is:\n```python\n{MODULE}```")
    assert (tool.provenance.maker, len(tool.record.samples)) == ("a model asked by hand", 6)
    assert not notebook.maker.requests


def test_latm_tool_when_run_asks_no_model(notebook):
    """A module that you wrote goes through the same verification and becomes a function."""
    notebook["pairs"] = examples()
    tool = notebook.run(f"%%latm_tool sort_words --examples pairs --description 'Sort the words, please.'\n{MODULE}")
    assert (tool.provenance.maker, tool.description) == ("you", "Sort the words, please.")
    assert not notebook.maker.requests


def test_latm_tool_when_it_fails_verification_fails_the_cell_and_keeps_nothing(notebook):
    """MakingFailed is told in its two lines, and the name stays free."""
    notebook["pairs"] = examples()
    broken = MODULE.replace("sorted(words)", "words")
    assert "Every sample is in .attempts" in notebook.fail(f"%%latm_tool sort_words --examples pairs\n{broken}")
    assert "sort_words" not in notebook
    assert notebook.session.tools() == ()


@pytest.fixture
def ready(notebook):
    """Return a notebook whose cache holds a tool."""
    notebook.session.add("sort_words", MODULE, examples(), description="Sort.")
    return notebook


def test_latm_solve_when_given_a_series_fills_a_column(ready):
    """`df["answer"] = %latm_solve df["question"]` works, index and all."""
    pandas = pytest.importorskip("pandas")
    ready["df"] = pandas.DataFrame({"question": ["List: b a", "List: d c"]}, index=[7, 3])
    ready.run('df["answer"] = %latm_solve df["question"]')
    assert ready["df"]["answer"].to_dict() == {7: "a b", 3: "c d"}


@pytest.mark.parametrize(
    "expression",
    [
        '["List: b a"]',
        '[f"List: {word} a" for word in ("b",)]',
        "[ 'List: b a' ]",
        '["List: " + "b a"]  # a remark',
        '(lambda q: [q])("List: b a")',
        '{"x y": ["List: b a"]}["x y"]',
        "[\"List: b a\" if 1 < 2 else 'it\\'s']",
        '"List: b a"',
        "[question for question in questions]",
    ],
)
def test_latm_solve_when_given_an_expression_evaluates_it_whole(ready, expression):
    """The rest of the line is one Python expression: blanks, brackets, braces and quotes mean what they mean in Python."""
    ready["questions"] = ["List: b a"]
    answers = ready.run(f"%latm_solve {expression}")
    assert isinstance(answers, Answers)
    assert answers.texts == ["a b"]


def test_latm_solve_when_options_come_first_takes_them(ready):
    """--tool names the one tool, -o puts the answers into a variable; what follows is the expression."""
    ready["questions"] = ["List: b a"]
    answers = ready.run("%latm_solve --tool sort_words -o kept [question for question in questions]")
    assert ready["kept"] is answers
    assert answers.ways == ["parser"]


def test_latm_solve_when_its_answers_are_assigned_says_in_one_line_what_came_of_them(sorting):
    """Quick or not; what is displayed or printed says it once; `map` says it too."""
    sorting["column"] = ["List: b a", "nothing"]
    for cell, times in (
        ("a = %latm_solve column", 1),
        ("%latm_solve column", 1),
        ("a = %latm_solve column\nprint(a)", 1),
        ("a = %latm_solve column\nb = %latm_solve column", 2),
        ("a = sort_words.map(column)", 1),
        ("one = sort_words.solve('List: b a')", 0),
        ("a", 1),
    ):
        shown = sorting.printed(cell)
        assert shown.count(" rows, 1 not answered: 1 by parser, ") == times, (cell, shown)
    (line,) = sorting.printed("a = %latm_solve column").splitlines()
    assert line.startswith("2 rows, 1 not answered: 1 by parser, 1 unknown; ")
    sorting.shell.run_cell("a = %latm_solve column;", store_history=True)
    assert " rows, " not in sorting.printed("pass")


@pytest.mark.parametrize("magic", ["answers = %latm_solve --explain", "%latm_solve -o answers --explain"])
def test_latm_solve_when_it_explains_gives_answers_that_show_their_reasons(ready, magic):
    """What you get are answers like any others; wherever they are shown, the reason of each is shown with them."""
    numpy = pytest.importorskip("numpy")
    ready.run(f"{magic} ['List: b a', 'List: d c']")
    answers, reason = ready["answers"], "only the parser of sort_words accepted"
    assert isinstance(answers, Answers)
    assert numpy.asarray(answers).tolist() == ["a b", "c d"]
    assert ready.printed("answers").count(reason) == 2
    assert ready.printed("__import__('pickle').loads(__import__('pickle').dumps(answers))").count(reason) == 2
    assert reason not in ready.printed("answers[:]")
    assert reason not in ready.printed("%latm_solve ['List: b a']")


def test_latm_solve_when_used_in_a_function_sees_its_variables(ready):
    """The expression is evaluated where it stands."""
    ready.run(
        "def first(column):\n    answers = %latm_solve [text for text in column if column]\n    return answers[0].text"
    )
    assert ready.run("first(['List: b a'])") == "a b"


def test_latm_solve_when_a_cell_takes_blocks_or_lines(ready):
    """Blocks are split by ---, with --lines each line is a question; -o keeps the answers."""
    assert ready.run("%%latm_solve\nList: b a\n---\nList: d\nc").texts == ["a b", "c d"]
    assert ready.run("%%latm_solve --lines -o kept\nList: b a\nList: d c\n").texts == ["a b", "c d"]
    assert ready["kept"].texts == ["a b", "c d"]


def test_solve_when_direct_has_the_strong_model_answer(sorting):
    """The answer is marked, and the ledger knows the call."""
    sorting.script("Answer: eight")
    (answer,) = sorting.run('%latm_solve --direct "How many legs has a spider?"')
    assert (answer.way, answer.text) == ("direct", "eight")
    assert [total.calls for total in sorting.session.ledger.totals(("role",)) if total.role == "direct"] == [1]


@pytest.mark.parametrize("name", ["sum", "frame", "get_ipython"])
def test_a_tool_when_its_name_would_hide_something_is_refused_before_a_model_is_asked(notebook, name):
    """Builtins and variables that are not tools are yours."""
    notebook["frame"] = object()
    assert notebook.fail(f"%%latm {name}\n{cell_of(examples())}").startswith("NameTaken: ")
    assert not notebook.maker.requests
    assert notebook.fail(f"%%latm_tool {name}\n{MODULE}").startswith("NameTaken: ")


def test_a_tool_when_replace_is_given_may_hide(notebook):
    """--replace is how you say that you mean it."""
    notebook["sort_words"] = 3
    notebook.run(f"%%latm sort_words --replace\n{cell_of(examples())}")
    assert isinstance(notebook["sort_words"], Tool)


def test_a_tool_when_inspected_shows_signature_doc_and_source(ready):
    """`?` shows signature and doc, `??` the tool's source."""
    ready.run("%latm use sort_words")
    found = ready.shell.object_inspect("sort_words", detail_level=1)
    assert "def sort_words(words: list[str])" in found["source"]
    assert "Sort words alphabetically." in ready.shell.object_inspect("sort_words")["docstring"]
    assert "words: list[str]" in ready.shell.object_inspect("sort_words")["definition"]
    assert not ready.shell.object_inspect("sort_words")["call_def"]  # else `(*args, **kwargs)` stands below it
    assert "sort_words('" in ready.shell.object_inspect("sort_words")["docstring"]


@pytest.mark.parametrize("magic", ["%latm", "%%latm", "%%latm_tool", "%latm_solve", "%%latm_solve"])
def test_a_magic_when_inspected_names_its_options_and_the_python_call(notebook, magic):
    """Every magic has a docstring that ? shows, with the Python call that does the same."""
    doc = notebook.shell.object_inspect(magic)["docstring"]
    assert "session." in doc or "%latm help" in doc
    assert "{" not in doc


def test_a_key_press_when_it_interrupts_passes_through(notebook, capsys):
    """Interrupting the kernel is not an error of ours and leaves everything usable."""

    def interrupt(_request):
        raise KeyboardInterrupt

    patient, notebook.maker._endless = notebook.maker._endless, interrupt
    outcome = notebook.shell.run_cell(f"%%latm sort_words\n{cell_of(examples())}")
    assert isinstance(outcome.error_in_exec, KeyboardInterrupt)
    assert "interrupted" in capsys.readouterr().out
    notebook.maker._endless = patient
    notebook.run(f"%%latm sort_words\n{cell_of(examples())}")


def test_an_error_when_raised_is_one_line_and_fails_the_cell(notebook):
    """Errors that a person can cause are a line, never a traceback, and never go by as success."""
    line = notebook.fail("%latm show sort_word")
    assert line.startswith("ToolNotFound: No tool named 'sort_word'")
    assert issubclass(notebook.shell.run_cell("%latm show x").error_in_exec.__class__, LatmError)


def test_magics_and_subcommands_when_counted_are_thin():
    """A magic reads its line, makes one call on the session and shows the outcome: 15 lines at most."""
    magics = [LatmMagics.latm_line, LatmMagics.latm_cell, LatmMagics.latm_tool, LatmMagics.latm_solve]
    for function in (*magics, *(known.function for known in SUBCOMMANDS.values())):
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
        body = tree.body[1:]
        assert body[-1].end_lineno - body[0].lineno + 1 <= 15, function.__name__


PRICES = """%%latm price {}
Find the price.
---
Costs 3 => 3
Costs 4.5 => 4.5
Costs what? => {}
Costs 6 => 6
Costs nothing => {}
Sold for 5 => !refuse
"""
PRICE = '''\
def parse(question):
    if not question.startswith("Costs "):
        raise ValueError("no price is asked for")
    return {"text": question.removeprefix("Costs ")}


def price(text: str) -> float | None:
    """Return the number in a text; None where it holds none."""
    return float(text) if text[0].isdigit() else None
'''


@pytest.mark.parametrize(("option", "word"), [("", "!none"), ("--na none", "none"), ("--na '?'", "?")])
def test_a_cell_when_some_questions_have_no_answer_makes_a_tool_that_says_so(notebook, option, word):
    """The card, the answers, the column and a correction say "none" where a person said it."""
    notebook.script(f"```python\n{PRICE}```")
    shown = notebook.printed(PRICES.format(option, word, word))
    assert "none" in shown
    assert "a refusal" in shown
    tool = notebook["price"]
    assert (tool.record.kind, tool.verification.right) == ("float", 6)
    notebook["column"] = ["Costs 7", "Costs a lot"]
    shown = notebook.printed("answers = %latm_solve column\nanswers")
    assert "none" in shown
    assert str(notebook["answers"].to_series().dtype) == "Float64"
    assert "none" in notebook.printed("%latm correct 'Costs 7' None")
    assert "a refusal" in notebook.printed("from latm_magic import REFUSE\n%latm correct 'Costs 8' REFUSE")
    assert notebook.run("%latm_solve ['Costs 7', 'Costs 8']").ways == ["cache", "unknown"]


def test_a_module_when_its_examples_have_no_answer_is_verified_on_them(notebook):
    """`%%latm_tool` takes the word as well, and a request carried by hand keeps what it said."""
    notebook["pairs"] = [("Costs 3", "3"), ("Costs 4.5", "4.5"), ("Costs ?", "none"), ("Costs 6", "6")]
    tool = notebook.run(f"%%latm_tool price --examples pairs --na none --description 'Find the price.'\n{PRICE}")
    assert [sample.expects for sample in tool.record.samples] == ["answer", "answer", "missing", "answer"]
    assert tool.record.kind == "float"
    notebook.run("%latm drop price")
    assert (
        "For them the function returns None"
        in notebook.run("%%latm price --by-hand --examples pairs --na none\nFind the price.").text
    )
    assert notebook.run(f"%%latm_tool price\n{PRICE}").record.samples == tool.record.samples
