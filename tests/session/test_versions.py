"""Looking after tools from Python: versions, corrections, confirmations, pending questions; with real workers."""

import pytest

from latm_magic.errors import LatmError, MakingFailed, ModelError, TaskError, ToolNotFound
from latm_magic.events import Note
from latm_magic.models.model import FunctionCall
from latm_magic.session import Session
from latm_magic.testing import ScriptedModel

SORT = """\
def parse(question):
    if not question.startswith("Sort: "):
        raise ValueError("not a list to sort")
    return {"words": question[6:].split()}


def sort_words(words: list[str]) -> list[str]:
    return sorted(words)


def format_answer(result, question):
    return " ".join(result)
"""
NO_CASE = SORT.replace("sorted(words)", "sorted(words, key=str.lower)")
EXAMPLES = [(f"Sort: {words}", " ".join(sorted(words.split()))) for words in ("b a", "d c", "f e")]
COUNT = """\
def parse(question):
    head, found, words = question.partition(" how many: ")
    if not found:
        raise ValueError("nothing to count")
    return {"words": words.split()}


def count_words(words: list[str]) -> int:
    return len(words)
"""
COUNTS = [f"Please tell me how many: {'x ' * number}y" for number in range(1, 8)]


@pytest.fixture
def open_session(tmp_path):
    """Give a function that opens a session with a sorting tool, whose models play scripts."""
    opened = []

    def open_one(maker=(), user=(), dispatcher=(), **settings):
        models = {"maker": ScriptedModel(maker), "user": ScriptedModel(user), "dispatcher": ScriptedModel(dispatcher)}
        session = Session(tmp_path, **models, concurrency=1, **settings)
        session.scripts = models
        opened.append(session)
        if "sort_words" not in session.cache.tools.names():
            session.add("sort_words", SORT, EXAMPLES, description="Sort the words.")
        return session

    yield open_one
    for session in opened:
        session.close()


@pytest.fixture
def session(open_session):
    """Give a session with a sorting tool whose models must not be asked."""
    return open_session()


# Versions


@pytest.fixture
def two_versions(session):
    """Give a session whose tool has two versions."""
    session.add("sort_words", NO_CASE, [*EXAMPLES, ("Sort: a B", "a B")], description="Sort the words.")
    return session


def test_versions_when_listed_are_tools_oldest_first(two_versions):
    """Each version can be looked at, and called."""
    one, two = two_versions.versions("sort_words")
    assert (one.version, two.version) == (1, 2)
    assert (one(["a", "B"]), two(["a", "B"])) == (["B", "a"], ["a", "B"])


def test_a_difference_when_shown_has_source_and_samples(two_versions):
    """A unified diff of the sources, and the samples that only one has."""
    lines = two_versions.diff("sort_words").splitlines()
    assert lines[:2] == ["--- sort_words, version 1", "+++ sort_words, version 2"]
    assert "-    return sorted(words)" in lines
    assert "+    return sorted(words, key=str.lower)" in lines
    assert lines[-3:] == [
        "--- samples of sort_words, version 1",
        "+++ samples of sort_words, version 2",
        '+right: "Sort: a B" => "a B"',
    ]


def test_a_difference_when_versions_are_named_goes_either_way(two_versions):
    """Any two versions can be compared; the same one with itself differs in nothing."""
    assert '-right: "Sort: a B" => "a B"' in two_versions.diff("sort_words", 2, 1)
    assert two_versions.diff("sort_words", 1) == two_versions.diff("sort_words", 1, 2)
    assert two_versions.diff("sort_words", 2, 2) == ""
    two_versions.rollback("sort_words", 1)
    assert two_versions.diff("sort_words") == two_versions.diff("sort_words", 2, 1)


def test_a_tool_when_rolled_back_answers_as_it_did(two_versions):
    """Going back changes the current version alone; the newer one stays and can be gone to again."""
    assert two_versions.solve("Sort: c D")[0].text == "c D"
    tool = two_versions.rollback("sort_words", 1)
    assert (tool.version, two_versions.tool("sort_words").version) == (1, 1)
    assert [(a.text, a.version) for a in two_versions.solve(["Sort: c D"])] == [("D c", 1)]
    assert two_versions.rollback("sort_words", 2).version == 2
    assert two_versions.solve("Sort: c D")[0].text == "c D"


