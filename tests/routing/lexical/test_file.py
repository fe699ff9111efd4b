"""The lexical router as bytes: all of it comes back, and nothing is read that is damaged or of another version."""

import random
from pathlib import Path

import pytest
from wordings import REWORDED, TEMPLATES, loaded, questions

from latm_magic.routing.lexical.file import VERSION
from latm_magic.routing.lexical.router import LexicalRouter
from latm_magic.routing.router import NotReadable

SAVED = Path(__file__).resolve().parents[2] / "data" / "router_format_1.bin"


def test_what_was_learned_is_saved_and_loaded(router):
    """A loaded router decides, learns and forgets as the saved one."""
    for question in questions(REWORDED["roman"], 2, seed=21):
        router.learn("roman", question)
    again = loaded(router.save())
    assert again.tools == router.tools
    for one in (router, again):
        one.learn("roman", questions(REWORDED["roman"], 3, seed=21)[2])
        one.drop("anagram")
        one.add("recipe", questions(TEMPLATES["recipe"], 6))
    for template in (*TEMPLATES.values(), *REWORDED.values()):
        for question in questions(template, 3, seed=22):
            assert again.decide(question) == router.decide(question)


def test_an_empty_router_is_saved_and_loaded():
    """A cache without tools has a router too."""
    again = loaded(LexicalRouter().save())
    assert again.tools == ()
    assert again.decide("anything").tool is None


def test_a_damaged_save_is_refused(router):
    """Whatever bit is flipped or cut off, the caller is told to make the router anew."""
    content = router.save()
    draw = random.Random(23)
    for place in [0, 5, 15, 30, 90, len(content) - 1, *(draw.randrange(len(content)) for _ in range(50))]:
        damaged = bytearray(content)
        damaged[place] ^= 1 << draw.randrange(8)
        with pytest.raises(NotReadable, match="made anew"):
            LexicalRouter().load(bytes(damaged))
    for cut in (b"", b"\n", content[:-1], content[: len(content) // 2], content + b"x"):
        with pytest.raises(NotReadable):
            LexicalRouter().load(cut)


def test_a_save_of_another_version_is_refused(router):
    """The format's version is looked at before anything else."""
    content = router.save().replace(b"latm-router %d" % VERSION, b"latm-router %d" % (VERSION + 1), 1)
    with pytest.raises(NotReadable, match=f"not of version {VERSION}"):
        LexicalRouter().load(content)


def test_a_router_saved_by_an_older_version_is_read(router):
    """The file holds this router with two questions more, as saved when the format was made; it decides alike."""
    for question in questions(REWORDED["roman"], 2, seed=21):
        router.learn("roman", question)
    older = loaded(SAVED.read_bytes())
    for template in (*TEMPLATES.values(), *REWORDED.values()):
        for question in questions(template, 3, seed=22):
            assert older.decide(question) == router.decide(question)
