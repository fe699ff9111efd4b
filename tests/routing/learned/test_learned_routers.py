"""The learned routers behind the Protocol: they know what they were taught, keep it, and are sure by a margin."""

import re
from functools import cache

import pytest
from wordings import TEMPLATES, questions

from latm_magic.routing.learned.router import MOST_QUESTIONS, LearnedRouter
from latm_magic.routing.lexical.router import LexicalRouter
from latm_magic.routing.router import NotReadable

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

KINDS = ("linear", "gru", "transformer", "embedding")
KNOWN = [tool for tool in TEMPLATES if tool != "recipe"]
FEW = ("roman", "anagram")


def taught(kind, tools=KNOWN, count=15, **options):
    router = LearnedRouter(kind, **options)
    for tool in tools:
        router.add(tool, questions(TEMPLATES[tool], count))
    return router


@cache
def kept(kind):
    """Return what a router of all known tools saved once it had been trained, so that each is trained once."""
    router = taught(kind)
    assert router.parameters
    return router.save()


def loaded(kind, content=None):
    router = LearnedRouter(kind)
    router.load(content or kept(kind))
    return router


def fresh(tool, count=12):
    return questions(TEMPLATES[tool], count, seed=7)


@pytest.mark.parametrize("kind", KINDS)
def test_new_questions_are_their_tools(kind):
    """New questions of known tools are ranked right, mostly surely; it is sure of those alone that pass the margin."""
    router = loaded(kind)
    known = [(tool, decision) for tool in KNOWN for decision in router.decide_many(fresh(tool))]
    assert all(decision.tool == tool for tool, decision in known)
    assert sum(decision.sure for _, decision in known) > 0.7 * len(known)
    unseen = router.decide_many(fresh("recipe"))
    for decision in (*unseen, *(decision for _, decision in known)):
        ahead, margin = re.search(r"ahead by (\S+) of (\S+)\u27e7", decision.reason).groups()
        assert decision.sure == (float(ahead) >= float(margin)) or ahead == margin


def test_an_unseen_task_is_asked_about():
    """A task whose questions share words with known ones stays below the margin."""
    unseen = loaded("linear").decide_many(fresh("recipe"))
    assert sum(not decision.sure for decision in unseen) > 0.7 * len(unseen)


@pytest.mark.parametrize("kind", KINDS)
def test_any_text_will_do(kind):
    """No text makes a router raise, and one question alone is decided as in a batch."""
    router = loaded(kind)
    texts = ["", "\x00\ud800", "word " * 5000, "\u4e00\u4e8c", "(A)\n(B)", "7", fresh("roman")[0]]
    together = router.decide_many(texts)
    for text, decision in zip(texts, together, strict=True):
        alone = router.decide(text)
        assert (alone.tool, alone.sure) == (decision.tool, decision.sure)
        assert alone.confidence == pytest.approx(decision.confidence, abs=1e-4)
        assert [candidate.tool for candidate in alone.candidates][:1] == [alone.tool]
        assert len(router.decide(text, 2).candidates) == 2
    assert router.decide_many([]) == []
    assert sorted(router.related(texts[-1])) == sorted(KNOWN)
    assert router.related(texts[-1])[0] == "roman"


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_saved_is_found_again(kind):
    """A loaded router decides as the one that was saved; what is damaged or of another kind changes nothing."""
    content = kept(kind)
    router = loaded(kind)
    before = router.decide_many(fresh("interest"))
    assert loaded(kind, router.save()).decide_many(fresh("interest")) == before
    other = KINDS[KINDS.index(kind) - 1]
    for broken in (b"", content[:-9], content.replace(kind.encode(), other.encode(), 1), LexicalRouter().save()):
        with pytest.raises(NotReadable):
            router.load(broken)
    assert router.decide_many(fresh("interest")) == before
    with pytest.raises(NotReadable):
        LexicalRouter().load(content)


@pytest.mark.parametrize("gumbel", [False, True])
def test_a_seed_gives_the_same_router(gumbel):
    """Training again by a seed gives the same decisions, chance plays no part in them, and yours is left alone."""
    torch.manual_seed(5)
    threads, wanted = torch.get_num_threads(), torch.rand(1)
    torch.manual_seed(5)
    one, same, other = (taught("embedding", FEW, seed=seed, gumbel=gumbel) for seed in (1, 1, 2))
    asked = [*fresh("roman"), *fresh("anagram"), *fresh("recipe")]
    decided = one.decide_many(asked)
    assert decided == same.decide_many(asked) == one.decide_many(asked)
    assert decided != other.decide_many(asked)
    assert {decision.tool for decision in decided[:12]} == {"roman"}
    assert torch.rand(1) == wanted
    assert torch.get_num_threads() == threads


def test_a_new_tool_joins_the_embedding_space_without_training():
    """Its place is the mean of its questions' vectors: the others' places stay, and its questions are found."""
    router = loaded("embedding")
    before = router._ready().network["tools"].weight.clone()
    router.add("recipe", questions(TEMPLATES["recipe"], 5))
    assert {decision.tool for decision in router.decide_many(fresh("recipe"))} == {"recipe"}
    after = router._ready().network["tools"].weight
    assert torch.equal(before, after[:-1])
    assert {decision.tool for decision in router.decide_many(fresh("roman"))} == {"roman"}
    assert loaded("embedding", router.save()).decide(fresh("recipe")[0]).tool == "recipe"


def test_other_networks_are_trained_again_when_a_tool_joins():
    """A tool that is added is known with the next decision, one that is dropped is never named, and may come back."""
    router = taught("linear", FEW)
    assert {decision.tool for decision in router.decide_many(fresh("recipe"))} <= set(FEW)
    router.add("recipe", questions(TEMPLATES["recipe"], 15))
    assert {decision.tool for decision in router.decide_many(fresh("recipe"))} == {"recipe"}
    router.drop("recipe")
    assert "recipe" not in router
    named = [candidate.tool for decision in router.decide_many(fresh("recipe")) for candidate in decision.candidates]
    assert set(named) == set(FEW) == set(router.tools)
    router.drop("roman")
    decision = router.decide(fresh("roman")[0])
    assert (decision.tool, decision.sure) == ("anagram", False)
    router.drop("anagram")
    assert router.decide("anything").tool is None


def test_confirmed_questions_are_learned_once_there_are_enough():
    """A question counts once; when there are half as many again as last time, the network is trained on all."""
    router = taught("linear", FEW)
    first = router._ready()
    reworded = [f"{number} -> which letters would Caesar use?" for number in range(30)]
    assert router.learn("roman", reworded[0])
    assert not router.learn("roman", reworded[0])
    assert router._ready() is first
    for question in reworded[1:]:
        router.learn("roman", question)
    assert router._ready() is not first
    assert router.decide("77 -> which letters would Caesar use?").tool == "roman"
    for number in range(MOST_QUESTIONS):
        router.learn("roman", f"question {number}")
    assert len(router._questions["roman"]) == MOST_QUESTIONS


def test_with_few_questions_it_asks():
    """With fewer than five questions of each tool none is kept out to find a margin: it is sure of nothing."""
    router = taught("linear", FEW, count=4)
    decision = router.decide(fresh("roman")[0])
    assert (decision.tool, decision.sure) == ("roman", False)
    assert decision.reason.startswith("ask: too few questions are known")
    assert loaded("linear", router.save()).decide(fresh("roman")[0]) == decision
