"""`%latm advise`, `check` and `verdict`, and the cell that takes what you say, through a real shell."""

import pytest

from latm_magic import REFUSE
from latm_magic.cell_text import label_block, read_cell, read_labels
from latm_magic.example_rows import UNDECIDED


@pytest.fixture
def cells(monkeypatch, sorting):
    """Return the cells that are put below."""
    found = []
    monkeypatch.setattr(type(sorting.shell), "set_next_input", lambda _shell, text, replace=False: found.append(text))
    return found


def test_a_check_is_a_cell_that_can_be_run(sorting, cells):
    sorting["column"] = ["Sort. List: b a", "Put in order: d c", "Put in order: f e"]
    shown = sorting.printed("%latm check sort_words column")
    assert "refused" in shown
    (cell,) = cells
    assert cell.startswith("%%latm_check sort_words\n---\n")
    assert cell.rstrip().endswith("=>")
    assert "1 answer of sort_words right, 0 not" in sorting.printed(
        "%%latm_check sort_words\nSort. List: b a\n=> a b\n---\nPut in order: d c\n=>"
    )
    assert "0 answers of sort_words right, 1 not" in sorting.printed("%%latm_check sort_words\nSort. List: b a\n=> b a")
    assert "holds no answer" in sorting.fail("%%latm_check sort_words\nSort. List: b a\n=>")


LABELS = {
    "=> strange": "=> answer",
    "two\nlines": "of\n---\nan answer",
    "a refusal": REFUSE,
    "nothing": None,
    "the text": "!none",
    "the text, shouted": "!REFUSE",
    "a backslash": "\\!none",
    "two": "\\\\!x",
    "plain": "!x",
}


def test_the_cell_of_a_check_says_none_and_refuse_as_the_cell_of_a_tool_does(sorting, cells):
    """Whatever the answer, what the sheet writes is what the cell reads; a mark is a mark, and text is text."""
    body = "\n---\n".join(label_block(question, answer) for question, answer in LABELS.items())
    assert read_labels(f"---\n{body}") == LABELS
    assert "1 answer of sort_words right, 0 not" in sorting.printed("%%latm_check sort_words\nnot mine\n=> !refuse")
    assert "write !none where" in sorting.fail("%%latm_check sort_words\nSort. List: b a\n=> !NONE")
    assert "None means that there is none" in sorting.fail("%%latm_check sort_words\nSort. List: b a\n=> !none")


def test_random_rows_are_marked_in_their_cell(sorting, cells):
    sorting["column"] = [f"Sort. List: {letter} a" for letter in "bcdef"]
    assert "149 more random rows" in sorting.printed("%latm check sort_words column --target 98%")
    assert cells[0].startswith("%%latm_check sort_words --random\n---\n")
    sorting.run(cells[0])
    assert "144 more random rows" in sorting.printed("%latm check sort_words --target 0.98")
    assert "is not a share" in sorting.fail("%latm check sort_words --target much")


def test_advice_is_a_cell_to_fill_in(sorting, cells):
    sorting["column"] = ["12 oz of salmon", "=> strange", "half a pound"]
    assert "3 rows that are worth a label" in sorting.printed("%latm advise column")
    (cell,) = cells
    assert cell.startswith("%%latm NAME --on column\n\n---\n")
    assert "\\=> strange\n=> " in cell


def test_advice_offers_refusals_that_count_once_they_are_decided(sorting, cells):
    """A question of another tool stands below with a mark; run as it is, it is no example; decided, it is a refusal."""
    sorting["column"] = ["12 oz of salmon", "1 kg of rice", "half a pound"]
    assert "1 question below them may be none of this task's" in sorting.printed("%latm advise column")
    (cell,) = cells
    assert cell.endswith(f"\n=> {UNDECIDED}")
    _, examples = read_cell(f"Weigh.\n---\n{cell.split('---')[-1]}\n---\nq\n=> a")
    assert [sample.question for sample in examples.samples] == ["q"]
    (refused,) = read_cell(f"Weigh.\n---\n{cell.split('---')[-1]}".replace(UNDECIDED, "!refuse"))[1].samples
    assert refused.expects == "refusal"
    assert read_labels(f"q\n=> a\n---\nr\n=> {UNDECIDED}") == {"q": "a"}
    assert read_labels(label_block("q", UNDECIDED)) == {"q": UNDECIDED}


def test_the_verdict_is_one_line(sorting):
    sorting.run("answers = %latm_solve --no-model ['Sort. List: b a', 'what?']")
    shown = sorting.printed("%latm verdict answers")
    assert "2 rows: 1 answered without a model, 1 not answered; none checked at random; spent 0.0000 USD" in shown
