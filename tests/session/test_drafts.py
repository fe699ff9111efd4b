"""Drafts: what a failed making leaves, how it is used, and how it becomes a tool."""

import pytest
from sorting_replies import EXAMPLES, GOOD, HELD_OUT, WRONG

from latm_magic.errors import MakingFailed, ModelError, TaskError, ToolNotFound
from latm_magic.events import Note
from latm_magic.jupyter.display.answers import answers_view
from latm_magic.session import Session

SAMPLES = [*EXAMPLES, ("Sort: n m", "n m"), *HELD_OUT[1:]]
"""One label is wrong."""
OTHER = GOOD.replace('"""Sort words."""', '"""Sort some words."""')
TASK = ("sort_words", "Sort the words.", SAMPLES)


@pytest.fixture
def failed(open_session):
    """Return a session in which a making has failed against a wrong label, and its error."""
    session = open_session(maker=[GOOD, OTHER, WRONG], max_attempts=3)
    with pytest.raises(MakingFailed) as caught:
        session.make(*TASK)
    return session, caught.value


def test_a_making_when_it_fails_leaves_its_best_proposal_as_a_draft(failed):
    """The draft is the best one, with what it does wrong, and with where proposals agree against a label."""
    session, fault = failed
    (draft,) = session.drafts()
    assert draft == fault.draft == session.draft("sort_words")
    assert [(s.question, s.wanted, s.got) for s in draft.failures] == [("Sort: n m", "n m", "m n")]
    (agreed,) = [each for each in draft.agreed if each.question == "Sort: n m"]
    assert (agreed.got, agreed.proposals) == ("m n", 2)
    assert "2 of 3 proposals answer 'Sort: n m' with 'm n': is your 'n m' right?" in str(fault)
    assert [each.question for each in draft.agreed] == ["Sort: n m"], "others that two get wrong, the draft gets right"
    assert str(fault).count("\n") == 1


def test_a_draft_when_used_by_name_marks_its_answers_and_is_never_chosen(failed):
    """Only a name leads to it."""
    session, _ = failed
    assert session.tools() == ()
    answers = session.solve(["Sort: b a", "Sort: d c"], tool="sort_words")
    assert answers.texts == ["a b", "c d"]
    assert all(answer.by_draft and answer.reason.startswith("draft: ") for answer in answers)
    assert "sort_words (draft)" in answers_view(answers).text
    assert session.tool("sort_words")(words=["b", "a"]) == ["a", "b"]
    session.scripts["user"]._lines += ["CANNOT"]
    assert session.solve("Count: b a", tool="sort_words")[0].text is None
    session.scripts["dispatcher"]._lines += ["unknown"]
    assert session.solve("Sort: b a")[0].tool is None
    with pytest.raises(ToolNotFound):
        session.tool("sort_words", 1)


def test_a_draft_when_kept_is_a_tool_and_stays_one(failed):
    """Its failing sample is on record; verifying it again is content with what you accepted."""
    session, _ = failed
    tool = session.keep("sort_words")
    assert (tool.version, tool.verification.excused, tool.verification.passed) == (1, ("Sort: n m",), True)
    assert session.drafts() == ()
    assert session.verify("sort_words").passed
    (answer,) = session.solve("Sort: b a")
    assert (answer.tool, answer.text, answer.reason.startswith("draft")) == ("sort_words", "a b", False)
    with pytest.raises(TaskError, match="No draft named 'sort_words'"):
        session.keep("sort_words")


def test_a_label_when_corrected_admits_a_draft_without_a_call(failed):
    """The same cell with the right label takes the draft that passes it now."""
    session, _ = failed
    asked = len(session.scripts["maker"].requests)
    tool = session.make("sort_words", "Sort the words.", [*EXAMPLES, *HELD_OUT])
    assert (tool.version, tool.verification.right) == (1, 8)
    assert len(session.scripts["maker"].requests) == asked
    assert session.drafts() == ()


def test_a_proposal_when_it_refuses_everything_is_no_better_draft(open_session):
    """Few faults count among proposals that answer; the one that only refuses is not the best."""
    nothing = GOOD.replace('head != "Sort"', 'head != "never"')
    session = open_session(maker=[GOOD, nothing], max_attempts=2)
    assert session.make(*TASK, keep_draft=True).verification.right == 7


def test_a_draft_when_asked_for_is_returned_in_place_of_the_error(open_session):
    """keep_draft=True; where nothing was right there is no draft, and the error is raised all the same."""
    session = open_session(maker=[GOOD, GOOD, WRONG.replace("list(words)", "['?']")], max_attempts=2)
    assert session.make(*TASK, keep_draft=True).record.is_draft
    session = open_session("other", maker=["no"], max_attempts=1)
    with pytest.raises(MakingFailed) as caught:
        session.make(*TASK, keep_draft=True)
    assert caught.value.draft is None


