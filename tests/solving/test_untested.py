"""Answers that ran through a branch which no right sample has run; real workers, scripted models."""

from dataclasses import replace
from functools import partial

import pytest

from latm_magic.branches import Branches
from latm_magic.models.model import FunctionCall

SIZE = """\
def parse(question):
    if not question.startswith("Size of "):
        raise ValueError("not a size")
    return {"word": question[8:]}

def size(word: str) -> str:
    if len(word) > 9:
        return "huge"
    if word.endswith("s"):
        return "many"
    return "one"
"""
SIZED = f"```python\n{SIZE}```"
EXAMPLES = [("Size of dog", "one"), ("Size of cat", "one"), ("Size of owl", "one"), ("Size of horses", "many")]
TOOLS = {"size": (SIZE, EXAMPLES, "Say how large something is.")}
QUESTIONS = ["Size of cow", "Size of hippopotamus", "Size of cats", "Size of elephantine things"]
WHY = "untested: it went through line 8 of size, which no verified sample has run"
CALL = FunctionCall("size", '{"word": "hippo"}')


@pytest.fixture
def open_sized(open_session):
    """Return a function that opens a session with the tool, of which one branch is untested."""
    return partial(open_session, tools=TOOLS)


def test_answers_when_a_run_leaves_what_the_samples_ran_are_marked_with_the_line(open_sized):
    """An untested answer is still an answer: it is named, counted in the totals, and its reason says the line."""
    answers = open_sized().solve(QUESTIONS)
    assert answers.values == ["one", "huge", "many", "huge"]
    assert answers.untested == {1: (8,), 3: (8,)}
    assert answers.summary == "4 by parser; 2 untested; 0 USD"
    assert [answer.untested for answer in answers] == [False, True, False, True]
    assert answers[1].reason.startswith(WHY)
    assert "untested" not in answers[0].reason
    assert answers[2:].untested == {1: (8,)}
    assert list(answers.to_frame()["untested"]) == [False, True, False, True]


def test_answers_when_instances_repeat_are_marked_each(open_sized):
    """Instances that are alike share a run, and its mark."""
    assert open_sized().solve([QUESTIONS[1], QUESTIONS[0], QUESTIONS[1]]).untested == {0: (8,), 2: (8,)}


def test_answers_of_numbers_when_the_tool_is_named_are_marked(open_session):
    """The mark does not depend on the kind of the answers, nor on who chose the tool."""
    source = "def parse(question):\n    return {'n': int(question)}\ndef f(n: int) -> int:\n    return n\n"
    source = source.replace("    return n\n", "    if n > 9:\n        n = n + 1\n    return n\n")
    session = open_session(tools={"f": (source, [("1", 1), ("2", 2), ("3", 3)], "Numbers.")})
    assert session.solve(["4", "40"], tool="f").untested == {1: (5,)}
    assert session.tool("f")(40) == 41


def test_tool_when_it_is_verified_says_how_many_branches_are_tested(open_sized):
    """The card, the record and a second verification agree."""
    session = open_sized()
    assert session.tool("size").record.verification.branches == Branches((3, 2, 8, 7, 10, 9), (1, 3, 4, 5))
    assert session.verify("size").branches.tested == (1, 3, 4, 5)


def test_branches_when_you_confirm_an_answer_are_tested(open_sized):
    """What you say is right widens what is tested, for good; a correction does not."""
    session = open_sized()
    session.correct("Size of tyrannosaurus", "gigantic")
    assert session.solve(QUESTIONS[1:2]).untested == {0: (8,)}
    session.confirm(session.solve(QUESTIONS)[3])
    assert session.solve(QUESTIONS[1:2]).untested == {}
    assert session.verify("size").branches.tested == (1, 2, 3, 4, 5)


def test_answers_when_the_record_is_of_an_older_version_are_not_marked_until_verified(open_sized):
    """A cache without a probe record is read as it is; verifying fills it in."""
    session = open_sized()
    old = replace(session.tool("size").record.verification, branches=Branches())
    session.cache.tools.replace_verification("size", 1, old)
    session.close()
    session = open_sized()
    assert session.solve(QUESTIONS).untested == {}
    session.verify("size")
    assert session.solve(QUESTIONS).untested == {1: (8,), 3: (8,)}


def test_branches_when_the_maker_was_shown_two_rows_that_run_them_are_seen(open_session):
    """One row is not enough; a seen branch is marked nowhere, and is tested once you confirm it."""
    column = ["Size of caterpillar", "Size of hippopotamus", "Size of mice", "Weight of goose"]
    session = open_session(maker=[SIZED] * 2)
    session.make("size", "Say how large something is.", EXAMPLES, questions=column[1:], coverage_rounds=0)
    assert session.tool("size").record.verification.branches.seen == ()
    assert session.solve(QUESTIONS).untested == {1: (8,), 3: (8,)}
    session.make("large", "Say how large.", EXAMPLES, questions=column, coverage_rounds=0)
    branches = session.tool("large").record.verification.branches
    assert (branches.tested, branches.seen) == ((1, 3, 4, 5), (2,))
    assert session.solve(QUESTIONS, tool="large").untested == {}
    assert session.verify("large").branches == branches
    session.correct(QUESTIONS[1], "huge", tool="large")
    branches = session.tool("large").record.verification.branches
    assert (branches.tested, branches.seen) == ((1, 2, 3, 4, 5), ())


