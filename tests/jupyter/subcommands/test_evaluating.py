"""`%latm eval`: a solved table in, a card out."""

import pandas as pd
import pytest
from cells import MODULE, examples
from inert_html import read

from latm_magic.evaluation.task_files import split, task_of
from latm_magic.jupyter.display import view


@pytest.fixture
def table(notebook):
    """Return the name of a table of forty solved rows."""
    notebook["df"] = pd.DataFrame(examples(40), columns=["asked", "sorted"])
    return "df --question asked --answer sorted"


def test_the_card_says_what_the_tool_does_on_the_other_rows(notebook, table):
    """Twelve labels, and the other rows counted with their interval; nothing is kept, and where it stands is said."""
    shown = notebook.printed(f"%latm eval {table} --name sort_words --description 'Sort the words.'")
    assert (
        "made from 12 labels, 100.0 % of 28 answered without a model, 100.0 % of these right (87.9 to 100.0)" in shown
    )
    assert "asked directly, price unknown" in shown
    assert "The maker was a model of yours, such as a script." in shown
    assert notebook.session.cache.tools.names() == ()
    assert len(notebook.maker.requests) == 1
    again = notebook.run(f"%latm eval {table} --name sort_words --description 'Sort the words.' --keep")
    assert len(notebook.maker.requests) == 1
    assert again.kept_as == "sort_words"
    assert notebook.session.solve("Sort. List: b a", ask=False)[0].text == "a b"


def test_refused_and_wrong_rows_are_told_apart(notebook, table):
    """What is not answered lowers the first figure, what is wrong the second; with a price it is dollars."""
    refused, wrong, *_ = split(task_of("sort_words", "", examples(40)), 12, seed=3).unseen
    source = MODULE.replace("if not found", f"if not found or question == {refused.question!r}")
    source = source.replace("sorted(words)", f"sorted(words, reverse=words == {wrong.question[12:].split()!r})")
    notebook.script(f"```python\n{source}```")
    notebook.session.settings.prices = {"scripted": {"input": 10.0, "output": 10.0}}
    card = notebook.run(f"%latm eval {table} --name sort_words --seed 3")
    assert (card.outcome, card.count, card.answered, card.right) == ("tool", 28, 27, 26)
    assert "96.4 % of 28 answered without a model, 96.3 % of these right (81.7 to 99.3)" in str(card)
    assert card.direct_usd == pytest.approx(card.direct_tokens * 1e-5)
    assert str(card).endswith(f", {card.direct_usd:.4f} USD each asked directly")


def test_a_making_that_gives_no_tool_says_why(notebook, table):
    """None of the rows is answered, the reason stands there, nothing can be kept, and all of it is inert."""
    notebook.script(*["<script>alert(1)</script>"] * 9)
    card = notebook.run(f"%latm eval {table} --name sort_words")
    words = read(view(card).html)
    assert "made from 12 labels, none of 28 answered without a model" in words
    assert card.reason in words
    assert "There is no tool to keep" in notebook.fail(f"%latm eval {table} --name sort_words --keep")


def test_a_draft_says_which_sample_it_fails(notebook):
    """A wrong answer in the table is told beside what the best proposal makes of it, on the card and where it is kept."""
    solved = examples(40)
    spoiled = split(task_of("sort_words", "", solved), 12, seed=0).labels[0].question
    notebook["df"] = pd.DataFrame([(q, "x" if q == spoiled else a) for q, a in solved], columns=["question", "answer"])
    notebook.script(*[f"```python\n{MODULE}```"] * 9)
    card = notebook.run("%latm eval df --name sort_words")
    assert card.outcome == "draft"
    assert f"{spoiled!r}: wrong, wanted 'x'" in read(view(card).html)
    said = notebook.fail("%latm eval df --name sort_words --keep")
    assert "wanted 'x'" in said
    assert "--labels or --seed" in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("df", "The table has no column 'question': it has 'asked', 'sorted'. Name them with --question and --answer."),
        ("df --question asked --answer gone", "The table has no column 'gone'"),
        ("df --question asked --answer sorted --labels 40", "Give --labels a number from 3 to 39"),
        ("df --question asked --answer sorted --labels 2", "Give --labels a number from 3 to 39"),
        ("df --question asked --answer sorted --limit 0", "--limit is 0"),
        ("df --question asked --answer sorted --name 'a b'", "a b"),
        ("5", "int"),
        ("'gone.csv'", "No file 'gone.csv'"),
        ("nothing", "nothing"),
        ("", "EXPR"),
    ],
)
def test_what_is_wrong_is_one_line(notebook, table, line, said):
    """Before anything is asked."""
    assert said in notebook.fail(f"%latm eval {line}")
    assert notebook.maker.requests == []
