"""`%latm pending`, `%%latm --pending` and `%latm unconfirmed`, through a real shell."""

import pytest
from cells import fenced
from sorting import COUNT

COUNTS = [f"Please tell me how many: {'x ' * number}y" for number in range(1, 5)]


@pytest.fixture
def counting(sorting):
    """Return a notebook with pending questions."""
    sorting["questions"] = [*COUNTS, "Who wrote it?"]
    sorting.run("%latm_solve questions")
    return sorting


def test_pending_when_shown_lists_groups_and_their_questions(counting):
    """The groups first, one group's questions by its number."""
    shown = counting.printed("%latm pending")
    assert "Please tell me how many:" in shown
    assert "unlike any other" in shown
    assert all(question in counting.printed("%latm pending 1") for question in COUNTS)
    assert "Who wrote it?" in counting.printed("%latm pending 0")


def test_pending_when_empty_is_a_sentence(sorting):
    """Nothing pending is good news."""
    assert "No question is pending" in sorting.printed("%latm pending")


def test_a_cell_when_put_below_makes_the_tool_once_it_is_filled_in(counting, monkeypatch):
    """The cell holds the questions; with description and answers it makes the tool, and nothing of it stays pending."""
    cells = []
    monkeypatch.setattr(type(counting.shell), "set_next_input", lambda _shell, text, replace=False: cells.append(text))
    counting.run("%latm pending 1 count_words")
    (cell,) = cells
    assert cell.startswith("%%latm count_words --pending 1\n\n---\nPlease tell me how many: x y\n=> \n---\n")
    counting.script(fenced(COUNT))
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
    counting.script(fenced(COUNT))
    tool = counting.run("%%latm count_words --pending 1\nCount.\n---\n=> 2\n---\n=> 3\n---\n=> 4")
    assert {sample.question: sample.answer for sample in tool.record.samples}[COUNTS[1]] == "3"


def test_a_cell_when_direct_has_the_strong_model_answer_and_says_so(counting):
    """What a model answered is told, listed, and confirmed."""
    counting.script(*[f"Answer: {number}" for number in range(2, 6)], fenced(COUNT))
    counting.run("%config Latm.concurrency = 1")
    shown = counting.printed("%%latm count_words --pending 1 --direct\nCount the words.")
    assert "A model answered 4 examples of count_words" in shown
    assert "not by a person" in shown
    listed = counting.printed("%latm unconfirmed count_words")
    assert all(question in listed for question in COUNTS)
    assert COUNTS[0] in counting.printed("%latm confirm --tool count_words")
    assert "No example of count_words waits" in counting.printed("%latm unconfirmed count_words")


def test_a_group_is_given_to_a_tool_or_dismissed(counting):
    assert "%latm grow sort_words" in counting.printed("%latm pending 1 --tool sort_words")
    assert "1 question forgotten" in counting.printed("%latm pending 0 --dismiss")
    assert "No question is pending" in counting.printed("%latm pending")
    assert "Say which" in counting.fail("%latm pending --dismiss")