@pytest.mark.parametrize(
    ("act", "error", "says"),
    [
        (lambda s: s.rollback("sort_words", 7), ToolNotFound, "No version 7 of tool 'sort_words' .* it has 1, 2"),
        (lambda s: s.rollback("sort_words", 0), ToolNotFound, "No version 0"),
        (lambda s: s.rollback("sort_words", "1"), TaskError, "'1' is not a version of 'sort_words'"),
        (lambda s: s.rollback("sort_word", 1), ToolNotFound, "Did you mean 'sort_words'"),
        (lambda s: s.versions("nothing"), ToolNotFound, "nothing"),
        (lambda s: s.diff("nothing"), ToolNotFound, "nothing"),
        (lambda s: s.diff("sort_words", 1, 9), ToolNotFound, "No version 9"),
        (lambda s: s.grow("nothing"), ToolNotFound, "nothing"),
        (lambda s: s.grow("sort_words"), TaskError, "Nothing to grow 'sort_words' from"),
        (lambda s: s.correct("Sort: a", None), TaskError, "No answer is given"),
        (lambda s: s.correct("Sort: a", "  "), TaskError, "No answer is given"),
        (lambda s: s.correct("Sort: a", float("nan")), TaskError, "No answer is given"),
        (lambda s: s.correct("Sort: a", ["a"]), TaskError, "The answer is a list"),
        (lambda s: s.correct("  ", "a"), TaskError, "The question is empty"),
        (lambda s: s.correct(3, "a"), TaskError, "The question is a int, not text"),
        (lambda s: s.correct("Sort: a", "a", tool="sort_word"), ToolNotFound, "Did you mean 'sort_words'"),
        (lambda s: s.confirm(), TaskError, "Nothing to confirm"),
        (lambda s: s.confirm("What?"), TaskError, "No answer to 'What[?]' is known"),
        (lambda s: s.confirm("What?", tool="sort_words"), TaskError, "No answer to 'What[?]' is known"),
        (lambda s: s.confirm(tool="sort_words"), TaskError, "No example of 'sort_words' waits"),
        (lambda s: s.make_from_pending("x", 1, "Count."), TaskError, "No question is pending"),
        (lambda s: s.make_from_pending("2x", 1, "Count."), TaskError, "cannot name a function"),
        (lambda s: s.make_from_pending("sort_words", 1, "Count."), TaskError, "%latm use sort_words"),
    ],
)
def test_bad_input_when_given_is_one_clear_line(two_versions, act, error, says):
    """What cannot be done says so in one line, and no model is asked."""
    with pytest.raises(error, match=says) as caught:
        act(two_versions)
    assert isinstance(caught.value, LatmError)
    assert "\n" not in str(caught.value)
    assert two_versions.ledger.entries() == ()


def test_a_tool_when_it_has_one_version_has_no_difference(session):
    """There is nothing to compare, unless you name a version."""
    with pytest.raises(TaskError, match="one version only"):
        session.diff("sort_words")
    assert session.diff("sort_words", 1) == ""


# Corrections


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
    session = open_session(user=[call], dispatcher=["sort_words"])
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


def test_a_shared_tool_when_corrected_has_to_be_loaded_first(session, tmp_path):
    """What a tool learns is kept in your own cache, so the tool has to be there."""
    (tmp_path / "other" / "latm_tools").mkdir(parents=True)
    (tmp_path / "other" / "pyproject.toml").touch()
    session.export(tmp_path / "other" / "latm_tools" / "team.ipynb")
    with Session(tmp_path / "other", maker=ScriptedModel([])) as other:
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
    session = open_session(maker=["Answer: 8"], dispatcher=["unknown", "unknown"])
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
    session = open_session(user=calls, dispatcher=["sort_words"] * 3 + ["unknown"] * 3)
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
    session = open_session(user=[FunctionCall("sort_words", '{"words": ["rye", "corn"]}')])
    for one, two in (("fig", "kiwi"), ("nut", "pear"), ("bean", "oat")):
        question = f"Please put {two} and {one} into alphabetical order for me"
        session.correct(question, f"{one} {two}", tool="sort_words")
    (answer,) = session.solve("Please put rye and corn into alphabetical order for me")
    assert (answer.way, answer.tool, session.scripts["dispatcher"].requests) == ("user", "sort_words", [])


# Pending


