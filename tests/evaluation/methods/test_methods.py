"""Each method on a task of sorting: what it asks, what it makes of the replies, and what it counts."""

import pytest
from cells import MODULE, fenced

from latm_magic.errors import LatmError
from latm_magic.evaluation.methods.registry import METHODS, check_methods
from latm_magic.evaluation.scores import scores
from latm_magic.models.model import FunctionCall

STRICT = MODULE.replace("if not found", 'if not found or "pear2" in question.replace("pear2 ", "")')
"""Refuses every question with pear20 to pear29."""
FUNCTION = "def sort_words(words):\n    return sorted(words)\n"


def snippet(question):
    """Return the snippet that answers a question with the function."""
    return f"```python\nret = sort_words({question.removeprefix('Sort. List: ').split()!r})\nans = ' '.join(ret)\n```"


def page(pairs):
    """Return the page that the maker writes for the light model."""
    cases = "\n\n".join(f"Question: {question}\nSolution:\n{snippet(question)}" for question, _ in pairs)
    return f"{fenced(FUNCTION)}\n\nUse cases:\n\n{cases}"


def asked(request):
    """Return the question that a request ends in."""
    text = request.messages[-1].content
    return text[text.rindex("Sort. List: ") :].partition("\n")[0]


def one(finished):
    """Return the score of a run of one method on one task."""
    (score,) = scores(finished.run)
    return score


def test_every_method_is_named_and_others_are_not():
    """An unknown one is one line with a hint; so is one that is named twice."""
    check_methods(list(METHODS))
    with pytest.raises(LatmError, match="No method 'compile'. Did you mean 'compiled'?"):
        check_methods(["compile"])
    with pytest.raises(LatmError, match="named twice"):
        check_methods(["proxy", "proxy"])


def test_asking_directly_shows_three_examples_and_reads_the_answer(open_session, measure):
    """The strong model and the light one are asked alike; a reply without an answer is none."""
    session = open_session(maker=lambda _: "Thinking.\nAnswer: apple6 fig pear6", user=lambda _: "I cannot say.")
    strong, light = measure(session, "direct", limit=2), measure(session, "direct-light", limit=2, to="light.jsonl")
    rows = list(strong.run.rows.values())
    assert [(row.got, row.right, row.way) for row in rows] == [
        ("apple6 fig pear6", True, "direct"),
        ("apple6 fig pear6", False, "direct"),
    ]
    assert rows[0].tokens > rows[0].direct_tokens - 20  # the estimate is of this very request
    assert {(row.got, row.answered, row.way) for row in light.run.rows.values()} == {(None, False, "no answer")}
    request = session.scripts["maker"].requests[0].messages[0].content
    assert request.count("Solved example:") == 3
    assert "pear7" not in request


def test_what_a_parser_refuses_goes_to_the_user_model_where_there_is_one(open_session, measure):
    """Without one it is left, and counts as not answered."""

    def call(request):
        words = asked(request).removeprefix("Sort. List: ").split()
        return FunctionCall("sort_words", f'{{"words": {words!r}}}'.replace("'", '"'))

    session = open_session(
        maker=[fenced(MODULE.replace("if not found", 'if not found or "pear7" in question'))], user=call
    )
    finished = measure(session, "compiled", limit=3, asks_user=True)
    ways = [(row.way, row.right, row.tokens > 0) for row in finished.run.rows.values()]
    assert ways == [("parser", True, False), ("user", True, True), ("parser", True, False)]


def test_the_column_takes_part(open_session, measure):
    """Every other unseen question is shown without its answer, and marked so; what is refused comes in a round."""
    session = open_session(maker=[fenced(STRICT), fenced(MODULE)], user=None, dispatcher=None)
    finished = measure(session, "compiled+column")
    rows = list(finished.run.rows.values())
    assert [row.in_column for row in rows] == [True, False] * 12
    assert one(finished).coverage == 1.0
    first, second = (request.messages[-1].content for request in session.scripts["maker"].requests)
    assert "pear6 fig apple6" in first
    assert "apple6 fig pear6" not in first
    assert "pear7 " not in first
    assert "pear20" in second


def test_growing_learns_between_groups(open_session, measure):
    """The group after the refusals is answered by the next version, and growing has its line with its tokens."""
    session = open_session(maker=[fenced(STRICT), fenced(MODULE)], user=None, dispatcher=None)
    finished = measure(session, "compiled+grow")
    assert [line.outcome for line in finished.run.made] == ["tool", "nothing to learn", "grown"]
    assert finished.run.made[2].tokens > 100
    rows = list(finished.run.rows.values())
    assert [row.answered for row in rows] == [True] * 14 + [False] * 6 + [True] * 4
    assert [row.version for row in rows[-4:]] == [2] * 4


