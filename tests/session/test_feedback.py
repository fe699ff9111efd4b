"""Corrections and confirmations from Python, and what they teach the router; with real workers."""

import pytest
from sorting import COUNT, COUNTS, EXAMPLES, NO_CASE, SORT, SORTING

from latm_magic.errors import TaskError
from latm_magic.models.model import FunctionCall


def test_a_wrong_answer_when_corrected_is_right_from_now_on(session):
    """The correction is kept for growing, the same question is answered so, and the router hears it from you."""
    taught = session.correct("Sort: a B", "a B")
    assert (taught.tool, taught.version, taught.got, taught.is_correction) == ("sort_words", 1, "B a", True)
    (answer,) = session.solve("Sort: a B")
    assert (answer.way, answer.text, answer.tool) == ("cache", "a B", "sort_words")
    assert "you said" in answer.reason
    (kept,) = session.cache.feedback.corrections("sort_words")
    assert (kept.wanted, kept.got) == ("a B", "B a")
    assert [(d.question, d.tool, d.by) for d in session.cache.routes.confirmed()] == [
        ("Sort: a B", "sort_words", "you")
    ]


def test_an_answer_when_corrected_is_taken_as_it_came(session):
    """An `Answer` names its question and its tool."""
    (answer,) = session.solve("Sort: a B")
    assert session.correct(answer, "a B").tool == "sort_words"


def test_a_models_answer_when_corrected_is_replaced(open_session):
    """A stored wrong answer is not given again."""
    call = FunctionCall("sort_words", '{"words": ["a", "B"]}')
    session = open_session(tools=SORTING, user=[call], dispatcher=["sort_words"])
    assert session.solve("a and B, sorted")[0].text == "B a"
    session.correct("a and B, sorted", "a B")
    assert [(a.way, a.text) for a in session.solve("a and B, sorted")] == [("cache", "a B")]
    assert session.cache.feedback.refusals("sort_words") == ()
    assert [(c.got, c.wanted) for c in session.cache.feedback.corrections("sort_words")] == [("B a", "a B")]


def test_a_right_answer_when_said_to_be_right_is_no_correction(session):
    """Confirming takes an earlier correction back, too."""
    session.correct("Sort: a B", "a B")
    taught = session.correct("Sort: a B", "B a")
    assert not taught.is_correction
    assert session.cache.feedback.corrections("sort_words") == ()
    assert session.solve("Sort: a B")[0].text == "B a"


def test_a_correction_when_the_tool_gets_another_version_goes_on_counting(session):
    """A version that does not know of the correction does not bring the wrong answer back."""
    session.correct("Sort: a B", "a B")
    session.add("sort_words", SORT + "\n", [*EXAMPLES, ("Sort: h g", "g h")], description="Sort the words.")
    assert [(a.way, a.text, a.version) for a in session.solve("Sort: a B")] == [("cache", "a B", 2)]
    session.rollback("sort_words", 1)
    assert session.solve("Sort: a B")[0].text == "a B"


def test_a_correction_when_it_becomes_an_example_is_settled(session):
    """What a next version was verified on need not be remembered."""
    session.correct("Sort: a B", "a B")
    session.add("sort_words", NO_CASE, [*EXAMPLES, ("Sort: a B", "a B")], description="Sort the words.")
    assert session.cache.feedback.corrections("sort_words") == ()
    assert session.solve("Sort: a B")[0].way == "parser"


def test_a_question_that_no_tool_answers_when_corrected_is_answered_without_one(session):
    """What you say is kept, given again, and waits for a tool."""
    taught = session.correct("How many legs has a spider?", 8)
    assert (taught.tool, taught.answer) == (None, "8")
    assert [(a.way, a.text, a.tool) for a in session.solve("How many legs has a spider?")] == [("cache", "8", None)]
    assert session.cache.feedback.pending() == ("How many legs has a spider?",)
    assert session.correct("How many legs has a spider?", "eight").answer == "eight"
    assert session.solve("How many legs has a spider?")[0].text == "eight"


def test_a_refused_question_when_its_tool_is_named_is_that_tools(session):
    """You may say whose a question is; the refusal becomes a correction."""
    taught = session.correct("a and B, sorted", "a B", tool="sort_words")
    assert (taught.tool, taught.got, taught.is_correction) == ("sort_words", "", True)
    assert session.solve("a and B, sorted")[0].text == "a B"


def test_an_answer_when_of_another_kind_than_the_tools_is_refused(session):
    """A tool of numbers is told numbers."""
    session.add("count_words", COUNT, [(question, number + 2) for number, question in enumerate(COUNTS)])
    with pytest.raises(TaskError, match="'count_words' gives answers of kind int") as caught:
        session.correct(COUNTS[0], "two")
    assert "\n" not in str(caught.value)
    assert session.correct(COUNTS[0], 3).answer == "3"
    assert session.solve(COUNTS[0])[0].value == 3


