"""`%%latm_ask` and `%latm traces`: a run is shown while it happens, as a card, and again from the cache."""

import pytest
from cells import MODULE, examples

from latm_magic.models.model import FunctionCall

SORT = FunctionCall("sort_words", '{"words": ["b", "a"]}')


@pytest.fixture
def asking(notebook):
    """Return a notebook with a tool, and a function of yours in it."""
    notebook.session.add("sort_words", MODULE, examples(), description="Sort.")

    def shout(word: str) -> str:
        """Shout a word."""
        return word.upper() + "!"

    notebook["shout"] = shout
    return notebook


def test_a_cell_is_answered_with_tools(asking):
    """The cell is the prompt; options name tools, inputs, schema and what the run is kept under."""
    asking.script(SORT, FunctionCall("shout", '{"word": "a"}'), "[1, 2]")
    asked = asking.run(
        "%%latm_ask --tools [\"sort_words\", shout] --inputs {'words': 'b a'} --schema list[int] --record sorting -o kept\n"
        "Sort {words} and shout.\n"
    )
    assert asked.value == [1, 2]
    assert asking["kept"] is asked
    assert asked.trace.inputs == {"words": "b a"}
    assert "Sort b a and shout." in asking.maker.requests[-1].messages[1].content
    card = str(asked)
    assert "[1, 2]" in card
    assert "shout(word='a') (acts)" in card
    assert "%latm traces sorting" in card


def test_steps_are_seen_as_they_happen(asking):
    """Each call is a line of its own, and what functions of yours are is said before."""
    asking.script(SORT, FunctionCall("shout", '{"word": "a"}'), "done")
    printed = asking.printed("_ = get_ipython().run_cell_magic('latm_ask', '--tools [\"sort_words\", shout]', 'Do it')")
    lines = printed.splitlines()
    places = [
        next(place for place, line in enumerate(lines) if words in line)
        for words in ("outside of the sandbox", "sort_words(words=['b', 'a']) → ['a', 'b']", "shout(word='a') → 'A!'")
    ]
    assert places == sorted(places)


def test_runs_are_listed_shown_compared_and_dropped(asking):
    """%latm traces lists, shows one by its number, shows two beside each other, and forgets."""
    asking.script(SORT, "a b", "unsure")
    asking.run("%%latm_ask --record sorting\nSort: b a\n")
    asking.run("%%latm_ask --record sorting\nSort: b a\n")
    listed = asking.run("%latm traces sorting").text
    assert "sort_words" in listed
    assert "unsure" in listed
    with asking.session.trace("other", {"word": "z"}) as run:
        run.answer = "a"
    lines = asking.run("%latm traces").text.splitlines()[1:4]
    # As %latm traces NAME RUN takes them.
    assert [line.split()[:2] for line in lines] == [["other", "1"], ["sorting", "1"], ["sorting", "2"]]
    shown = asking.run("%latm traces sorting 1").text
    assert "sort_words(words=['b', 'a'])" in shown
    assert "the model's answer: a b" in shown
    assert "left only" in asking.run("%latm traces sorting 1 2").text
    assert "give a number from 1 to 2" in asking.fail("%latm traces sorting 3")
    assert "1 run dropped" in asking.run("%latm traces sorting 1 --drop").text
    assert "needs the name" in asking.fail("%latm traces --drop")
    asking.run("%latm traces sorting --drop")
    assert "No runs are kept" in asking.run("%latm traces sorting").text


def test_a_stopped_run_says_so(asking):
    """Which bound was met stands in the card; what the model wrote in vain does too."""
    asking.script(SORT, "nothing")
    card = str(asking.run("%%latm_ask --rounds 1\nSort: b a\n"))
    assert "Stopped: 1 round" in card
    asking.script("x", "y")
    card = str(asking.run("%%latm_ask --schema int\nSort: b a\n"))
    assert "no answer" in card
    assert "The model wrote: y" in card


def test_a_frame_of_another_cell_says_what_is_wrong(asking):
    """Mistakes of yours are one line."""
    assert "nothing to ask" in asking.fail("%%latm_ask\n \n")
    assert "No tool is named 'nope'" in asking.fail("%%latm_ask --tools ['nope']\nx\n")
