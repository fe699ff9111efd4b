"""Making a tool through the session: propose, check, verify, repair, keep; with real workers and a scripted maker."""

import pytest
from sorting_replies import BREAKS, ESCAPES, EXAMPLES, GOOD, HELD_OUT, WRONG

from latm_magic.errors import MakingFailed, ModelError, ReplyError, TaskError
from latm_magic.events import MakingStep
from latm_magic.models.model import FunctionCall, Reply, Usage


def test_a_tool_when_the_first_proposal_is_right_is_made_with_one_call(open_session):
    """One request, a verified tool in the cache, its calls, its use cases and its cost on record."""
    session = open_session(maker=[GOOD])
    events = []
    tool = session.make("sort_words", "Sort the words.", EXAMPLES + HELD_OUT, on_event=events.append)
    assert tool(words=["b", "a"]) == ["a", "b"]
    assert (tool.verification.right, tool.record.unseen) == (8, (5, 5))
    assert tool.use_cases[0].call == "sort_words(words=['pear', 'apple'])"
    assert (tool.version, tool.provenance.attempts, tool.provenance.maker) == (1, 1, "scripted")
    assert [event.step for event in events if isinstance(event, MakingStep)] == [
        "proposing",
        "checking",
        "verifying",
        "made",
    ]
    assert session.cache.tools.names() == ("sort_words",)
    (total,) = session.ledger.totals()
    assert (total.role, total.tool, total.calls) == ("maker", "sort_words", 1)


def test_the_maker_when_asked_gets_plain_chat(open_session):
    """The maker is asked without functions, at the temperature of the paper, for this tool."""
    session = open_session(maker=[GOOD])
    session.make("sort_words", "Sort the words.", EXAMPLES)
    (request,) = session.scripts["maker"].requests
    assert (request.role, request.functions, request.temperature, request.tool) == ("maker", (), 0.3, "sort_words")
    assert [message.role for message in request.messages] == ["user"]


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (WRONG, ["gave a wrong answer", "Sort: pear apple", "Wanted:\napple pear", "Got:\npear apple"]),
        (ESCAPES, ["the sandbox does not allow", "__self__", "line"]),
        (BREAKS, ["KeyError", "'{'", "line", "Sort: pear apple"]),
        ("Let me think about it.", ["holds no Python module"]),
        (
            GOOD.replace("def sort_words", "def other():\n    pass\n\n\ndef sort_it"),
            ["must define a function named sort_words"],
        ),
        ("```python\nx = (\n\ndef f():\n    pass\n```", ["syntax"]),
        (Reply("", finish_reason="stop"), ["holds no Python module"]),
        (ReplyError("Cut off.", kind="cut off", reply=""), ["cut off"]),
        (ReplyError("Nothing.", kind="empty"), ["empty"]),
        (ReplyError("No.", kind="refused", reply="I can't."), ["declined"]),
        (Reply("", calls=(FunctionCall("sort_words", "{}"),)), ["holds no Python module"]),
    ],
)
def test_a_proposal_when_it_fails_goes_back_with_what_is_wrong(open_session, first, words):
    """Each way to fail is told to the maker, and a mended module is taken."""
    session = open_session(maker=[first, GOOD])
    tool = session.make("sort_words", "Sort the words.", EXAMPLES)
    assert tool.provenance.attempts == 2
    feedback = session.scripts["maker"].requests[1].messages[-1].content
    for word in words:
        assert word in feedback
    assert session.ledger.total.calls == 2


def test_a_function_when_named_otherwise_is_found(open_session):
    """A module that is fine but names another function is a tool all the same."""
    session = open_session(maker=[GOOD.replace("def sort_words", "def alphabetical")])
    tool = session.make("sort_words", "Sort the words.", EXAMPLES)
    assert tool(["b", "a"]) == ["a", "b"]
    assert tool.record.function == "alphabetical"


def test_making_when_it_fails_says_how_far_it_came_and_keeps_nothing(open_session):
    """Two lines, all attempts with replies and feedback attached, nothing in the cache, all calls in the ledger."""
    session = open_session(maker=[WRONG, BREAKS, "no code"], max_attempts=3)
    with pytest.raises(MakingFailed) as caught:
        session.make("sort_words", "Sort the words.", EXAMPLES)
    first, second = str(caught.value).split("\n")
    assert "after 3 proposals" in first
    assert "the best answered 1 of 6 right" in first
    assert "Say in the description" in second
    assert [attempt.outcome for attempt in caught.value.attempts] == ["failed verification"] * 2 + ["no code"]
    assert all(attempt.reply and attempt.feedback for attempt in caught.value.attempts)
    assert session.cache.tools.names() == ()
    assert session.ledger.total.calls == 3


