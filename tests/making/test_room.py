"""How much of long examples goes to a maker: bounded, chosen, cut in sight, and told before money is spent."""

import pytest
from sorting_replies import GOOD, WRONG

from latm_magic.errors import MakingFailed, TaskError
from latm_magic.events import MakingStep, Note
from latm_magic.making import failures, prompts
from latm_magic.making.column import tokens
from latm_magic.making.lessons import Lesson, Lessons
from latm_magic.making.room import MOST_TOKENS, fit, shorter_first, unused_mark
from latm_magic.task import Instance, Task
from latm_magic.verification import SampleResult, Verification

LONG = [(f"Sort: {' '.join(f'{letter}{word}' for word in range(20_000, 0, -1))}", letter * 10) for letter in "abcdef"]
"""Each about 130 KB, which no module gets right."""
SHORT = [(f"Sort: {words}", " ".join(sorted(words.split()))) for words in ("b a", "d c", "f e", "h g", "j i", "l k")]


def solved(questions):
    """Return samples with right answers."""
    return [(question, " ".join(sorted(question[6:].split()))) for question, _ in questions]


def request(session, number=0):
    """Return all text of a request to the maker."""
    return "\n".join(message.content for message in session.scripts["maker"].requests[number].messages)


def test_shorter_rows_when_the_first_ones_are_too_long_are_the_demonstrations(open_session):
    """Three short samples take the place of the long ones, which is told before the call; the tool is found again."""
    session, events = open_session(maker=[GOOD]), []
    examples = [*solved(LONG[:3]), *SHORT]
    tool = session.make("sort_words", "Sort the words.", examples, on_event=events.append)
    assert all(f":\n{question}\n\nAnswer" in request(session) for question, _ in SHORT[:3])
    assert tokens(request(session)) < 2_000
    note, first = events[0], next(event for event in events if isinstance(event, MakingStep))
    assert "20,000 tokens that a request has room for, so the maker is shown shorter ones" in note.text
    assert events.index(note) < events.index(first)
    assert {sample.question for sample in tool.record.task.samples} == {question for question, _ in examples}
    assert session.make("sort_words", "Sort the words.", examples).version == tool.version
    assert session.ledger.total.calls == 1


def test_what_is_still_too_long_is_cut_in_its_middle_and_told(open_session):
    """Both ends are shown around a line that no text holds; the maker and you are told; the tool runs on it whole."""
    session, events = open_session(maker=[GOOD]), []
    examples = solved(LONG)
    session.make("sort_words", "Sort the words.", examples, on_event=events.append)
    text = request(session)
    assert tokens(text) < MOST_TOKENS + 2_000
    assert text.count("[[CUT 1:") == 1 + 6
    assert "A line that begins with [[CUT 1: is no part of a text" in text
    assert all(f":\n{question[:1000]}" in text and f"{question[-1000:]}\n" in text for question, _ in examples[:3])
    (note,) = [event for event in events if isinstance(event, Note)][1:]
    assert "6 of their texts are cut in the middle, so that about 19," in note.text
    assert note.text.startswith("sort_words: the examples that the maker is to see take about 1")


@pytest.mark.parametrize("make", ["make", "by_hand"])
def test_a_description_when_no_request_has_room_for_it_is_one_line_and_no_call(open_session, make):
    """What cannot be cut is refused before any call, with what to do."""
    session = open_session(maker=[])
    with pytest.raises(TaskError, match="takes about 100,00. tokens, and a request has room for 20,000: say in fewer"):
        getattr(session, make)("sort_words", "Sort. " * 66_667, SHORT)
    assert session.ledger.total.calls == 0


def test_an_ordinary_task_is_left_as_it_is():
    """Nothing changes where the demonstrations fit, however long the other samples are."""
    task = Task("sort_words", "Sort.", tuple(Instance(*pair) for pair in (*SHORT, *LONG)))
    assert shorter_first(task) is task
    few = Task("sort_words", "Sort.", tuple(Instance(*pair) for pair in (SHORT[0], LONG[0], SHORT[1])))
    assert shorter_first(few).samples == (few.samples[0], few.samples[2], few.samples[1])


@pytest.mark.parametrize("letters", ["x", "語", "🙂", "x" * 10 + "🙂", "\udc00"])
@pytest.mark.parametrize("count", [1, 3, 40, 700])
def test_texts_of_any_size_and_script_fit(letters, count):
    """The bound holds in tokens; short texts stay whole; nothing is lost in silence."""
    pairs = [(letters * 90_000 + str(number), f"answer {number}") for number in range(count)]
    fitted = fit(pairs)
    assert sum(tokens(text) for pair in fitted.pairs for text in pair) <= MOST_TOKENS
    assert all(answer == f"answer {number}" for number, (_, answer) in enumerate(fitted.pairs))
    assert fitted.cut == len(fitted.pairs)
    if count > len(fitted.pairs):
        task = Task("t", "T.", tuple(Instance(*pair) for pair in pairs)).showing(question for question, _ in pairs)
        assert f"{count - len(fitted.pairs)} more solved examples are not shown." in prompts.propose(task)[0].content


def test_a_mark_is_one_that_no_text_holds():
    """A question that holds the mark itself, and a row of the column that does, bring another mark."""
    assert unused_mark(["a [[CUT 1: 9 characters left out here]]", "[[CUT 2:"]) == "[[CUT 3:"
    assert fit([("x" * 200_000, "y")], ["[[CUT 1:"]).mark == "[[CUT 2:"


def test_growing_and_repairs_are_bounded_too(open_session):
    """A repair shows failures cut with their mark told; growing cuts the one lesson that there is."""
    session = open_session(maker=[WRONG, GOOD])
    session.make("sort_words", "Sort the words.", [*SHORT[:3], *solved(LONG[:3]), *SHORT[3:]])
    assert tokens(request(session, 1)) < MOST_TOKENS + 8_000
    assert "A line that begins with [[CUT 1:" in request(session, 1)
    lessons = Lessons(corrected=(Lesson("q" * 300_000, "w" * 300_000, "g" * 300_000),))
    task = Task("sort_words", "Sort.", tuple(Instance(*pair) for pair in LONG))
    (message,) = prompts.grow(task, GOOD, lessons)
    assert tokens(message.content) < MOST_TOKENS + 12_000
    assert "What was wrong, and what is right" in message.content


def test_a_failure_is_cut_in_every_part():
    """A module that raises the whole question does not flood the repair."""
    sample = SampleResult("[[CUT 1: q" * 9_000, "w", "validation", "error", detail=f"ValueError: {'x' * 90_000}")
    told = failures.describe_failures(Verification((sample,)))
    assert len(told) < 16_000
    assert "A line that begins with [[CUT 2:" in told


def test_a_round_is_bounded_where_many_samples_are_refused(open_session):
    """Coverage requests hold as much of long examples and refused samples as there is room for."""
    refusing = GOOD.replace(
        "    head, mark, words", "    if len(question) > 999:\n        raise ValueError('long')\n    head, mark, words"
    )
    assert refusing != GOOD
    session = open_session(maker=[refusing, "no", "no", "no"])
    examples = [*SHORT, *solved(LONG[:2])]
    column = [f"Sort: {one} {other}" for one in "kji" for other in "hgf"] + ["Order k"]
    try:
        session.make("sort_words", "Sort the words.", examples, questions=column, coverage_rounds=1)
    except MakingFailed:
        pytest.fail("two refused of eight is a tool")
    for number in range(len(session.scripts["maker"].requests)):
        assert tokens(request(session, number)) < 3 * MOST_TOKENS
