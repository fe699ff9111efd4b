"""What people type behind a magic out of habit: `;`, a comment, a variable, options at the end; and Python kept whole."""

import pytest

from latm_magic.jupyter.line import split_words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("tools;", ["tools"]),
        ("q ;", ["q"]),
        (";", []),
        ("use t  # mine", ["use", "t"]),
        ("# all of it", []),
        ('"a;b" "# x" f(";")', ['"a;b"', '"# x"', 'f(";")']),
        ("out#1.ipynb", ["out#1.ipynb"]),
        ("q[';']", ["q[';']"]),
    ],
)
def test_a_line_when_it_ends_in_a_semicolon_or_comment_is_read_without(line, words):
    """Both are left away outside of quotes alone."""
    assert split_words(line) == words


@pytest.fixture
def sorting(two_tools):
    """Return a notebook with variables."""
    two_tools.run("tool, q, w, explain, n = 'sort_words', 'List: b a', '', 1, 7")
    return two_tools


@pytest.mark.parametrize(
    "line",
    [
        "q;",
        "q  # mine",
        "q --explain",
        "q --tool sort_words",
        "q --tool=sort_words --explain;",
        "[q] -o kept  # two",
        "--tool $tool q",
        "--tool {tool} q",
        "--explain q --tool {tool};",
        "[text for text in {q: 1}]",
        "{q}.pop() if n - 3 else w",
        "q + '' --explain",
        "q + w if n -1 else w",
    ],
)
def test_latm_solve_when_typed_out_of_habit_answers(sorting, line):
    """Options stand first or last, values may be variables, and expressions are Python to the letter."""
    sorting.run(f"x = %latm_solve {line}")
    assert sorting["x"].texts == ["a b"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("%latm use {nothing}", "'nothing' does not evaluate"),
        ("%latm_solve q --tol x", "has no option '--tol'. Did you mean '--tool'?"),
        ("%latm_solve q --explain + w", "options come first or last"),
    ],
)
def test_a_line_when_a_habit_cannot_be_served_says_so(sorting, line, says):
    """One line that names the word."""
    assert says in str(sorting.fail(line))


@pytest.mark.parametrize(
    ("line", "is_shown"), [("%latm_solve q", True), ("%latm_solve q;", False), ("%latm tools ;", False)]
)
def test_a_line_when_it_ends_in_a_semicolon_shows_nothing(sorting, capsys, line, is_shown):
    """As with any other expression of a notebook, which looks at its history for it."""
    capsys.readouterr()
    sorting.shell.run_cell(line, store_history=True)
    assert bool(capsys.readouterr().out.strip()) is is_shown


def test_a_subcommand_when_its_file_is_a_variable_writes_that_file(sorting, project):
    """Whole, or as a part of the name; what is in quotes as text stays."""
    sorting.run("file = 'out'")
    sorting.run("%latm export {file}_{n}.ipynb $tool  # mine")
    assert (project / "out_7.ipynb").exists()
    sorting.run("%%latm_solve --lines --tool {tool}  # two\nList: b a")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("%latm_solve Tea 5 g", 'Put it in quotes: "Tea 5 g"'),
        ("%latm_solve 2h", 'Put it in quotes: "2h"'),
        ("%latm_solve overnight", 'Put it in quotes: "overnight"'),
        ("%latm_solve how long is 2h?", 'Put it in quotes: "how long is 2h?"'),
        ("x = %latm_solve Tea 5 g", 'Put it in quotes: "Tea 5 g"'),
        ('%latm_ask "2h"', "Did you mean '%latm_solve'?"),
        ('%latm_solve "2h" "3h"', 'write ["2h", "3h"]'),
        ("%%latm how many minutes\nMinutes.\n---\n2h => 120", "A name is one word: how_many_minutes."),
        ("%%latm minutes\nMinutes.\n2h => 120\n3h => 180", "write a line of '---' above the first example"),
        ("%%latm minutes\n2h => 120\n3h => 180", "write what the task is, then '---', above the first example"),
        ("%%latm minutes\nMinutes.\n2h\n=> 120", "Line 4 looks like an example"),
    ],
)
def test_a_line_when_something_small_is_forgotten_says_what(sorting, line, says):
    """Quotes, a `---`, an underscore: the hint is what to type."""
    assert says in str(sorting.fail(line))


def test_a_subcommand_when_typed_with_an_underscore_is_the_subcommand(sorting):
    """`%latm_tools` is what people guess from `%latm_solve`."""
    assert sorting.printed("%latm_tools") == sorting.printed("%latm tools")
    assert "max_attempts =" in sorting.printed("if q:\n    %latm_config max_attempts\n%latm_config max_attempts")


def test_a_table_of_two_columns_is_told_their_new_names(sorting):
    """The first is the question, as in pairs."""
    sorting.run("import pandas as pd; df = pd.DataFrame({'text': ['a'], 'mins': [1]})")
    said = sorting.fail("%%latm minutes --examples df\nMinutes.")
    assert "df.rename(columns={'text': 'question', 'mins': 'answer'})" in said


def test_an_expression_when_it_is_no_plain_words_gets_no_advice_on_quotes(sorting):
    """`nothing["q"]` was meant as Python."""
    assert "quotes" not in sorting.fail('%latm_solve nothing["q"]')
    assert "Did you mean 'explain'?" in sorting.fail("%latm_solve explian")


def test_a_cell_of_questions_when_its_lines_were_one_says_how_to_split_them(sorting):
    """Where that one has no answer; a question of two lines that a tool answers is as it should be."""
    assert "--lines makes each line one" in sorting.printed("%%latm_solve --no-model\nhm\nno list at all")
    for cell in ("%%latm_solve\nList: b\na", "%%latm_solve --no-model --lines\nhm\nah", "%%latm_solve --no-model\nhm"):
        assert "--lines" not in sorting.printed(cell)


def test_a_cell_of_several_latm_lines_shows_what_each_says(sorting):
    """The last one as ever; a `;` keeps one quiet, and other lines are left to Python."""
    said = "%latm config {}"
    cell = "\n".join([said.format("max_attempts"), "q", said.format("budget_usd;"), "", said.format("base_url  # two")])
    shown = sorting.printed(cell)
    assert [name in shown for name in ("max_attempts =", "budget_usd =", "base_url =")] == [True, False, True]
    assert "max_attempts =" in sorting.printed("%latm config max_attempts\nx = 1")
    assert not sorting.printed("x = %latm config max_attempts\ny = 1")
