"""Text that is shown: nothing invisible in it, on one line, shortened."""

import pytest

from latm_magic.text import one_line, printable, quoted, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text\twith tab\nand line", "plain text\twith tab\nand line"),
        ("\x00\x1b\x7f", "␀␛␡"),
        ("a\u202eb\u2066c", "a⟨U+202E⟩b⟨U+2066⟩c"),
        ("\ud800", "⟨U+D800⟩"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("zero\u200bwidth\ufeff", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
        ("👩\u200d👧 שלום \r\n", "👩\u200d👧 שלום \n"),
    ],
)
def test_visible_when_text_hides_something_shows_it(text, shown):
    """Controls, overrides, tags and lone surrogates are symbols; scripts and emoji stay as they are."""
    assert visible(text) == shown
    shown.encode()


def test_printable_replaces_what_cannot_be_printed():
    """Every character that does not print has its place taken by one that does."""
    assert printable("a\tb\x1b[2Jé 日本") == "a?b?[2Jé 日本"


def test_one_line_when_text_is_long():
    """Text is cut after the limit, which the last character shows."""
    assert one_line("a\n\tb\x00c") == "a b c"
    assert one_line("x" * 50, 10) == "x" * 9 + "…"


def test_quoted_shortens_what_is_long():
    """A long text is cut inside of its quotes; a short one is Python's own repr."""
    assert quoted("it's\n") == repr("it's\n")
    assert quoted("x" * 50, 10) == "'" + "x" * 9 + "…'"
