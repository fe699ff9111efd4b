"""Growing a tool through the session: one request, nothing lost; with real workers and a scripted maker."""

import json

import pytest

from latm_magic.cache.records import Refusal
from latm_magic.errors import MakingFailed, TaskError, ToolNotFound
from latm_magic.events import Grown, MakingStep
from latm_magic.models.model import FunctionCall
from latm_magic.task import Instance

EXAMPLES = [(f"Sort: {words}", " ".join(sorted(words.split()))) for words in ("b a", "d c b", "x", "q p", "z y", "f e")]
STRICT = '''\
def parse(question):
    head, mark, words = question.partition(": ")
    if head != "Sort" or not words:
        raise ValueError("not a list to sort")
    return {"words": words.split()}


def sort_words(words: list[str]) -> list[str]:
    """Sort words."""
    return sorted(words)


def format_answer(result, question):
    return " ".join(result)
'''
SORTING = {"sort_words": (STRICT, EXAMPLES, "Sort the words.")}
WIDE = STRICT.replace('head != "Sort"', 'head not in ("Sort", "Order")')
NO_CASE = STRICT.replace("sorted(words)", "sorted(words, key=str.lower)")
BOTH = WIDE.replace("sorted(words)", "sorted(words, key=str.lower)")
BACKWARDS = WIDE.replace("sorted(words)", "sorted(words, reverse=True)")
NO_PARSER = STRICT[STRICT.index("def sort_words") : STRICT.index("def format_answer")]


def fenced(source):
    """Return a reply that holds a module."""
    return f"```python\n{source}```"


def call(words):
    """Return a user model's call."""
    return FunctionCall("sort_words", json.dumps({"words": words.split()}))


def refuse(session, questions, *, calls=True):
    """Have questions refused by the tool; a user model answers them, or fails to."""
    script = session.scripts["user"]
    for question in questions:
        script._lines += [call(question.split(": ")[1])] if calls else ["nonsense", "nonsense"]
    return session.solve(questions, tool="sort_words")


def test_a_tool_when_it_grows_answers_what_it_refused(open_session):
    """Refusals and the answers of checked calls make one request and a next version; coverage is told."""
    session = open_session(tools=SORTING, maker=[fenced(WIDE)])
    refuse(session, ["Order: n m", "Order: l k"])
    events = []
    tool = session.grow("sort_words", on_event=events.append)
    assert (tool.version, session.tool("sort_words").version, tool.provenance.maker) == (2, 2, "scripted")
    assert len(session.scripts["maker"].requests) == 1
    assert [event for event in events if isinstance(event, Grown)] == [Grown("sort_words", 2, 0.75, 1.0, 2, 0)]
    made = [event for event in events if isinstance(event, MakingStep) and event.step == "made"]
    assert [event.detail for event in made] == ["it accepts 100.0% of the known questions, 75.0% before"]
    assert session.cache.feedback.refusals("sort_words") == ()
    assert [(a.way, a.text) for a in session.solve(["Order: t s", "Sort: b a"])] == [
        ("parser", "s t"),
        ("parser", "a b"),
    ]
    assert {total.role: total.calls for total in session.ledger.totals(("role",))} == {"maker": 1, "user": 2}


def test_the_maker_when_a_tool_grows_sees_source_questions_and_answers_word_for_word(open_session):
    """The request holds the current source, each question unchanged, and what is known of its answer."""
    session = open_session(tools=SORTING, maker=[fenced(BOTH)])
    refuse(session, ["Order:   n  {m} $x"])
    session.correct("Sort: a B", "a B")
    session.grow("sort_words")
    (request,) = session.scripts["maker"].requests
    (message,) = request.messages
    assert (request.role, request.tool, request.functions) == ("maker", "sort_words", ())
    assert STRICT.rstrip() in message.content
    assert ":\nSort: a B\n\nThe module gave:\nB a\n\nRight is:\na B\n" in message.content
    assert ":\nOrder:   n  {m} $x\n\nAnswer, found another way:\n" in message.content


