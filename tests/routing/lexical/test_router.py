"""The lexical router, against tools made here and, where they are at hand, the task files beside the project."""

import json
import random
from pathlib import Path

import pytest
from wordings import REWORDED, TEMPLATES, loaded, questions

from latm_magic.routing.lexical.router import MOST_QUESTIONS, LexicalRouter
from latm_magic.routing.lexical.tokens import HEAD, TAIL, tokenize

REWORDINGS = Path(__file__).resolve().parents[2] / "data" / "rewordings.jsonl"


@pytest.mark.parametrize("tool", [tool for tool in TEMPLATES if tool != "recipe"])
def test_new_questions_of_a_tool_are_its_own(router, tool):
    """New questions of a tool's wording are that tool's, and the router is sure."""
    for question in questions(TEMPLATES[tool], 20, seed=1):
        decision = router.decide(question)
        assert (decision.tool, decision.sure) == (tool, True), decision.reason


def test_questions_of_no_tool_are_to_be_asked(router):
    """The router is not sure of any tool for questions of a task that is not there."""
    assert not any(router.decide(question).sure for question in questions(TEMPLATES["recipe"], 20))


def test_free_text_is_never_sure():
    """A tool whose questions have nothing in common is never sure of anything."""
    draw = random.Random(5)
    letters = "abcdefghijklmnopqrstuvwxyz"
    texts = [" ".join("".join(draw.choices(letters, k=6)) for _ in range(15)) + "." for _ in range(30)]
    router = LexicalRouter()
    router.add("free", texts[:10])
    assert not any(router.decide(text).sure for text in texts)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_questions_are_never_sure(count):
    """One or two questions show no wording: the tool is a candidate, not a certainty."""
    router = LexicalRouter()
    router.add("roman", questions(TEMPLATES["roman"], count))
    decision = router.decide(TEMPLATES["roman"].format(a=7))
    assert "roman" in router
    assert not decision.sure
    assert decision.tool == ("roman" if count else None)


def test_three_questions_of_a_lone_tool_are_enough():
    """A cache of one tool with three questions decides by the constants that the package brings."""
    router = LexicalRouter()
    router.add("interest", questions(TEMPLATES["interest"], 3))
    assert all(router.decide(question).sure for question in questions(TEMPLATES["interest"], 20, seed=2))
    assert not any(router.decide(question).sure for question in questions(TEMPLATES["distance"], 20))


def test_two_tools_with_the_same_questions_are_both_named(router):
    """Where two tools fit alike the router is not sure, and names both."""
    router.add("roman_too", questions(TEMPLATES["roman"], 6, seed=9))
    decision = router.decide(TEMPLATES["roman"].format(a=7), top=1)
    assert not decision.sure
    assert len(decision.candidates) == 1
    decision = router.decide(TEMPLATES["roman"].format(a=7))
    assert {candidate.tool for candidate in decision.candidates[:2]} == {"roman", "roman_too"}
    assert "too close" in decision.reason


def test_siblings_are_told_apart_by_their_layout():
    """A tool for two options does not take questions with four, nor the other way round."""
    two, four = TEMPLATES["choice"], TEMPLATES["choice"] + "\n(C) {a} kg of {m}\n(D) {c} kg of {n}"
    for own, other in ((two, four), (four, two)):
        router = LexicalRouter()
        router.add("own", questions(own, 6))
        assert all(router.decide(question).sure for question in questions(own, 10, seed=3))
        assert not any(router.decide(question).sure for question in questions(other, 10, seed=3))


@pytest.mark.parametrize("tool", REWORDED)
def test_three_decisions_make_a_new_wording_local(router, tool):
    """Reworded questions are asked about; after three confirmed decisions the next ones are local, the old ones still are."""
    reworded = questions(REWORDED[tool], 23, seed=4)
    assert not any(router.decide(question).sure for question in reworded)
    taught = [router.learn(tool, question) for question in reworded[:3]]
    assert all(taught)
    for question in reworded[3:] + questions(TEMPLATES[tool], 10, seed=6):
        decision = router.decide(question)
        assert (decision.tool, decision.sure) == (tool, True), decision.reason