def leave_pending(session, questions):
    """Have questions stay unknown."""
    session.scripts["dispatcher"]._lines += ["unknown"] * len(questions)
    assert {answer.way for answer in session.solve(questions)} == {"unknown"}


def test_unknown_questions_when_kept_are_grouped_by_likeness(session):
    """Groups have a number, their questions in order, and a line that says what they share."""
    capitals = [f"What is the capital of {country}, a country in Europe?" for country in ("France", "Spain", "Italy")]
    mixed = [question for pair in zip(COUNTS, [*capitals, "Who wrote it?"], strict=False) for question in pair]
    leave_pending(session, mixed)
    one, two, loose = session.pending()
    assert (one.number, one.questions) == (1, tuple(COUNTS[:4]))
    assert one.line.startswith("Please tell me how many:")
    assert (two.number, two.questions, two.line) == (
        2,
        tuple(capitals),
        "What is the capital of … a country in Europe?",
    )
    assert (loose.number, loose.questions) == (0, ("Who wrote it?",))


def test_unknown_questions_when_there_are_no_tools_are_kept_too(tmp_path):
    """A first tool can be made of what was asked before there was any; three alike are worth a note."""
    events = []
    with Session(tmp_path, maker=ScriptedModel([])) as session:
        assert {answer.way for answer in session.solve(COUNTS, on_event=events.append)} == {"unknown"}
        assert session.pending()[0].questions == tuple(COUNTS)
    assert [event.text for event in events if isinstance(event, Note)] == [
        "7 questions have no tool: %latm pending groups them."
    ]


def test_a_new_tool_when_it_hangs_on_pending_questions_keeps_nobody_waiting(open_session):
    """One question out of time ends the looking through what is pending."""
    slow = COUNT.replace("return len(words)", 'while "forever" in words:\n        pass\n    return len(words)')
    session = open_session(timeout_s=0.3)
    waiting = ["Say how many: forever", *(f"Say how many: {'x ' * number}z" for number in range(50))]
    leave_pending(session, waiting)
    session.add("count_words", slow, [(question, number + 2) for number, question in enumerate(COUNTS)])
    assert session.cache.feedback.pending() == (waiting[0], waiting[-1])


def test_a_tool_when_made_from_a_group_drops_what_it_solves(open_session):
    """Your answers are its examples; questions that the new tool answers are pending no more."""
    session = open_session(maker=[f"```python\n{COUNT}```"])
    leave_pending(session, [*COUNTS, "Who wrote it?"])
    tool = session.make_from_pending("count_words", 1, "Count the words.", [2, 3, 4, None, 6])
    assert [(s.question, s.answer) for s in tool.record.samples] == [
        (COUNTS[0], "2"),
        (COUNTS[1], "3"),
        (COUNTS[2], "4"),
        (COUNTS[4], "6"),
    ]
    assert tool.description == "Count the words."
    assert session.cache.feedback.pending() == ("Who wrote it?",)
    assert [(a.way, a.value) for a in session.solve(COUNTS[3])] == [("parser", 5)]


@pytest.mark.parametrize(
    "answers",
    [
        {COUNTS[0]: 2, COUNTS[1]: 3, COUNTS[2]: 4},
        [(COUNTS[2], 4), (COUNTS[0], 2), (COUNTS[1], 3)],
        ["2", "3", "4"],
    ],
)
def test_answers_when_given_in_any_form_are_read(open_session, answers):
    """A mapping, pairs, or a list in the group's order."""
    session = open_session(maker=[f"```python\n{COUNT}```"])
    leave_pending(session, COUNTS)
    tool = session.make_from_pending("count_words", 1, "Count the words.", answers)
    assert {s.question: s.answer for s in tool.record.samples} == {COUNTS[0]: "2", COUNTS[1]: "3", COUNTS[2]: "4"}


def test_answers_that_you_gave_before_count_when_a_tool_is_made(open_session):
    """What you said with `correct` is not asked for again."""
    session = open_session(maker=[f"```python\n{COUNT}```"])
    leave_pending(session, COUNTS)
    session.correct(COUNTS[0], 2)
    session.correct(COUNTS[1], 3)
    tool = session.make_from_pending("count_words", 1, "Count the words.", {COUNTS[5]: 7})
    assert (len(tool.record.samples), tool.record.kind) == (3, "int")