def test_a_refusal_when_nobody_knows_its_answer_is_shown_as_a_question_only(open_session):
    """Without an answer a refusal is no sample: the next version may answer it as it will, or refuse."""
    session = open_session(tools=SORTING, maker=[fenced(WIDE)])
    refuse(session, ["Order: n m"], calls=False)
    tool = session.grow("sort_words")
    (message,) = session.scripts["maker"].requests[0].messages
    assert "Order: n m\n\n#" in message.content
    assert [sample.question for sample in tool.record.earlier] == []
    assert session.cache.feedback.refusals("sort_words") == ()


def test_a_correction_when_grown_on_is_a_sample_for_good(open_session):
    """The corrected answer is verified, dropped from the corrections, and every later version must pass it."""
    session = open_session(tools=SORTING, maker=[fenced(NO_CASE), fenced(WIDE), fenced(BOTH)])
    session.correct("Sort: a B", "a B")
    tool = session.grow("sort_words")
    assert Instance("Sort: a B", "a B") in tool.record.earlier
    assert session.cache.feedback.corrections("sort_words") == ()
    assert session.solve("Sort: c D")[0].text == "c D"
    refuse(session, ["Order: n m"])
    assert session.grow("sort_words").version == 3
    assert "Sort: a B" in session.scripts["maker"].requests[2].messages[-1].content


def test_a_next_version_when_it_loses_an_old_sample_is_mended_or_not_kept(open_session):
    """Every sample that a version passed must pass; otherwise the old version stays, with the reason."""
    session = open_session(tools=SORTING, maker=[fenced(BACKWARDS), "no code"], max_attempts=2)
    refuse(session, ["Order: n m"])
    with pytest.raises(MakingFailed) as caught:
        session.grow("sort_words")
    assert "'sort_words' stays at version 1: no next version after 2 proposals" in str(caught.value)
    assert str(caught.value).count("\n") == 1
    assert [attempt.outcome for attempt in caught.value.attempts] == ["failed verification", "no code"]
    assert session.tool("sort_words").version == 1
    assert len(session.cache.feedback.refusals("sort_words")) == 1
    assert "gave a wrong answer" in session.scripts["maker"].requests[1].messages[-1].content


def test_samples_of_all_versions_when_a_tool_grows_must_pass(open_session):
    """After a rollback the samples of the versions in between still count."""
    session = open_session(tools=SORTING, maker=[fenced(WIDE), fenced(BOTH)])
    session.add("sort_words", NO_CASE, [*EXAMPLES, ("Sort: a B", "a B")], description="Sort the words.")
    session.rollback("sort_words", 1)
    refuse(session, ["Order: n m"])
    tool = session.grow("sort_words")
    assert (tool.version, tool.provenance.attempts) == (3, 2)
    assert Instance("Sort: a B", "a B") in tool.record.earlier


def test_samples_when_replaced_no_longer_count_for_growing(open_session):
    """A version that was made with `replace` begins anew, and what went before it does not hold it back."""
    session = open_session(tools=SORTING, maker=[fenced(BACKWARDS)])
    backwards = [(question, " ".join(sorted(question[6:].split(), reverse=True))) for question, _ in EXAMPLES]
    session.add("sort_words", STRICT.replace("sorted(words)", "sorted(words, reverse=True)"), backwards, replace=True)
    refuse(session, ["Order: n m"])
    assert session.grow("sort_words").version == 3


def test_a_refused_question_when_answered_wrong_stops_the_growing(open_session):
    """A next version may refuse a question whose answer a checked call gave, but not answer it otherwise."""
    odd = WIDE.replace("return sorted(words)", 'return sorted(words, reverse="o" in words)')
    session = open_session(tools=SORTING, maker=[fenced(odd)], max_attempts=1)
    refuse(session, ["Order: o p"])
    with pytest.raises(MakingFailed, match="'Order: o p': wrong, wanted 'o p', got 'p o'"):
        session.grow("sort_words")