def test_several_tools_when_they_answer_are_told_apart_by_what_is_right(session):
    """Where parsers disagree, the one that gives your answer is meant; where none does, you say which."""
    lengths = SORT.replace("sort_words", "count_them").replace("return sorted(words)", "return [str(len(words))]")
    session.add("count_them", lengths, [("Sort: b a", "2"), ("Sort: d", "1"), ("Sort: f e g", "3")])
    assert session.correct("Sort: q p o", "3").tool == "count_them"
    with pytest.raises(TaskError, match=r"Several tools answer 'Sort: t s' [(]count_them, sort_words[)]"):
        session.correct("Sort: t s", "x")
    assert session.correct("Sort: t s", "x", tool="sort_words").got == "s t"


def test_a_shared_tool_when_corrected_has_to_be_loaded_first(session, open_session, tmp_path):
    """What a tool learns is kept in your own cache, so the tool has to be there."""
    (tmp_path / "other" / "latm_tools").mkdir(parents=True)
    session.export(tmp_path / "other" / "latm_tools" / "team.ipynb")
    other = open_session("other")
    (answer,) = other.solve("Sort: a B")
    for act in (lambda: other.correct(answer, "a B"), lambda: other.grow("sort_words")):
        with pytest.raises(TaskError, match=r"'sort_words' is shared, .* %latm load it first"):
            act()


# Confirmations


def test_answers_when_confirmed_are_kept_and_teach_the_router(session):
    """Single questions, answers and whole batches can be confirmed."""
    answers = session.solve(["Sort: q p", "Sort: t s"])
    assert [taught.is_correction for taught in session.confirm(answers)] == [False, False]
    assert [taught.answer for taught in session.confirm("Sort: v u")] == ["u v"]
    assert {d.question: d.by for d in session.cache.routes.confirmed()}["Sort: v u"] == "you"
    assert [answer.way for answer in session.solve(["Sort: q p", "Sort: v u"])] == ["cache", "cache"]


def test_a_direct_answer_when_confirmed_is_given_without_asking(open_session):
    """An unconfirmed answer of the strong model is given with `direct` only, a confirmed one always."""
    session = open_session(tools=SORTING, maker=["Answer: 8"], dispatcher=["unknown", "unknown"])
    question = "How many legs has a spider?"
    assert session.solve(question, direct=True)[0].way == "direct"
    assert session.solve(question)[0].way == "unknown"
    session.confirm(question)
    assert [(a.way, a.text) for a in session.solve(question)] == [("cache", "8")]


# Rewordings


def test_a_wording_when_three_of_its_questions_were_decided_is_local(open_session):
    """Three decisions of the dispatcher model make the next ones local, and other questions are still asked about."""
    names = [("kiwi", "fig"), ("pear", "nut"), ("bean", "oat"), ("rye", "corn"), ("lime", "date")]
    asked = [f"Please put {one} and {two} into alphabetical order for me" for one, two in names]
    calls = [FunctionCall("sort_words", f'{{"words": ["{one}", "{two}"]}}') for one, two in names]
    session = open_session(tools=SORTING, user=calls, dispatcher=["sort_words"] * 3 + ["unknown"] * 3)
    for question in asked[:3]:
        assert session.solve(question)[0].tool == "sort_words"
    assert len(session.scripts["dispatcher"].requests) == 3
    answers = session.solve(asked[3:])
    assert [(a.way, a.tool, a.text) for a in answers] == [
        ("user", "sort_words", "corn rye"),
        ("user", "sort_words", "date lime"),
    ]
    assert len(session.scripts["dispatcher"].requests) == 3
    strange = [
        "Please put the kettle on for me",
        "Into which order was the alphabet put by the Phoenicians?",
        "Please tell me how many words stand in this alphabetical order",
    ]
    assert [answer.way for answer in session.solve(strange)] == ["unknown"] * 3
    assert len(session.scripts["dispatcher"].requests) == 6


def test_a_wording_when_you_corrected_three_of_its_questions_is_local(open_session):
    """What you say teaches the router as well as what a model decides."""
    session = open_session(tools=SORTING, user=[FunctionCall("sort_words", '{"words": ["rye", "corn"]}')])
    for one, two in (("fig", "kiwi"), ("nut", "pear"), ("bean", "oat")):
        question = f"Please put {two} and {one} into alphabetical order for me"
        session.correct(question, f"{one} {two}", tool="sort_words")
    (answer,) = session.solve("Please put rye and corn into alphabetical order for me")
    assert (answer.way, answer.tool, session.scripts["dispatcher"].requests) == ("user", "sort_words", [])


def test_corrections_are_listed_and_can_be_withdrawn(session):
    session.correct("Sort: a B", "a B")
    assert [(c.question, c.wanted, c.got) for c in session.corrections("sort_words")] == [("Sort: a B", "a B", "B a")]
    withdrawn = session.withdraw("Sort: a B")
    assert (withdrawn.tool, withdrawn.answer) == ("sort_words", "a B")
    assert session.corrections("sort_words") == ()
    (answer,) = session.solve("Sort: a B")
    assert (answer.way, answer.text) == ("parser", "B a")


@pytest.mark.parametrize("options", [{}, {"tool": "sort_words"}])
def test_what_was_never_said_cannot_be_withdrawn(session, options):
    with pytest.raises(TaskError, match="You said nothing of 'Sort: b a'"):
        session.withdraw("Sort: b a", **options)