def test_a_tool_when_the_strong_model_gave_examples_says_so_until_you_confirm(open_session):
    """What a model answered is told before, marked in the description, listed, and confirmed by you."""
    answers = [f"Answer: {number}" for number in range(3, 9)]
    session = open_session(
        maker=[*answers, f"```python\n{COUNT}```"], prices={"scripted": {"input": 1.0, "output": 1.0}}
    )
    leave_pending(session, COUNTS)
    events = []
    tool = session.make_from_pending("count_words", 1, "Count.", [2], direct=True, on_event=events.append)
    notes = [event.text for event in events if isinstance(event, Note)]
    assert notes[0].startswith("scripted answers 6 of the examples: about 0.0")
    assert "A model answered 6 examples of count_words" in notes[-1]
    assert "(6 of its 7 examples were answered by scripted, not by a person.)" in tool.description
    assert (tool.record.kind, session.solve(COUNTS[1])[0].value) == ("int", 3)
    assert [answer.question for answer in session.unconfirmed("count_words")] == COUNTS[1:]
    assert len(session.confirm(tool="count_words")) == 6
    assert session.unconfirmed("count_words") == ()
    calls = {total.role: total.calls for total in session.ledger.totals(("role",))}
    assert (calls["direct"], calls["maker"]) == (6, 1)


def test_direct_answers_when_kept_are_not_paid_for_twice(open_session):
    """What the strong model answered before, also where making failed, is used again."""
    answers = [f"Answer: {number}" for number in range(2, 9)]
    session = open_session(maker=[*answers, "no code", f"```python\n{COUNT}```"], max_attempts=1)
    leave_pending(session, COUNTS)
    with pytest.raises(MakingFailed):
        session.make_from_pending("count_words", 1, "Count.", direct=True)
    assert session.cache.feedback.pending() == tuple(COUNTS)
    assert session.make_from_pending("count_words", 1, "Count.", direct=True).version == 1
    assert len(session.scripts["maker"].requests) == 9


def test_a_fault_of_the_strong_model_when_answering_keeps_what_came(open_session):
    """Answers that were paid for stay, and the fault is raised."""
    fault = ModelError("The key was refused.", kind="key")
    session = open_session(maker=["Answer: 2", fault, *["Answer: 4"] * 5])
    leave_pending(session, COUNTS)
    with pytest.raises(ModelError, match="key was refused"):
        session.make_from_pending("count_words", 1, "Count.", direct=True)
    assert len(session.cache.answers.find(COUNTS)) == 6
    assert session.cache.tools.names() == ("sort_words",)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"group": 7}, "No pending group 7: there are 1, 0"),
        ({"group": "x"}, "No pending group 'x'"),
        ({"group": 1}, "No answers for group 1"),
        ({"group": 1, "answers": [2]}, "One example"),
        ({"group": 1, "answers": 3}, "Answers cannot be read from a int"),
        ({"group": 1, "answers": "two"}, "Answers cannot be read from a str"),
        ({"group": 1, "answers": [1] * 9}, "9 answers for the 7 questions of group 1"),
        ({"group": 1, "answers": [2, 3, [4]]}, "is a list"),
        ({"group": 1, "answers": [2, 3, 4], "description": " "}, "No description"),
        ({"group": 0, "direct": True}, "Group 0 has 1 question: a tool needs three at least"),
    ],
)
def test_a_group_when_it_cannot_become_a_tool_says_why(session, options, says):
    """One clear line; no model is asked for examples, and everything stays pending."""
    leave_pending(session, [*COUNTS, "Who wrote it?"])
    with pytest.raises(TaskError, match=says) as caught:
        session.make_from_pending("count_words", **{"description": "Count.", **options})
    assert "\n" not in str(caught.value)
    assert session.scripts["maker"].requests == []
    assert len(session.cache.feedback.pending()) == 8


def test_a_pending_question_when_a_model_finds_its_tool_is_pending_no_more(open_session):
    """What is solved later, by whatever way, leaves the list."""
    session = open_session(user=[FunctionCall("sort_words", '{"words": ["b", "a"]}')])
    leave_pending(session, ["b and a, please"])
    session.scripts["dispatcher"]._lines += ["sort_words"]
    assert session.solve("b and a, please")[0].text == "a b"
    assert session.cache.feedback.pending() == ()