def test_a_maker_when_it_says_that_no_rules_can_do_it_ends_the_making(open_session):
    """One call; the reason and the other way are in the error."""
    session = open_session(maker=["NOT BY RULES: moods have to be felt."])
    with pytest.raises(MakingFailed, match=r"moods have to be felt.*\n.*--direct.*2 questions") as caught:
        session.make(*TASK, questions=["Sort: b a", "Sort: d c"])
    assert (len(caught.value.attempts), caught.value.attempts[0].outcome) == (1, "not by rules")


def test_a_model_when_it_fails_before_anything_passed_leaves_the_draft_so_far(open_session):
    """What was paid for is not lost with the key, the credit or the line."""
    session = open_session(maker=[GOOD, ModelError("No credit.", kind="credit")])
    with pytest.raises(ModelError, match="No credit") as caught:
        session.make(*TASK)
    assert len(caught.value.attempts) == 1
    assert session.draft("sort_words").tool.verification.right == 7


def test_a_draft_when_dropped_is_gone(failed):
    """By the same call as a tool, and a second time it is not found."""
    session, _ = failed
    session.drop("sort_words")
    assert session.drafts() == ()
    with pytest.raises(ToolNotFound):
        session.drop("sort_words")


def test_drafts_of_two_makings_stand_side_by_side(open_session):
    """Neither replaces the other in silence; a name means the newest, a number the one that it says."""
    session = open_session(maker=[GOOD, WRONG, GOOD], max_attempts=1)
    events = []
    for _ in range(3):
        session.make(*TASK, keep_draft=True, replace=True, on_event=events.append)
    assert [draft.tool.verification.right for draft in session.drafts()] == [2, 7]
    (first, second) = [event.text for event in events if isinstance(event, Note)]
    assert first == second
    assert "this draft is number 2, and those of earlier makings stay: %latm drafts lists them" in first
    assert session.draft("sort_words") == session.draft("sort_words", 2) == session.drafts()[1]
    assert session.solve("Sort: b a", tool="sort_words")[0].text == "a b"
    with pytest.raises(TaskError, match="No draft of 'sort_words' has the number 3: there is 1 to 2"):
        session.keep("sort_words", 3)
    assert session.keep("sort_words", 1).verification.right == 2
    assert [draft.tool.verification.right for draft in session.drafts()] == [7]


def test_drafts_when_a_tool_passes_are_dropped_and_that_is_told(open_session):
    """An older draft that passes corrected labels is admitted; the other one is not lost in silence."""
    session = open_session(maker=[GOOD, WRONG], max_attempts=1)
    for _ in range(2):
        session.make(*TASK, keep_draft=True)
    events = []
    tool = session.make("sort_words", "Sort the words.", [*EXAMPLES, *HELD_OUT], on_event=events.append)
    assert (tool.version, tool.verification.right, session.drafts()) == (1, 8, ())
    assert "2 drafts of earlier makings are dropped, since a tool passes" in str(events)


def test_a_making_when_its_maker_repeats_itself_ends_and_says_so(open_session):
    """The same module again counts as a second voice against the label; the same words without one end it too."""
    session = open_session(maker=[GOOD, GOOD, OTHER], max_attempts=4)
    with pytest.raises(MakingFailed, match="after 2 proposals: .* and the maker repeats itself") as caught:
        session.make(*TASK)
    assert "All 2 proposals answer 'Sort: n m' with 'm n': is your 'n m' right?" in str(caught.value)
    session.scripts["maker"]._lines[:] = ["I cannot.", "I cannot.", GOOD]
    with pytest.raises(MakingFailed, match="after 2 proposals: .* repeats itself"):
        session.make("other", "Sort the words.", SAMPLES)


def test_a_failure_when_kept_can_be_seen_again_until_a_making_succeeds(failed):
    """Also by another session, after a restart; with every attempt."""
    session, fault = failed
    with Session(session.project.folder, cache_dir=session.settings.cache_dir) as later:
        kept = later.why("sort_words")
        assert (kept.message, kept.attempts, kept.draft) == (str(fault), fault.attempts, fault.draft)
        with pytest.raises(TaskError, match="No making of 'sort_word' failed .* Did you mean 'sort_words'"):
            later.why("sort_word")
    session.scripts["maker"]._lines[:] = [GOOD]
    session.make("sort_words", "Sort the words.", [*EXAMPLES, *HELD_OUT[1:]])
    with pytest.raises(TaskError, match="No making of 'sort_words' failed"):
        session.why("sort_words")
