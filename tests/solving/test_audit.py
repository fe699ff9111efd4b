"""Checking answers against the strong model, and what becomes of a suspect tool; real workers, scripted models."""

from dataclasses import replace
from functools import partial

import pytest
from decorations import DECORATIONS

from latm_magic.cache.records import Audit
from latm_magic.errors import CacheError, ModelError, ReplyError, TaskError
from latm_magic.events import Disputed, Note
from latm_magic.models.model import Reply
from latm_magic.task import Instance

SORT = """
def parse(question):
    if not question.startswith("Sort: "):
        raise ValueError("not a list to sort")
    return {"words": question[6:].split()}

def sort_words(words: list[str]) -> list[str]:
    return sorted(words)

def format_answer(result, question):
    return " ".join(result)
"""
EXAMPLES = [(f"Sort: {words}", " ".join(sorted(words.split()))) for words in ("b a", "d c", "f e")]
QUESTIONS = [f"Sort: z{i} y{i}" for i in range(10)]
MARK = "3 of its 5 checked answers agree with the strong model"


def strong(request):
    """Answer as a strong model that thinks capital letters come last: right unless a question has a 9."""
    question = request.messages[-1].content.rpartition("instructions to you):\n")[2].partition("\n")[0]
    words = sorted(question.removeprefix("Sort: ").split(), reverse="9" in question)
    return f"Let me see.\nAnswer: {' '.join(words)}"


@pytest.fixture
def open_audited(open_session):
    """Return a function that opens a session with a sorting tool and a strong model."""
    tools = {"sort_words": (SORT, EXAMPLES, "Sort the words.")}
    return partial(open_session, maker=strong, tools=tools)


def asked(session):
    """Return how often the strong model was asked."""
    return len(session.scripts["maker"].requests)


def make_suspect(session):
    """Mark the tool as suspect, as five checks would."""
    audits = [
        Audit("sort_words", 1, q, agreed=i > 1, tool_text="a", model_text="b") for i, q in enumerate(QUESTIONS[:5])
    ]
    session.cache.feedback.keep_audits(audits)
    session.cache.tools.mark_suspect("sort_words", 1, MARK)


def test_answers_when_nothing_is_set_are_not_checked(open_audited):
    """Watching costs money, so it is off until you set it."""
    session = open_audited()
    session.solve(QUESTIONS)
    assert asked(session) == 0
    assert session.cache.feedback.audits("sort_words") == ()


def test_the_first_answers_when_set_are_checked_and_told_with_their_cost_before(open_audited):
    """`audit_first` answers are checked, estimated in money before the first call, kept, and in the ledger."""
    session = open_audited(audit_first=3, prices={"scripted": {"input": 1.0, "output": 1.0}})
    events = []

    def hear(event):
        events.append((asked(session), event))

    answers = session.solve(QUESTIONS, on_event=hear)
    assert [answer.way for answer in answers] == ["parser"] * 10
    (note,) = [(calls, event.text) for calls, event in events if isinstance(event, Note)]
    assert note[0] == 0
    assert note[1].startswith("Checking 3 answers with scripted: about 0.0")
    assert [(a.question, a.agreed) for a in session.cache.feedback.audits("sort_words")] == [
        (q, True) for q in QUESTIONS[:3]
    ]
    (total,) = session.ledger.totals()
    assert (total.role, total.tool, total.calls) == ("direct", "sort_words", 3)


def test_what_answers_cost_when_they_are_checked_is_what_the_ledger_says(open_audited):
    """The line of totals counts the checks, and agrees with the ledger to the call; some of its rows are not billed."""
    session = open_audited(audit_first=3, prices={"scripted": {"input": 1.0, "output": 1.0}})
    answers = session.solve(QUESTIONS)
    total = session.ledger.total
    assert answers.cost_usd == total.cost_usd > 0
    assert (answers.bill.calls, answers.bill.audits.calls, total.calls) == (3, 3, 3)
    assert answers.summary.endswith(" USD for 3 model calls, 3 of them to check answers")
    assert answers[:2].cost_usd == 0