def test_rows_that_the_maker_was_shown_when_it_grows_count_for_the_next_version(open_session, tmp_path):
    """They are kept with the tool; a next version has branches of its own, and what is exported holds none of them."""
    column = ["Size of caterpillar", "Size of hippopotamus", "Weight of goose"]
    wider = SIZED.replace('not question.startswith("Size of ")', 'question[:8] not in ("Size of ", "Bulk of ")')
    session = open_session(maker=[SIZED, wider])
    session.make("size", "Say how large something is.", EXAMPLES, questions=column, coverage_rounds=0)
    session.correct("Bulk of cow", "one", tool="size")
    assert session.grow("size").version == 2
    record = session.tool("size").record
    assert record.provenance.rows_shown == tuple(column)
    assert record.verification.branches.seen == (2,)
    session.export(tmp_path / "size.ipynb")
    assert "caterpillar" not in (tmp_path / "size.ipynb").read_text(encoding="utf-8")


def test_rows_when_they_are_not_shared_make_no_branch_seen(open_session):
    """`share_questions = false` keeps the column at home: the maker has read none of it."""
    column = ["Size of caterpillar", "Size of hippopotamus"]
    session = open_session(maker=[SIZED], share_questions=False)
    session.make("size", "Say how large something is.", EXAMPLES, questions=column)
    assert session.solve(column).untested == {0: (8,), 1: (8,)}


def test_answers_when_the_policy_has_changed_are_not_marked(open_sized):
    """Branches that were counted by other rules say nothing of a run of today."""
    session = open_sized()
    old = replace(session.tool("size").record.verification, policy="0.old")
    session.cache.tools.replace_verification("size", 1, old)
    session.close()
    assert open_sized().solve(QUESTIONS).untested == {}


def test_answers_when_untested_ones_are_refused_are_unknown_with_the_reason(open_sized):
    """`refuse` leaves them without an answer; they are no questions for a new tool, and no model is asked."""
    session = open_sized(untested="refuse")
    answers = session.solve(QUESTIONS)
    assert [answer.way for answer in answers] == ["parser", "unknown", "parser", "unknown"]
    assert (answers[1].value, answers[1].untested, answers.untested) == (None, False, {})
    assert answers[1].reason.startswith(WHY)
    assert session.cache.feedback.pending() == ()
    assert not session.scripts["user"].requests
    assert [answer.way for answer in session.solve(QUESTIONS, tool="size")] == ["parser", "unknown"] * 2


def test_answers_when_untested_ones_are_asked_come_from_the_user_model(open_sized):
    """`ask` sends just those to the user model, once: what it answered is kept."""
    session = open_sized(untested="ask", user=[CALL, CALL])
    answers = session.solve(QUESTIONS)
    assert [answer.way for answer in answers] == ["parser", "user", "parser", "user"]
    assert (answers[1].value, answers[1].untested) == ("one", False)
    assert "line 8" in answers[1].reason
    assert [answer.way for answer in session.solve(QUESTIONS)] == ["parser", "cache", "parser", "cache"]
    assert len(session.scripts["user"].requests) == 2


def test_answers_of_a_user_model_when_the_run_is_untested_are_marked_or_refused(open_sized):
    """The function's own branches count, whoever supplied the arguments."""
    call = FunctionCall("size", '{"word": "rhinoceros"}')
    asking = open_sized(user=[call])
    assert asking.solve("How large is a rhinoceros?", tool="size").untested == {0: (8,)}
    again = asking.solve("How large is a rhinoceros?", tool="size")
    assert (again.ways, again.untested) == (["cache"], {0: (8,)})
    asking.confirm(again[0])
    assert asking.solve("How large is a rhinoceros?", tool="size").untested == {}
    session = open_sized("other", untested="refuse", user=[call])
    answer = session.solve("How large is a rhinoceros?", tool="size")[0]
    assert (answer.way, answer.value) == ("unknown", None)
    assert answer.reason.startswith(WHY)
    assert session.cache.answers.find(["How large is a rhinoceros?"]) == {}


def test_audits_when_answers_are_untested_take_them_first(open_sized):
    """The first answers that are checked are those that may be wrong most likely."""
    session = open_sized(audit_first=2, maker=lambda _request: "Answer: huge")
    session.solve([*QUESTIONS, "Size of bee"])
    assert {audit.question for audit in session.cache.feedback.audits("size")} == {QUESTIONS[1], QUESTIONS[3]}


def test_answers_when_several_parsers_agree_take_the_one_that_is_tested(open_session):
    """Where two tools give the same text, the one that stands on tested branches alone speaks for both."""
    other = SIZE.replace("size(", "girth(")
    tools = {**TOOLS, "girth": (other, [*EXAMPLES[1:], ("Size of rhinoceroses", "huge")], "Girth.")}
    session = open_session(tools=tools)
    answer = session.solve(QUESTIONS[1])[0]
    assert (answer.value, answer.untested) == ("huge", answer.tool != "girth")