def test_learning_mixed_wordings_finds_each(router):
    """Confirmed decisions of several wordings may come in any order."""
    texts = {tool: questions(template, 8, seed=8) for tool, template in REWORDED.items()}
    mixed = [("interest", question) for some in texts.values() for question in some[:3]]
    random.Random(0).shuffle(mixed)
    for tool, question in mixed:
        router.learn(tool, question)
    for some in texts.values():
        for question in some[3:]:
            decision = router.decide(question)
            assert (decision.tool, decision.sure) == ("interest", True), decision.reason


def test_learning_what_is_known_teaches_nothing(router):
    """A question that is there already, or of a wording that is full and sure of it, changes nothing."""
    assert not router.learn("interest", questions(TEMPLATES["interest"], 6)[0])
    more = questions(TEMPLATES["interest"], 40, seed=11)
    taught = [router.learn("interest", question) for question in more]
    assert sum(taught) < MOST_QUESTIONS
    size = len(router.save())
    router.learn("interest", questions(TEMPLATES["interest"], 1, seed=12)[0])
    assert len(router.save()) == size


def test_learning_for_a_new_tool_adds_it():
    """A decision may name a tool that the router has not seen."""
    router = LexicalRouter()
    assert router.learn("roman", TEMPLATES["roman"].format(a=3))
    assert router.tools == ("roman",)


def test_a_dropped_tool_is_forgotten(router):
    """After `drop` nothing names the tool any more, and the others decide as if it had never been."""
    without = LexicalRouter()
    for tool in router.tools:
        if tool != "roman":
            without.add(tool, questions(TEMPLATES[tool], 6))
    router.drop("roman")
    router.drop("never there")
    assert "roman" not in router
    assert len(router.tools) == len(without.tools)
    for template in TEMPLATES.values():
        question = questions(template, 1, seed=13)[0]
        left, never = router.decide(question), without.decide(question)
        assert (left.tool, left.sure) == (never.tool, never.sure)
        assert left.confidence == pytest.approx(never.confidence, abs=0.01)
        assert "roman" not in [candidate.tool for candidate in left.candidates]


def test_adding_a_tool_again_replaces_it(router):
    """A tool's next version brings its own questions; those before are forgotten."""
    router.add("roman", questions(TEMPLATES["recipe"], 6))
    assert router.tools.count("roman") == 1
    assert router.decide(questions(TEMPLATES["recipe"], 1, seed=14)[0]).tool == "roman"
    assert not router.decide(questions(TEMPLATES["roman"], 1, seed=14)[0]).sure


def test_another_tool_leaves_decisions_as_they_were(router):
    """Adding a tool refits no other: what is far from it is decided as before."""
    question = questions(TEMPLATES["interest"], 1, seed=15)[0]
    before = router.decide(question)
    router.add("recipe", questions(TEMPLATES["recipe"], 6))
    after = router.decide(question)
    assert (before.tool, before.sure) == (after.tool, after.sure)
    assert after.confidence == pytest.approx(before.confidence, abs=0.01)  # words of the new tool are unknown no more


def test_a_decision_explains_itself(router):
    """The reason is one plain line with the features and the runner-up, and says when to ask."""
    sure = router.decide(questions(TEMPLATES["interest"], 1, seed=16)[0])
    unsure = router.decide(questions(TEMPLATES["recipe"], 1)[0])
    for word in ("interest", "cosine", "recall", "coverage", "vocabulary", "layout", "runner-up"):
        assert word in sure.reason
    assert unsure.reason.startswith("ask: ")
    assert "\n" not in sure.reason + unsure.reason
    for decision in (sure, unsure):
        shares = [c.confidence for c in decision.candidates]
        assert shares == sorted(shares, reverse=True)
        assert all(0 <= share <= 1 for share in shares)