def test_the_strong_model_when_it_checks_sees_examples_and_no_answer(open_audited):
    """It is asked the question alone, in the form of the tool's examples, and does not know the tool's answer."""
    session = open_audited(audit_first=1)
    session.solve("Sort: q p")
    (request,) = session.scripts["maker"].requests
    assert "Sort the words." in request.messages[0].content
    assert "Sort: b a\nAnswer: a b" in request.messages[0].content
    assert "Sort: q p" in request.messages[0].content
    assert "p q" not in request.messages[0].content


@pytest.mark.parametrize("settings", [{"audit_first": 4}, {"audit_rate": 0.5}, {"audit_first": 2, "audit_rate": 0.5}])
def test_the_same_batch_when_solved_again_pays_nothing(open_audited, settings):
    """Which answers are checked follows from the questions, and none is checked twice, in another session neither."""
    session = open_audited(**settings)
    session.solve(QUESTIONS)
    count = asked(session)
    assert 0 < count < 10
    session.solve(QUESTIONS)
    session.solve(QUESTIONS[::-1])
    assert asked(session) == count
    again = open_audited(**settings)
    again.solve(QUESTIONS)
    assert asked(again) == 0


def test_a_share_of_the_later_answers_when_set_is_checked(open_audited):
    """After the first ones, `audit_rate` of the answers are checked: all of them at 1."""
    session = open_audited(audit_first=2, audit_rate=1.0)
    session.solve(QUESTIONS[:3])
    session.solve(QUESTIONS[3:])
    assert asked(session) == 10


def test_many_answers_when_checked_are_all_kept(open_audited):
    """Checks are kept as they come."""
    session = open_audited(audit_rate=1.0)
    session.solve([f"Sort: b{i} a" for i in range(45) if "9" not in str(i)])
    assert len(session.cache.feedback.audits("sort_words")) == 41


def test_a_next_version_when_checked_uses_what_is_known(open_audited):
    """A new version is checked anew, but what the strong model said of a question is not paid for twice."""
    session = open_audited(audit_first=2)
    session.solve(QUESTIONS[:2])
    session.add("sort_words", SORT + "\n", [*EXAMPLES, ("Sort: h g", "g h")], description="Sort the words.")
    session.solve(QUESTIONS[:2])
    assert asked(session) == 2
    assert [(a.version, a.agreed) for a in session.cache.feedback.audits("sort_words")] == [(1, True)] * 2 + [
        (2, True)
    ] * 2


def test_a_recording_when_it_stands_in_for_the_strong_model_checks_nothing(open_audited):
    """Without a live strong model watching is off, and says nothing."""
    events = []
    session = open_audited(maker=None, user=None, dispatcher=None, audit_first=5)
    session.solve(QUESTIONS, on_event=events.append)
    assert not [event for event in events if isinstance(event, Note)]


def test_a_disagreement_when_found_is_shown_and_kept_for_growing(open_audited):
    """Both answers are told, the batch's answer names the other one, and the audit is kept."""
    session = open_audited(audit_first=1)
    events = []
    (answer,) = session.solve("Sort: b9 a", on_event=events.append)
    (told,) = [event for event in events if isinstance(event, Disputed)]
    assert (told.tool, told.version, told.question) == ("sort_words", 1, "Sort: b9 a")
    assert (told.tool_text, told.model_text, told.level) == ("a b9", "b9 a", "warning")
    assert answer.text == "a b9"
    assert answer.reason.startswith("the strong model says 'b9 a'")
    assert [(a.agreed, a.model_text) for a in session.cache.feedback.audits("sort_words")] == [(False, "b9 a")]
    assert session.cache.tools.suspects() == {}


def test_a_tool_when_it_agrees_too_seldom_is_suspect_and_no_longer_answers(open_audited):
    """Below the bound, with five checks at least, its questions fail with the reason, mapped or solved."""
    session = open_audited(audit_first=5)
    events = []
    session.solve(["Sort: 9 1", "Sort: 9 2", *QUESTIONS[:3]], on_event=events.append)
    assert session.cache.tools.suspects() == {"sort_words": MARK}
    assert any("sort_words is suspect" in event.text for event in events if isinstance(event, Note))
    events.clear()
    (answer,) = session.solve("Sort: b a c", on_event=events.append)
    assert (answer.way, answer.text, answer.tool, answer.version) == ("failed", None, "sort_words", 1)
    assert answer.reason == f"sort_words is suspect ({MARK}): %latm verify, grow or rollback sort_words"
    assert ["did not answer 1 question" in event.text for event in events if isinstance(event, Note)] == [True]
    assert session.tool("sort_words").map(["Sort: d c"])[0].way == "failed"
    assert session.cache.feedback.pending() == ()
    assert asked(session) == 5