def test_a_making_that_fails_is_a_result(open_session, measure):
    """A draft is used and named so; without any module there is no tool, and why is on record."""
    wrong = MODULE.replace("sorted(words)", 'sorted(words) if "pear5" not in words else words')
    session = open_session(maker=lambda _: fenced(wrong), user=None, dispatcher=None)
    draft = one(measure(session, "compiled", limit=4))
    assert (draft.outcomes, draft.answered, draft.right, draft.made) == (("draft",), 4, 4, 0)
    session = open_session(maker=lambda _: "I would rather not.", user=None, dispatcher=None)
    finished = measure(session, "compiled", limit=4, to="none.jsonl")
    none = one(finished)
    assert (none.outcomes, none.answered, none.count) == (("none",), 0, 4)
    assert finished.run.made[0].reason
    assert none.making_tokens > 0


def test_the_papers_way_takes_three_calls_and_a_call_for_every_instance(open_session, measure):
    """A test that fails goes back with what it gave; the light model writes a snippet for each question."""
    from cells import examples

    pairs = examples(30)
    tests = "\n".join(snippet(question) for question, _ in pairs[3:6])
    maker = [fenced(FUNCTION), tests.replace("' '.join(ret)", "''.join(ret)"), tests, page(pairs[:6])]
    session = open_session(maker=maker, user=lambda request: snippet(asked(request)))
    finished = measure(session, "latm", limit=5)
    score = one(finished)
    assert (score.outcomes, score.attempts, score.right) == (("tool",), 4, 5)
    assert {row.way for row in finished.run.rows.values()} == {"user"}
    assert score.tokens > 5 * 100
    asked_again = session.scripts["maker"].requests[2].messages[-1].content
    assert "the test of question 1 gives 'apple3figpear3', and 'apple3 fig pear3' is right" in asked_again
    assert "def sort_words" in session.scripts["user"].requests[0].messages[0].content
    assert "Use cases" not in session.scripts["user"].requests[0].messages[0].content


def test_the_native_loop_calls_the_tool_as_the_model_sees_fit(open_session, measure):
    """One instance by a call whose result goes back, one by the model alone; both calls of the first are counted."""
    call = FunctionCall("sort_words", '{"words": ["pear6", "fig", "apple6"]}', "c1")
    session = open_session(maker=[fenced(MODULE), call, "Answer: apple6 fig pear6", "Answer: apple7 fig pear7"])
    finished = measure(session, "ask", limit=2)
    first, second = finished.run.rows.values()
    assert (first.right, second.right, first.way, second.way) == (True, True, "ask", "ask")
    assert first.tokens > second.tokens > second.direct_tokens / 2
    assert [message.role for message in session.scripts["maker"].requests[2].messages][-1] == "tool"


@pytest.mark.parametrize("reply", ["no code here", fenced("import os\nos.remove('x')\n"), fenced("def f(:\n")])
def test_the_papers_way_ends_after_its_tries(open_session, measure, reply):
    """Nothing that the sandbox refuses is run, and after four tries there is no tool."""
    session = open_session(maker=lambda _: reply, user=None, dispatcher=None)
    finished = measure(session, "latm", limit=3)
    assert len(session.scripts["maker"].requests) == 4
    assert (one(finished).outcomes, one(finished).answered) == (("none",), 0)
    assert finished.run.made[0].reason


def test_the_classifier_abstains_where_it_is_not_sure(open_session, measure, tmp_path):
    """It gives an answer that is among the labels, and none where two are about as likely; it asks no model."""
    pytest.importorskip("sklearn")
    rows = [("the cat sat", "cat"), ("a dog barked", "dog"), ("my cat slept", "cat"), ("the dog ran", "dog")]
    unseen = [("one cat here", "cat"), ("that dog there", "dog"), ("zzz", "cat")]
    path = tmp_path / "animals.csv"
    path.write_text("question,answer\n" + "".join(f"{q},{a}\n" for q, a in rows + unseen))
    session = open_session(maker=None, user=None, dispatcher=None)
    finished = measure(session, "proxy", path=path, labels=4)
    assert [(row.got, row.way) for row in finished.run.rows.values()] == [
        ("cat", "classifier"),
        ("dog", "classifier"),
        (None, "not sure"),
    ]
    assert one(finished).making_tokens == 0
