"""What makes a proposal pass: demonstrations, held-out samples, time, and calls of the user model."""

import pytest
from sorting_replies import EXAMPLES, GOOD, HANGS, HELD_OUT, STRICT

from latm_magic.errors import MakingFailed
from latm_magic.models.model import FunctionCall


def test_a_proposal_when_slow_is_out_of_time_and_not_wrong(open_session):
    """A run past the deadline is told as such."""
    session = open_session(maker=[HANGS, GOOD], timeout_s=0.2)
    session.make("sort_words", "Sort the words.", EXAMPLES[:3])
    assert "took too long" in session.scripts["maker"].requests[1].messages[-1].content


def test_held_out_samples_when_refused_are_coverage(open_session):
    """A refusal of a held-out sample lowers coverage and fails nothing."""
    session = open_session(maker=[STRICT])
    verification = session.make("sort_words", "Sort the words.", EXAMPLES + HELD_OUT).verification
    assert verification.count("refused") == 1
    assert verification.coverage == 7 / 8


def test_held_out_samples_when_wrong_fail_the_tool_unless_allowed(open_session):
    """A wrong held-out answer fails the tool and is shown then; `min_accuracy` allows it."""
    bad = [("Sort: n m", "n m")]
    session = open_session(maker=[GOOD] * 3, max_attempts=2)
    right = [("Sort: l k", "k l"), ("Sort: 3 2 1", "1 2 3")]
    with pytest.raises(MakingFailed):
        session.make("sort_words", "Sort the words.", EXAMPLES + bad)
    feedback = session.scripts["maker"].requests[1].messages[-1].content
    assert "Sort: n m\n\nWanted:\nn m\n\nGot:\nm n" in feedback
    tool = session.make("sort_words", "Sort the words.", EXAMPLES + bad + right, min_accuracy=0.5)
    assert [sample.question for sample in tool.verification.failures] == ["Sort: n m"]


NO_PARSER = '''```python
def sort_words(words: list[str]) -> str:
    """Sort words; words: the words, in the order of the text."""
    return " ".join(sorted(words))
```'''


def test_a_tool_when_it_has_no_parser_is_verified_through_the_user_model(open_session):
    """The user model supplies the arguments, and its cost counts."""
    calls = [
        FunctionCall("sort_words", '{"words": %s}' % str(q.removeprefix("Sort: ").split()).replace("'", '"'))
        for q, _ in EXAMPLES
    ]
    session = open_session(maker=[NO_PARSER], user=calls)
    tool = session.make("sort_words", "Sort the words.", EXAMPLES)
    assert {sample.by for sample in tool.verification.samples} == {"user"}
    assert {total.role: total.calls for total in session.ledger.totals(by=("role",))} == {"maker": 1, "user": 6}
    (spec,) = session.scripts["user"].requests[0].functions
    assert spec.parameters["properties"]["words"]["items"] == {"type": "string"}