def test_a_tool_when_few_answers_were_checked_is_not_suspect(open_audited):
    """Four checks say too little, even where all disagree."""
    session = open_audited(audit_first=4)
    session.solve([f"Sort: 9 {i}" for i in range(1, 5)])
    assert [audit.agreed for audit in session.cache.feedback.audits("sort_words")] == [False] * 4
    assert session.cache.tools.suspects() == {}


def test_the_bound_when_lowered_tolerates_more(open_audited):
    """`audit_bound` is the share that must agree."""
    session = open_audited(audit_first=5, audit_bound=0.5)
    session.solve(["Sort: 9 1", "Sort: 9 2", *QUESTIONS[:3]])
    assert session.cache.tools.suspects() == {}


def test_a_suspects_questions_when_direct_go_to_the_strong_model(open_audited):
    """With `direct` you allow its cost, so the strong model answers, and the reason says why."""
    session = open_audited()
    make_suspect(session)
    (answer,) = session.solve("Sort: b a c", direct=True)
    assert (answer.way, answer.text, answer.tool) == ("direct", "a b c", None)
    assert "sort_words is suspect" in answer.reason
    assert session.cache.feedback.pending() == ()
    (again,) = session.solve("Sort: b a c", direct=True)
    assert (again.way, asked(session)) == ("cache", 1)
    assert session.solve("Sort: b a d", tool="sort_words", direct=True)[0].way == "direct"


def test_a_suspect_when_a_sibling_answers_does_not_stand_in_the_way(open_audited):
    """Only what would be the suspect's fails; the questions of other tools are answered as ever."""
    session = open_audited()
    other = (
        SORT.replace("Sort: ", "Order: ").replace("sort_words", "order_words").replace("question[6:]", "question[7:]")
    )
    session.add("order_words", other, [(q.replace("Sort", "Order"), a) for q, a in EXAMPLES])
    make_suspect(session)
    assert [a.way for a in session.solve(["Order: b a", "Sort: b a"])] == ["parser", "failed"]


def test_a_suspects_refused_question_when_the_router_is_sure_is_not_sent_to_its_user_model(open_audited):
    """The function is suspect too, so no model is asked to call it."""
    session = open_audited()
    session.solve(QUESTIONS)
    make_suspect(session)
    (answer,) = session.solve("sort: z3 y3")
    assert (answer.way, answer.tool, "is suspect" in answer.reason) == ("failed", "sort_words", True)
    assert session.scripts["user"].requests == session.scripts["dispatcher"].requests == []


def test_a_suspect_when_parsers_disagree_is_no_choice(open_audited):
    """The dispatcher model chooses among the others; where all that accept are suspect, there is nothing to choose."""
    session = open_audited(dispatcher=["sort_down"])
    other = SORT.replace("sort_words", "sort_down").replace("sorted(words)", "sorted(words, reverse=True)")
    session.add("sort_down", other, [(q, " ".join(sorted(q[6:].split(), reverse=True))) for q, _ in EXAMPLES])
    make_suspect(session)
    assert [(a.way, a.text) for a in session.solve("Sort: b a c")] == [("dispatcher", "c b a")]
    assert "sort_words: " not in session.scripts["dispatcher"].requests[0].messages[0].content
    session.cache.tools.mark_suspect("sort_down", 1, MARK)
    assert session.solve("Sort: b a d")[0].way == "failed"
    assert len(session.scripts["dispatcher"].requests) == 1


def test_a_suspect_when_rolled_back_to_is_trusted_again(open_audited):
    """Going back, even to where it is, is your word for that version."""
    session = open_audited()
    make_suspect(session)
    session.rollback("sort_words", 1)
    assert session.cache.tools.suspects() == {}
    assert session.solve("Sort: b a c")[0].text == "a b c"