def test_a_next_version_when_it_hangs_on_refused_questions_keeps_nobody_waiting(open_session):
    """One question out of time fails the proposal, and the others are not waited for."""
    hangs = WIDE.replace("return sorted(words)", 'while "h" in words:\n        pass\n    return sorted(words)')
    session = open_session(tools=SORTING, maker=[fenced(hangs)], max_attempts=1, timeout_s=0.3)
    questions = ["Order: h", *(f"Order: x{number}" for number in range(25)), "Order: a h"]
    session.cache.feedback.keep_refusals([Refusal("sort_words", 1, question) for question in questions])
    with pytest.raises(MakingFailed, match="'Order: h': out of time") as caught:
        session.grow("sort_words")
    assert [sample.question for sample in caught.value.attempts[0].verification.failures] == ["Order: h"]


def test_a_next_version_when_it_learned_nothing_is_sent_back(open_session):
    """A module that answers none of the refused questions is no next version."""
    session = open_session(tools=SORTING, maker=[fenced(NO_CASE), fenced(WIDE)])
    refuse(session, ["Order: n m"])
    assert session.grow("sort_words").provenance.attempts == 2
    assert "was refused, but has to be answered" in session.scripts["maker"].requests[1].messages[-1].content


def test_a_next_version_when_it_lost_its_parser_is_sent_back_unrun(open_session):
    """Without `parse` a model would be asked for every question; none is, not even to verify."""
    session = open_session(tools=SORTING, maker=[fenced(NO_PARSER), fenced(WIDE)])
    refuse(session, ["Order: n m"])
    assert session.grow("sort_words").provenance.attempts == 2
    assert "keep it" in session.scripts["maker"].requests[1].messages[-1].content
    assert len(session.scripts["user"].requests) == 1


def test_a_correction_when_it_contradicts_an_example_goes_before_it(open_session):
    """What you say last is right: the example is corrected in the next version."""
    session = open_session(tools=SORTING, maker=[fenced(WIDE)], max_attempts=1)
    session.correct("Sort: x", "X")
    with pytest.raises(MakingFailed, match="wanted 'X'"):
        session.grow("sort_words")
    upper = STRICT.replace("sorted(words)", '["X"] if words == ["x"] else sorted(words)')
    session.scripts["maker"]._lines = [fenced(upper)]
    tool = session.grow("sort_words")
    assert Instance("Sort: x", "X") in tool.record.samples


@pytest.mark.parametrize(
    ("name", "error", "says"), [("sort_words", TaskError, "Nothing to grow"), ("other", ToolNotFound, "other")]
)
def test_growing_when_there_is_nothing_to_grow_from_says_so(open_session, name, error, says):
    """One clear line, and no model is asked."""
    session = open_session(tools=SORTING)
    with pytest.raises(error, match=says) as caught:
        session.grow(name)
    assert "\n" not in str(caught.value)
    assert session.scripts["maker"].requests == []


def test_a_maker_when_it_leaves_the_module_as_it_is_makes_no_version(open_session):
    """Where only a dispute is kept and the maker stands by the module, the version stays, and is suspect no more."""
    session = open_session(tools=SORTING, maker=[fenced(STRICT)], audit_first=1)
    session.scripts["maker"]._lines.insert(0, "Answer: y x")
    session.solve("Sort: y x")
    session.cache.tools.mark_suspect("sort_words", 1, "0 of its 5 checked answers agree with the strong model")
    with pytest.raises(MakingFailed, match="leaves the module as it is"):
        session.grow("sort_words")
    assert session.cache.tools.suspects() == {}
    assert "Answers in dispute" in session.scripts["maker"].requests[-1].messages[0].content
    assert session.tool("sort_words").version == 1