def test_a_model_fault_when_making_leaves_everything_usable(open_session):
    """A wrong key stops the making in its place; the next try works."""
    session = open_session(maker=[ModelError("The key was refused.", kind="key"), GOOD])
    with pytest.raises(ModelError, match="refused"):
        session.make("sort_words", "Sort the words.", EXAMPLES)
    assert session.cache.tools.names() == ()
    assert session.make("sort_words", "Sort the words.", EXAMPLES).version == 1


@pytest.mark.parametrize("fault", [KeyboardInterrupt()])
def test_an_interrupt_when_the_maker_is_asked_leaves_everything_usable(open_session, fault):
    """Interrupting keeps nothing half-made."""

    def interrupt(_request):
        raise fault

    session = open_session(maker=[interrupt, GOOD])
    with pytest.raises(KeyboardInterrupt):
        session.make("sort_words", "Sort the words.", EXAMPLES)
    assert session.cache.tools.names() == ()
    assert session.make("sort_words", "Sort the words.", EXAMPLES).version == 1


def test_the_same_task_when_made_again_asks_no_model(open_session):
    """A task made before gives its tool back; in a new session too."""
    open_session(maker=[GOOD]).make("sort_words", "Sort the words.", EXAMPLES)
    again = open_session(maker=[])
    events = []
    tool = again.make("sort_words", "Sort the words.", EXAMPLES, on_event=events.append)
    assert tool.version == 1
    assert [event.step for event in events] == ["found"]
    assert again.scripts["maker"].requests == []


def test_more_examples_when_given_make_a_next_version_that_passes_the_old_ones(open_session):
    """A next version is verified on the older samples too."""
    session = open_session(maker=[GOOD, GOOD])
    session.make("sort_words", "Sort the words.", EXAMPLES)
    tool = session.make("sort_words", "Sort the words.", HELD_OUT + EXAMPLES[:2])
    assert tool.version == 2
    assert [s.role for s in tool.verification.samples].count("earlier") == 4
    assert session.tool("sort_words", 1).version == 1


def test_an_example_when_it_contradicts_an_older_one_names_the_way_out(open_session):
    """A contradiction is an error before any model is asked; replace=True forgets the older samples."""
    backwards = GOOD.replace("sorted(words)", "sorted(words, reverse=True)")
    session = open_session(maker=[GOOD, backwards])
    session.make("sort_words", "Sort the words.", EXAMPLES)
    changed = [(question, " ".join(reversed(answer.split()))) for question, answer in EXAMPLES]
    with pytest.raises(TaskError, match="--replace"):
        session.make("sort_words", "Sort the words.", changed)
    assert len(session.scripts["maker"].requests) == 1
    assert session.make("sort_words", "Sort the words.", changed, replace=True).version == 2


def test_a_proposal_when_it_shows_its_use_is_kept_without_that(open_session):
    """Example calls, prints and tests at module level are left out, broken ones too; what functions need stays."""
    module = GOOD.removesuffix("```\n")
    module = module.replace("def parse", "LAST = {}\nfor mark in '#!':\n    LAST[mark] = True\n\n\ndef parse", 1)
    module = module.replace("return sorted(words)", "return sorted(words, key=lambda word: (word in LAST, word))")
    extra = "\n# Example use:\nwords = ['b', 'a']\nresult = sort_words(words)\nprint(result['broken'])\n"
    tests = "\ndef test_sort_words():\n    assert sort_words(['b']) == ['b']\n\ntest_sort_words()\nassert False\n"
    session = open_session(maker=[module + extra + tests + "if __name__ == '__main__':\n    print(words)\n```\n"])
    tool = session.make("sort_words", "Sort the words.", EXAMPLES)
    assert tool.provenance.attempts == 1
    assert tool(["#", "b", "a"]) == ["a", "b", "#"]
    for gone in ("Example use", "print(", "assert False", "__main__", "result =", "test_"):
        assert gone not in tool.source


@pytest.mark.parametrize("kind", ["empty", "refused", "cut off"])
def test_making_when_no_reply_can_be_used_says_why(open_session, kind):
    """Empty, refused and cut-off replies are told apart in the message, and what they cost is on record."""
    fault = ReplyError(f"The reply was {kind}. Do something.", kind=kind, usage=Usage(1000, 0))
    session = open_session(maker=[fault] * 2, max_attempts=2, prices={"scripted": {"input": 10.0, "output": 10.0}})
    with pytest.raises(MakingFailed, match=f"The reply was {kind}. Do something.") as failed:
        session.make("sort_words", "Sort the words.", EXAMPLES)
    assert [(a.prompt_tokens, a.cost_usd) for a in failed.value.attempts] == [(1000, 0.01)] * 2