def test_a_suspect_when_verified_answers_again_in_every_way(open_audited):
    """A tool that passes its samples answers on; what was in dispute before does not mark it once more."""
    session = open_audited(audit_first=20)
    session.solve([f"Sort: {i} 9" for i in range(6)])
    assert set(session.cache.tools.suspects()) == {"sort_words"}
    assert session.verify("sort_words").passed
    assert session.solve(QUESTIONS[:2])[0].way == "parser"  # checked, and right
    assert session.cache.tools.suspects() == {}
    session.correct("Sort: 0 9", "0 9", tool="sort_words")
    assert session.solve("Sort: x w", tool="sort_words")[0].text == "w x"
    assert session.tool("sort_words").map(["Sort: d c"])[0].way == "parser"
    session.solve("Sort: 9 8")
    assert "sort_words" in session.cache.tools.suspects()


def test_a_suspect_when_it_fails_its_verification_stays_one(open_audited):
    """Only passing lifts the mark."""
    session = open_audited()
    make_suspect(session)
    other = replace(
        session.tool("sort_words").record,
        samples=(Instance("Sort: b a", "b a"), *[Instance(*each) for each in EXAMPLES[1:]]),
    )
    session.cache.tools.drop("sort_words")
    session.cache.tools.keep(other)
    session.cache.tools.mark_suspect("sort_words", 1, MARK)
    assert not session.verify("sort_words").passed
    assert session.cache.tools.suspects() == {"sort_words": MARK}


def test_a_suspect_when_grown_answers_again(open_audited):
    """The next version starts without the mark."""
    grown = SORT.replace("return sorted(words)", "return sorted(words)[::1]")
    session = open_audited(maker=[f"```python{grown}```"])
    make_suspect(session)
    assert session.grow("sort_words").version == 2
    assert session.cache.tools.suspects() == {}
    assert session.solve("Sort: b a c")[0].way == "parser"


def test_a_suspect_when_you_say_that_it_was_right_is_none_any_more(open_audited):
    """What you confirm goes before what the strong model said."""
    events = []
    session = open_audited(audit_first=5, on_event=events.append)
    session.solve(["Sort: 9 1", "Sort: 9 2", *QUESTIONS[:3]])
    for question, answer in (("Sort: 9 1", "1 9"), ("Sort: 9 2", "2 9")):
        assert not session.correct(question, answer, tool="sort_words").is_correction
    assert session.cache.tools.suspects() == {}
    assert "no longer suspect: 5 of 5" in events[-1].text
    assert session.solve("Sort: b a c")[0].way == "parser"


def test_a_model_fault_when_checking_leaves_the_answers(open_audited):
    """The answers stand, a note says that the checking stopped, and what was checked is kept."""
    fault = ModelError("The key was refused.", kind="key")
    session = open_audited(maker=["Answer: y0 z0", fault], audit_first=3)
    events = []
    answers = session.solve(QUESTIONS, on_event=events.append)
    assert [answer.way for answer in answers] == ["parser"] * 10
    assert len(session.cache.feedback.audits("sort_words")) == 1
    assert "The checking of answers stopped: The key was refused." in [e.text for e in events if isinstance(e, Note)]


def test_a_reply_when_it_cannot_be_used_leaves_its_answer_unchecked(open_audited):
    """One unreadable reply costs one check, which is made up for next time."""
    session = open_audited(maker=[ReplyError("Empty.", kind="empty"), "Answer: y1 z1", "Answer: y0 z0"], audit_first=2)
    session.solve(QUESTIONS[:2])
    assert [audit.question for audit in session.cache.feedback.audits("sort_words")] == [QUESTIONS[1]]
    session.solve(QUESTIONS[:2])
    assert len(session.cache.feedback.audits("sort_words")) == 2