@pytest.mark.parametrize(
    "question",
    [
        "",
        " ",
        "\n\n\n",
        "\x00\x01\xff",
        "\ud800\udfff",
        "0" * 5000,
        "(" * 100_000,
        "é" * 50,
        "日本語の質問です",
        "²½Ⅷ",
        "i̇İ",
        "🙂" * 999,
    ],
    ids=range(12),
)
def test_any_text_is_decided_and_learned(router, question):
    """No text makes the router raise, as a question or as what it is to learn."""
    assert not router.decide(question).sure
    router.learn("roman", question)
    router.add("odd", [question, question + "!", question + "?", "x"])
    router.decide(question)
    assert loaded(router.save()).decide(question) == router.decide(question)


def test_random_bytes_are_decided(router):
    """Binary rubbish of any length is a question like any other."""
    draw = random.Random(17)
    for size in (1, 10, 1000, 10_000):
        assert not router.decide(draw.randbytes(size).decode("latin-1")).sure
        assert not router.decide("".join(chr(draw.randrange(0x110000)) for _ in range(size))).sure


def test_only_the_ends_of_a_long_question_are_read(router):
    """An instruction at either end of a megabyte is found; the middle is not looked at."""
    assert tokenize("a" + " b" * 1_000_000)[0] == "a"
    middle = "x " * 500_000
    instruction = "Summarise the following report in exactly {a} words and name {n}: "
    router.add("summary", [q + middle for q in questions(instruction, 6)])
    assert router.decide(questions(instruction, 1, seed=18)[0] + middle).tool == "summary"
    assert len(" ".join(router._clusters[router._numbers["summary"][0]].questions)) < 7 * (HEAD + TAIL)


def test_many_questions_are_taken_in_bounded():
    """A tool may own hundreds of questions; few a wording are kept."""
    router = LexicalRouter()
    router.add("interest", questions(TEMPLATES["interest"], 300) + questions(REWORDED["interest"], 300))
    kept = sum(len(known.questions) for known in router._clusters.values())
    assert kept <= 3 * MOST_QUESTIONS
    for template in (TEMPLATES["interest"], REWORDED["interest"]):
        assert all(router.decide(question).sure for question in questions(template, 10, seed=19))


def test_a_batch_is_decided_in_order(router):
    """`decide_many` gives what `decide` gives, one decision a question."""
    stream = [question for template in TEMPLATES.values() for question in questions(template, 5, seed=20)]
    assert router.decide_many(iter(stream)) == [router.decide(question) for question in stream]


def test_known_and_unknown_tasks_of_the_files(tasks):
    """On the task files, siblings separate: at least .95 of known questions kept, .995 of unknown ones left to be asked."""
    draw = random.Random(25)
    known = kept = unknown = left = 0
    for _ in range(6):
        cached = draw.sample(sorted(tasks), 8)
        router, rest = LexicalRouter(), {}
        for task in cached:
            drawn = draw.sample(tasks[task], 18)
            router.add(task, drawn[:6])
            rest[task] = drawn[6:]
        for task in tasks:
            for question in rest.get(task, draw.sample(tasks[task], 12)):
                decision = router.decide(question)
                known += task in cached
                kept += task in cached and decision.sure and decision.tool == task
                unknown += task not in cached
                left += task not in cached and not decision.sure
    assert kept / known >= 0.95
    assert left / unknown >= 0.995


def test_rewordings_of_a_model_are_learned(tasks):
    """Rewordings that a model wrote: none wrongly accepted, and .95 of them local after three decisions each."""
    if not REWORDINGS.exists():
        pytest.skip("tests/data/rewordings.jsonl is not there")
    texts = {}
    for line in REWORDINGS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        texts.setdefault((row["task"], row["wording"]), []).append(row["question"])
    router = LexicalRouter()
    for task, owned in tasks.items():
        router.add(task, owned[:6])
    wrong = [
        question
        for (task, _), some in texts.items()
        for question in some
        if (decision := router.decide(question)).sure and decision.tool != task
    ]
    for (task, _), some in texts.items():
        for question in some[:3]:
            router.learn(task, question)
    outcomes = [
        (decision.sure, decision.tool == task)
        for (task, _), some in texts.items()
        for question in some[3:]
        if (decision := router.decide(question))
    ]
    assert not wrong
    assert (True, False) not in outcomes
    assert outcomes.count((True, True)) / len(outcomes) >= 0.95
