"""`%latm versions`, diff, rollback, grow, correct, confirm, pending and `%%latm --pending`, through a real shell."""

import pytest
from cells import MODULE, examples

from latm_magic.cache.records import Refusal
from latm_magic.cell_text import read_cell
from latm_magic.jupyter.display import versions as display
from latm_magic.routing.pending import PendingGroup
from latm_magic.testing import ScriptedModel

NO_CASE = MODULE.replace("sorted(words)", "sorted(words, key=str.lower)")
WIDE = MODULE.replace('question.partition("List: ")', 'question.replace("Words: ", "List: ").partition("List: ")')
COUNT = """\
def parse(question):
    head, found, words = question.partition(" how many: ")
    if not found:
        raise ValueError("nothing to count")
    return {"words": words.split()}


def count_words(words: list[str]) -> int:
    return len(words)
"""
COUNTS = [f"Please tell me how many: {'x ' * number}y" for number in range(1, 5)]


def fenced(source):
    """Give a reply that holds a module."""
    return f"```python\n{source}```"


@pytest.fixture
def ready(notebook):
    """Give a notebook with a sorting tool, whose other models never know an answer."""
    models = notebook.session._parts.roles._overrides
    models |= {"dispatcher": ScriptedModel(lambda _: "unknown"), "user": ScriptedModel(lambda _: "CANNOT")}
    notebook.session.add("sort_words", MODULE, examples(), description="Sort the words.")
    notebook.run("%latm use sort_words")
    return notebook


@pytest.fixture
def twice(ready):
    """Give a notebook whose tool has two versions."""
    pairs = [*examples(), ("Sort. List: a B", "a B")]
    ready.session.add("sort_words", NO_CASE, pairs, description="Sort the words.")
    return ready


@pytest.fixture
def counting(ready):
    """Give a notebook with pending questions."""
    ready["questions"] = [*COUNTS, "Who wrote it?"]
    ready.run("%latm_solve questions")
    return ready


def script(notebook, *replies):
    """Have the maker model play replies."""
    notebook.maker._endless, notebook.maker._lines = None, list(replies)


def test_versions_when_listed_shows_which_is_current(twice):
    """Number, verification, who made it, and a suspect's reason."""
    shown = twice.printed("%latm versions sort_words")
    (first, second) = shown.strip().splitlines()[-2:]
    assert [first.split()[:3], second.split()[:4]] == [["1", "6/6", "you"], ["2", "current", "7/7", "you"]]
    twice.session.cache.tools.mark_suspect("sort_words", 2, "3 of its 5 checked answers agree")
    assert "Version 2 is suspect: 3 of its 5" in twice.printed("%latm versions sort_words")


def test_diff_when_shown_is_a_unified_diff(twice):
    """The last step without numbers, any two with them."""
    shown = twice.printed("%latm diff sort_words")
    assert "+    return sorted(words, key=str.lower)" in shown
    assert "-    return sorted(words, key=str.lower)" in twice.printed("%latm diff sort_words 2 1")
    assert "are the same" in twice.printed("%latm diff sort_words 1 1")


def test_rollback_when_run_changes_the_function_in_the_notebook(twice):
    """The function follows; a variable that is no tool stays."""
    assert "at version 2 now" in twice.printed("%latm rollback sort_words 2")
    assert twice["sort_words"].version == 2
    twice["sort_words"] = 3
    twice.run("%latm rollback sort_words 1")
    assert twice["sort_words"] == 3


def test_correct_and_grow_when_run_make_a_next_version(ready):
    """What you say is right is learned; the function in the notebook is the next version."""
    script(ready, fenced(NO_CASE))
    ready["answers"] = ready.run('%latm_solve "Sort. List: a B"')
    shown = ready.printed('%latm correct answers[0] "a B"')
    assert "B a" in shown
    assert "%latm grow sort_words" in shown
    tool = ready.run("%latm grow sort_words")
    assert (tool.version, ready["sort_words"].version) == (2, 2)
    assert ready.run('%latm_solve "Sort. List: c D"')[0].text == "c D"


def test_grow_when_refused_questions_are_kept_shows_coverage(ready):
    """The line that stays says how much is accepted before and after."""
    script(ready, fenced(WIDE))
    ready.session.cache.feedback.keep_refusals([Refusal("sort_words", 1, "Sort. Words: q p")])
    assert "it accepts 100.0% of the known questions, 85.7% before" in ready.printed("%latm grow sort_words")


def test_confirm_when_run_says_that_answers_are_right(ready):
    """A question, or answers that are in a variable."""
    assert "a b" in ready.printed('%latm confirm "Sort. List: b a"')
    assert ready.session.cache.answers.find_one("Sort. List: b a").confirmed


def test_pending_when_shown_lists_groups_and_their_questions(counting):
    """The groups first, one group's questions by its number."""
    shown = counting.printed("%latm pending")
    assert "Please tell me how many:" in shown
    assert "unlike any other" in shown
    assert all(question in counting.printed("%latm pending 1") for question in COUNTS)
    assert "Who wrote it?" in counting.printed("%latm pending 0")


