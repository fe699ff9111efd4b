"""The project's router, around any router: what it learns of tools that come and go, and what the next session finds."""

import json

import pytest
from sample_tool import sample_tool

from latm_magic.cache.cache import Cache
from latm_magic.cache.records import ConfirmedRoute
from latm_magic.routing.project import ProjectRouter
from latm_magic.routing.router import Candidate, Decision, NotReadable
from latm_magic.task import Instance


class FirstWordRouter:
    """A router of a few lines: a question is for the tool that owns one with the same first word."""

    def __init__(self):
        self.owners = {}
        self.tools = ()

    def __contains__(self, tool):
        return tool in self.tools

    def add(self, tool, questions):
        self.drop(tool)
        self.tools += (tool,)
        self.owners |= {question.split()[0]: tool for question in questions}

    def learn(self, tool, question):
        self.owners[question.split()[0]] = tool
        return True

    def drop(self, tool):
        self.tools = tuple(name for name in self.tools if name != tool)
        self.owners = {word: owner for word, owner in self.owners.items() if owner != tool}

    def decide(self, question, top=5):
        tool = self.owners.get(question.split()[0])
        candidates = (Candidate(tool, 1.0, "the first word"),)[:top] if tool else ()
        return Decision(tool, float(bool(tool)), sure=bool(tool), reason="by the first word", candidates=candidates)

    def decide_many(self, questions):
        return [self.decide(question) for question in questions]

    def save(self):
        return json.dumps([self.owners, self.tools]).encode()

    def load(self, content):
        try:
            self.owners, tools = json.loads(content)
        except ValueError as fault:
            raise NotReadable(str(fault)) from fault
        self.tools = tuple(tools)


def tool_of(name, word, **changes):
    samples = tuple(Instance(f"{word} {number}", "") for number in range(6))
    return sample_tool(name, samples=samples, fingerprint=f"{name} {word}", **changes)


def tools_of(routed):
    return [decision.tool for decision in routed]


@pytest.fixture
def cache(tmp_path):
    with Cache(tmp_path / ".latm", tmp_path) as made:
        yield made


def test_any_router_serves_a_project(cache):
    """A router is plugged in by implementing the Protocol; it follows the tools and is found again when saved."""
    project = ProjectRouter(cache, FirstWordRouter)
    tools = [tool_of("sort_words", "Sort"), tool_of("count_words", "Count")]
    sort, count, unknown = project.decide(tools, ["Sort x", "Count x", "Order x"])
    assert [sort.tool, count.tool, unknown.tool] == ["sort_words", "count_words", None]
    assert [sort.sure, unknown.sure] == [True, False]
    assert sort.candidates[0].explanation == "the first word"
    project.learn(
        [
            ConfirmedRoute(tool="sort_words", question="Order x", by="you"),
            ConfirmedRoute(tool="gone", question="Gone x", by="you"),
        ]
    )
    assert tools_of(project.decide(tools, ["Order y", "Gone y"])) == ["sort_words", None]
    project.save()
    later = ProjectRouter(cache, FirstWordRouter)
    assert tools_of(later.decide(tools, ["Sort y", "Order y"])) == ["sort_words", "sort_words"]
    changed = [tool_of("count_words", "Number")]
    assert tools_of(later.decide(changed, ["Sort x", "Count x", "Number x"])) == [None, None, "count_words"]


def test_a_router_of_another_kind_is_made_anew(cache):
    """What another kind of router saved is refused, and the tools' own questions teach the new one."""
    tools = [tool_of("sort_words", "Sort"), tool_of("count_words", "Count")]
    for make_router in ({}, {"make_router": FirstWordRouter}, {}):
        project = ProjectRouter(cache, **make_router)
        assert tools_of(project.decide(tools, ["Sort 7", "Count 7"])) == ["sort_words", "count_words"]
        project.save()


def test_beginnings_are_those_of_one_tool_alone(cache):
    """Only what several questions of one tool begin with, and no other tool's, tells the tool."""
    long = [tool_of("sort_words", "Sort the following words please"), tool_of("count_words", "Count")]
    asked = ["Sort the following words: b a", "Sort the followers", "Count 7", ""]
    assert ProjectRouter(cache).beginnings(long).owners(asked) == ["sort_words", None, None, None]
    both = [long[0], tool_of("count_words", "Sort the following words, and count them")]
    assert ProjectRouter(cache).beginnings(both).owners(asked) == [None] * 4


def test_questions_without_words_are_for_the_one_tool_that_has_such(cache):
    """Digits and signs alone tell the tool where only one has questions of those signs."""
    tools = [tool_of("sums", "(-1 + 2) *"), tool_of("count_words", "Count")]
    asked = ["(3 * -4) + 1", "7", "(3 / 4)", "(x + 1)", "Count (1)", "\u4e00 + 1", ""]
    assert ProjectRouter(cache).beginnings(tools).owners(asked) == ["sums", "sums", *[None] * 4, "sums"]
    both = [*tools, tool_of("dates", "2024-01-0")]
    assert ProjectRouter(cache).beginnings(both).owners(asked) == [None] * 7