def test_making_when_the_endpoint_is_none_stops_at_once(open_session):
    """What is no chat completion comes from a wrong base_url: the maker is not asked three times more."""
    session = open_session(maker=[ReplyError("It gave no chat completion. Check base_url.", kind="unreadable")])
    with pytest.raises(ReplyError, match="base_url"):
        session.make("sort_words", "Sort the words.", EXAMPLES)


def test_a_tool_when_a_reply_before_was_empty_knows_its_cost(open_session):
    """An attempt that failed for want of a reply does not make the price unknown."""
    empty = ReplyError("The reply is empty.", kind="empty", usage=Usage(1000, 0))
    session = open_session(maker=[empty, GOOD], prices={"scripted": {"input": 10.0, "output": 10.0}})
    tool = session.make("sort_words", "Sort the words.", EXAMPLES)
    assert tool.provenance.cost_usd == session.ledger.session_cost_usd > 0.01


def test_a_reply_when_cut_off_is_continued_where_it_stopped(open_session):
    """What came goes back as the assistant's turn; the parts make one module, one attempt, and one sum."""
    half = len(GOOD) // 2
    usage = Usage(100, 50)
    cut = ReplyError("Cut off.", kind="cut off", reply=GOOD[:half], usage=usage)
    for name, rest in {
        "plain": GOOD[half:],
        "fenced": f"```python\n{GOOD[half:]}",
        "repeating": GOOD[half - 30 :],
        "anew": GOOD,
    }.items():
        session = open_session(name, maker=[cut, rest])
        tool = session.make("sort_words", "Sort the words.", EXAMPLES)
        _, (_, said, more) = [request.messages for request in session.scripts["maker"].requests]
        assert (said.role, said.content) == ("assistant", GOOD[:half])
        assert "Continue exactly where you stopped" in more.content
        assert (tool.provenance.attempts, session.ledger.total.calls) == (1, 2)
        assert tool.provenance.prompt_tokens > 100


LESS = GOOD.replace('head != "Sort"', 'head != "Sort" or " " not in words')
"""Refuses lists of one word."""
BACKWARDS = GOOD.replace("return sorted(words)", "return sorted(words, reverse='n' in words)")
"""Wrong on the first held-out sample."""


def test_a_refused_sample_when_two_thirds_are_right_is_coverage(open_session):
    """The tool stands with one sample refused; the attempt that is left gains it, or is not taken."""
    session = open_session(maker=[LESS, GOOD])
    assert session.make("sort_words", "Sort the words.", EXAMPLES + HELD_OUT).verification.right == 8
    session = open_session("other", maker=[LESS, WRONG])
    tool = session.make("sort_words", "Sort the words.", EXAMPLES + HELD_OUT)
    assert (tool.verification.right, tool.verification.count("refused"), tool.verification.passed) == (7, 1, True)
    session = open_session("third", maker=[LESS, ModelError("No credit.", kind="credit")])
    assert session.make("sort_words", "Sort the words.", EXAMPLES + HELD_OUT).verification.right == 7


def test_a_held_out_sample_when_it_fails_is_shown_and_counts_as_seen(open_session):
    """The repair holds question, wanted answer and what came; the card's count of unseen samples goes down by one."""
    session = open_session(maker=[BACKWARDS, GOOD])
    tool = session.make("sort_words", "Sort the words.", EXAMPLES + HELD_OUT)
    told = session.scripts["maker"].requests[1].messages[-1].content
    assert "Sort: n m\n\nWanted:\nm n\n\nGot:\nn m" in told
    assert "Sort: 3 2 1" not in told
    assert (tool.record.shown, tool.record.unseen) == (("Sort: n m",), (1, 1))
    again = session.cache.tools.get("sort_words")
    assert again.shown == ("Sort: n m",)
    assert session.verify("sort_words").passed


def test_a_maker_when_it_repeats_itself_or_nothing_can_be_said_is_not_asked_again(open_session):
    """The same module twice ends the attempts; so does a failure that may not be shown."""
    session = open_session(maker=[WRONG, WRONG])
    with pytest.raises(MakingFailed) as caught:
        session.make("sort_words", "Sort the words.", EXAMPLES)
    assert len(caught.value.attempts) == 2
    hidden = open_session("other", maker=[BACKWARDS], show_held_out=False)
    with pytest.raises(MakingFailed):
        hidden.make("sort_words", "Sort the words.", EXAMPLES + HELD_OUT)