def test_pending_when_empty_is_a_sentence(ready):
    """Nothing pending is good news."""
    assert "No question is pending" in ready.printed("%latm pending")


def test_a_cell_when_put_below_makes_the_tool_once_it_is_filled_in(counting, monkeypatch):
    """The cell holds the questions; with description and answers it makes the tool, and nothing of it stays pending."""
    cells = []
    monkeypatch.setattr(type(counting.shell), "set_next_input", lambda _shell, text, replace=False: cells.append(text))
    counting.run("%latm pending 1 count_words")
    (cell,) = cells
    assert cell.startswith("%%latm count_words --pending 1\n\n---\nPlease tell me how many: x y\n=> \n---\n")
    script(counting, fenced(COUNT))
    line, _, body = cell.partition("\n")
    filled = f"{line}\nCount the words.{body}"
    for number in (2, 3, 4):
        filled = filled.replace("=> \n", f"=> {number}\n", 1)
    tool = counting.run(filled)
    assert [(sample.question, sample.answer) for sample in tool.record.samples] == list(
        zip(COUNTS[:3], "234", strict=True)
    )
    assert counting["count_words"](words=["a"]) == 1
    assert counting.session.cache.feedback.pending() == ("Who wrote it?",)


def test_a_cell_when_it_gives_answers_alone_takes_them_in_order(counting):
    """Blocks that begin with => belong to the group's questions, one after the other."""
    script(counting, fenced(COUNT))
    tool = counting.run("%%latm count_words --pending 1\nCount.\n---\n=> 2\n---\n=> 3\n---\n=> 4")
    assert {sample.question: sample.answer for sample in tool.record.samples}[COUNTS[1]] == "3"


def test_a_cell_when_direct_has_the_strong_model_answer_and_says_so(counting):
    """What a model answered is told, listed, and confirmed."""
    script(counting, *[f"Answer: {number}" for number in range(2, 6)], fenced(COUNT))
    counting.run("%config Latm.concurrency = 1")
    shown = counting.printed("%%latm count_words --pending 1 --direct\nCount the words.")
    assert "A model answered 4 examples of count_words" in shown
    assert "not by a person" in shown
    listed = counting.printed("%latm unconfirmed count_words")
    assert all(question in listed for question in COUNTS)
    assert COUNTS[0] in counting.printed("%latm confirm --tool count_words")
    assert "No example of count_words waits" in counting.printed("%latm unconfirmed count_words")


def test_solve_when_direct_has_the_strong_model_answer(ready):
    """The answer is marked, and the ledger knows the call."""
    script(ready, "Answer: eight")
    (answer,) = ready.run('%latm_solve --direct "How many legs has a spider?"')
    assert (answer.way, answer.text) == ("direct", "eight")
    assert [total.calls for total in ready.session.ledger.totals(("role",)) if total.role == "direct"] == [1]


CELLS = [
    ("%latm versions", "MagicError", "NAME"),
    ("%latm versions nothing", "ToolNotFound", "nothing"),
    ("%latm diff sort_words", "TaskError", "one version only"),
    ("%latm diff sort_words 1 7", "ToolNotFound", "No version 7"),
    ("%latm diff sort_words one", "MagicError", "needs a whole number, got 'one'"),
    ("%latm rollback sort_words", "MagicError", "VERSION"),
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


@pytest.mark.parametrize(("cell", "error", "says"), CELLS, ids=[cell.replace("\n", " ") for cell, _, _ in CELLS])
def test_bad_input_when_typed_is_one_clear_line(ready, cell, error, says):
    """The line names the kind of error and what to do; no model is asked."""
    line = ready.fail(cell)
    assert line.startswith(f"{error}: ")
    assert says in line
    assert ready.maker.requests == []


def test_what_is_shown_when_it_holds_markup_is_escaped(ready):
    """Questions and answers are text from strangers, in tables and cells alike."""
    evil = "<script>alert(1)</script>"
    ready.session.correct(f"Sort. List: {evil} b", f"b {evil}")
    shown = [
        display.taught_view(ready.session.confirm(f"Sort. List: {evil} b")),
        display.diff_view("x", f"+{evil}"),
        display.versions_view(ready.session.versions("sort_words"), 1, suspect=evil),
    ]
    ready.session.correct(evil, "x")
    shown += [display.pending_view(ready.session.pending()), display.group_view(ready.session.pending()[0])]
    shown += [display.waiting_view("x", [ready.session.cache.answers.find_one(evil)])]
    for view in shown:
        assert "<script" not in view.html
        assert "&lt;script&gt;" in view.html
        assert evil in view.text


def test_a_question_when_put_into_a_cell_keeps_its_lines():
    """Lines that would end a block or begin an answer are escaped, so that the cell reads back as the question."""
    question = "one\n---\n=> two"
    cell = display.pending_cell("x", PendingGroup(1, (question,), ""))
    _, ((sample,), _) = read_cell(cell.partition("\n")[2])
    assert sample.question == question