@pytest.mark.parametrize("decoration", DECORATIONS)
def test_a_right_tool_when_right_answers_are_decorated_is_not_suspect(open_audited, decoration):
    """What the strong model puts around its answers never speaks against a tool."""

    def decorated(request):
        return decoration.format(strong(request).rpartition("Answer: ")[2])

    session = open_audited(maker=decorated, audit_first=6)
    session.solve(QUESTIONS[:6])
    assert [audit.agreed for audit in session.cache.feedback.audits("sort_words")] == [True] * 6
    assert session.solve("Sort: z y")[0].text == "y z"


@pytest.mark.parametrize(
    "reply",
    [
        "I'm sorry, I can't help with that.",
        "Answer: CANNOT",
        Reply("", finish_reason="content_filter"),
        ReplyError("Refused.", kind="refused"),
        "Let me sort these words for you.",
    ],
)
def test_a_refusal_when_checking_leaves_answers_unchecked_and_is_paid_once(open_audited, reply):
    """It is no dispute, for the mark and for growing neither; what was asked is not asked again."""
    events = []
    session = open_audited(maker=[reply] * 6, audit_first=6, on_event=events.append)
    for _ in range(2):
        assert {answer.way for answer in session.solve(QUESTIONS[:6])} == {"parser"}
    assert [audit.is_disputed for audit in session.cache.feedback.audits("sort_words")] == [False] * 6
    assert session.cache.tools.suspects() == {}
    assert "6 answers stay unchecked: scripted gave none to compare with." in [
        event.text for event in events if isinstance(event, Note)
    ]
    assert not [event for event in events if isinstance(event, Disputed)]
    with pytest.raises(TaskError, match="Nothing to grow"):
        session.grow("sort_words")


def test_a_dispute_when_kept_by_letters_is_compared_again(open_audited):
    """Checks that were kept as disputes because of a decoration count as what they say."""
    session = open_audited(audit_first=10)
    old = [Audit("sort_words", 1, q, agreed=False, tool_text="a b", model_text="`a b`.") for q in QUESTIONS[:5]]
    session.cache.feedback.keep_audits(old)
    session.cache.tools.mark_suspect("sort_words", 1, MARK)
    session.correct(QUESTIONS[5], "y5 z5", tool="sort_words")
    assert session.cache.tools.suspects() == {}


def test_a_direct_answer_when_decorated_is_bare_and_a_refusal_is_none(open_audited):
    """The strong model's own answers are read as its checks are; a refusal is stored nowhere."""
    session = open_audited(
        maker=["**Final answer:** `Paris`.", "I'm sorry, I can't help with that."], dispatcher=["unknown"] * 3
    )
    assert session.solve("What is the capital of France?", direct=True)[0].value == "Paris"
    (answer,) = session.solve("What is its mayor's number?", direct=True)
    assert (answer.way, answer.value) == ("unknown", None)
    assert "the strong model gave no answer" in answer.reason
    assert session.cache.answers.find(["What is its mayor's number?"]) == {}


def test_a_budget_when_reached_stops_the_checking(open_audited):
    """Checks count towards the budget like any other call."""
    session = open_audited(audit_first=3, budget_usd=1e-6, prices={"scripted": {"input": 1.0, "output": 1.0}})
    events = []
    assert session.solve(QUESTIONS, on_event=events.append)[0].way == "parser"
    assert any("checking of answers stopped" in event.text for event in events if isinstance(event, Note))
    assert asked(session) == 0


@pytest.mark.parametrize("written", ["keep_audits", "audits", "mark_suspect"])
def test_a_cache_that_breaks_while_answers_are_checked_costs_no_answer(open_audited, monkeypatch, written):
    """The answers come back with a note, whichever of what checking reads or writes fails."""
    session, events = open_audited(audit_first=5), []
    if written == "mark_suspect":
        make_suspect(session)
        session.cache.tools.unmark_suspect("sort_words")
        session.settings.audit_first = 6

    def full(*_arguments):
        raise CacheError("The disk is full.")

    table = session.cache.tools if written == "mark_suspect" else session.cache.feedback
    monkeypatch.setattr(table, written, full)
    answers = session.solve(["Sort: 9 1", *QUESTIONS], on_event=events.append)
    assert answers.ways == ["parser"] * 11
    notes = [event.text for event in events if type(event) is Note]
    assert [note for note in notes if "could not be kept: The disk is full." in note]
    assert session.ledger.total.calls == asked(session)
