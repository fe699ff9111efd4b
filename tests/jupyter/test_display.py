"""What is shown: key facts, the same in HTML and text, and nothing that a model or a file could smuggle in."""

from importlib import import_module

import pytest
from cells import MODULE, examples
from inert_html import read
from sample_tool import sample_tool

from latm_magic.answer import Answer, Answers
from latm_magic.branches import Branches
from latm_magic.cell_text import read_cell
from latm_magic.jupyter.display import _VIEWS, view
from latm_magic.jupyter.display.page import Cell, Code, Column, Line, Table, Title, page
from latm_magic.jupyter.display.plain import clip, milliseconds, one_line, usd, width
from latm_magic.jupyter.display.questions import feedback_view, group_view, groups_view, pending_cell, unconfirmed_view
from latm_magic.jupyter.display.tools import diff_view, request_view, tools_view, versions_view
from latm_magic.provenance import Provenance
from latm_magic.routing.pending import PendingGroup
from latm_magic.tools.function import Tool
from latm_magic.verification import SampleResult, Verification

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\" onmouseover='x' &amp; \x1b[31m\u202e\x00"


def a_tool(**changes):
    """Return a tool around a record, without a session."""
    return Tool(sample_tool(**changes), None)


def test_a_tool_card_when_shown_says_what_counts():
    """Signature, version, verification, who made it at what cost, samples and source."""
    shown = view(a_tool())
    words = read(shown.html)
    for fact in ("sort_words(words: list[str]) -> str", "version 1", "verified 6 of 6", "maker-model", "0.5000 USD"):
        assert fact in words
        assert fact in shown.text
    assert "pear apple 0" in words
    assert "def sort_words(words):" in words
    assert "sort_words?? shows its source" in shown.text


@pytest.mark.parametrize(
    ("provenance", "says"),
    [
        (Provenance("m", attempts=1), "verified 5 of 5, 3 of them unseen by the maker"),
        (Provenance("m", attempts=2), "verified 5 of 5, 1 of them unseen by the maker"),
        (Provenance("you"), "verified 5 of 5\n"),
    ],
)
def test_a_tool_card_when_it_counts_unseen_samples_never_claims_too_much(provenance, says):
    """What a repair may have shown to the maker does not count as unseen; your own module has no maker."""
    roles = ("demonstration", "demonstration", "validation", "validation", "held out")
    samples = tuple(SampleResult(f"q{i}", "a", role, "right", "a") for i, role in enumerate(roles))
    assert says in view(a_tool(verification=Verification(samples), provenance=provenance)).text


def test_a_tool_card_when_its_maker_was_recorded_says_so_plainly():
    """A recording is not a live model, and the card says it first."""
    provenance = Provenance("some-model", recorded="recorded reply of a large model, 2026-01-02")
    shown = view(a_tool(provenance=provenance))
    assert "recorded reply of a large model, 2026-01-02" in read(shown.html)
    assert "price unknown" in shown.text


def test_a_tool_card_when_branches_are_known_says_how_many_are_tested():
    """The card and the verification say how much of the module the verified samples ran; older records say nothing."""
    samples = (SampleResult("q", "a", "demonstration", "right", "a"),)
    record = Verification(samples, branches=Branches(tuple(range(1, 53)), tuple(range(41))))
    assert "41 of 52 branches run by verified samples" in view(a_tool(verification=record)).text
    assert "41 of 52 branches run by verified samples\n" in view(record).text
    seen = Verification(samples, branches=Branches(record.branches.lines, record.branches.tested, (50, 51)))
    assert "41 of 52 branches run by verified samples, 2 more by rows that the maker was shown" in view(seen).text
    assert "branch" not in view(Verification(samples)).text


def test_a_tool_card_when_samples_failed_shows_them_first():
    """What is not right comes first, with the reason."""
    samples = [SampleResult(f"q{i}", "a", "held out", "right", "a") for i in range(40)]
    samples.append(SampleResult("the odd one", "a", "held out", "refused", detail="ValueError: no list"))
    shown = view(a_tool(verification=Verification(tuple(samples))))
    assert "1 refused" in shown.text
    lines = shown.text.splitlines()
    row = next(number for number, line in enumerate(lines) if "the odd one" in line)
    assert row < next(number for number, line in enumerate(lines) if "q0" in line)
    assert "… 11 more, all right" in shown.text


@pytest.mark.parametrize(
    "shown",
    [
        view(a_tool(description=EVIL, doc=EVIL, source=EVIL, provenance=Provenance(EVIL, EVIL, recorded=EVIL))),
        view(Verification((SampleResult(EVIL, EVIL, "held out", "wrong", EVIL, EVIL),), policy=EVIL, python=EVIL)),
        view(Answers.of([Answer(EVIL, "user", EVIL, EVIL, EVIL, 1, reason=EVIL), Answer(EVIL, "failed", reason=EVIL)])),
        view(Answer(EVIL, "user", EVIL, EVIL, EVIL, 1, reason=EVIL)),
        request_view("x", EVIL),
        page(
            Title(EVIL, EVIL),
            Line(EVIL, "bad", EVIL),
            Code(EVIL, EVIL),
            Table((Column(EVIL),), ((EVIL,), (Cell(EVIL),))),
        ),
    ],
    ids=["tool", "verification", "answers", "answer", "request", "blocks"],
)
def test_a_view_when_its_text_is_evil_stays_inert(shown):
    """What comes from models, examples and files is escaped, and what is invisible is made visible."""
    words = read(shown.html)
    assert "<script>alert(1)</script>" in words
    for character in "\x1b\x00\u202e":
        assert character not in shown.html
        assert character not in shown.text
    assert "⟨U+202E⟩" in words


def test_answers_when_there_are_many_show_the_first_and_the_odd_ones():
    """The first twenty rows, those further down that no parser gave with their reasons, and the totals."""
    rows = [Answer(f"q{i}", "parser", "a", "a", "t", 1, ms=0.01) for i in range(100)]
    rows[70] = Answer("what is this?", "unknown", reason="no tool fits")
    rows[90] = Answer("ask", "user", "b", "b", "t", 1, tokens=9, cost_usd=0.0012, reason="a model supplied it")
    shown = view(Answers.of(rows))
    for text in (shown.text, read(shown.html)):
        assert "q19" in text
        assert "q20" not in text
        assert "what is this?" in text
        assert "no tool fits" in text
        assert text.index("what is this?") < text.index("q0")
        assert text.index("98 by parser") < text.index("what is this?")
        assert "… 78 more" in text
        assert "98 by parser, 1 by user model, 1 unknown; 0.0012 USD" in text


def test_answers_when_some_are_untested_show_them_with_the_line():
    """An untested answer stands out, is shown wherever it is, and says why."""
    rows = [Answer(f"q{i}", "parser", "a", "a", "t", 1, reason="quiet") for i in range(100)]
    rows[70] = Answer("odd", "parser", "b", "b", "t", 1, reason="untested: it went through line 8", untested_lines=(8,))
    shown = view(Answers.of(rows))
    for text in (shown.text, read(shown.html), view(rows[70]).text):
        assert "untested: it went through line 8" in text
        assert "parser" in text
        assert "quiet" not in text
    assert "parser, untested" in shown.text
    assert "100 by parser; 1 untested; 0 USD" in shown.text
    assert "parser · untested" in view(rows[70]).text


def test_answers_when_there_are_none_show_the_totals():
    """Nothing solved is not an error."""
    assert view(Answers.of([])).text == "no instances; 0 USD"


def test_a_long_text_when_shown_is_clipped():
    """A hundred kilobytes in a cell do not fill the page or the saved notebook."""
    shown = view(Answers.of([Answer("x" * 100_000, "parser", "y" * 100_000, "y" * 100_000)]))
    assert len(shown.html) < 5_000
    assert "+99,800 characters" in read(shown.html)
    assert len(shown.text) < 500


def test_numbers_when_in_a_table_align():
    """Numbers end below each other, also beside wide characters."""
    table = Table((Column("name"), Column("n", is_number=True)), (("日本", "1"), ("ab", "1,000")))
    lines = table.text().splitlines()
    assert len({width(line) for line in lines}) == 1
    assert "text-align:right" in table.html()


def test_records_when_a_cell_ends_in_one_are_shown_as_their_view(notebook):
    """Tool, answers, status and ledger have HTML and text through IPython's formatters; the records know nothing of it."""
    notebook.session.add("sort_words", MODULE, examples(), description="Sort.")
    for record in (
        notebook.session.tool("sort_words"),
        notebook.session.solve(["List: b a"]),
        notebook.session.solve(["List: b a"])[0],
        notebook.session.verify("sort_words"),
        notebook.session.status(),
        notebook.session.ledger,
        notebook.session.settings,
    ):
        bundle, _ = notebook.shell.display_formatter.format(record)
        assert {"text/plain", "text/html"} <= set(bundle)
        read(bundle["text/html"])


@pytest.mark.parametrize(("module", "name"), _VIEWS)
def test_a_view_when_registered_names_the_module_that_defines_its_record(module, name):
    """Views are found by module and name, as text: a record that moves must take its view along."""
    record = getattr(import_module(module), name)
    assert (record.__module__, record.__name__) == (module, name)


def test_tools_when_inside_a_list_are_their_short_form(notebook):
    """A tool inside something else is one line."""
    tool = notebook.session.add("sort_words", MODULE, examples(), description="Sort.")
    bundle, _ = notebook.shell.display_formatter.format([tool])
    assert bundle["text/plain"] == f"[{tool!r}]"


def test_a_difference_when_shown_has_its_lines_in_colour():
    """What was added and what was taken away differ at a glance; the words stay text."""
    shown = diff_view("t", "--- 1\n+++ 2\n@@ -1 +1 @@\n-<b>old</b>\n+new")
    old, new = (next(part for part in shown.html.split("<span ") if word in part) for word in ("old", "new"))
    assert "#e5484d" in old
    assert "#22a04a" in new
    assert "-<b>old</b>" in read(shown.html)
    assert shown.text.endswith("-<b>old</b>\n+new")


@pytest.mark.parametrize("record", [a_tool(), Verification((SampleResult("q", "a", "held out", "right", "a"),))])
def test_records_when_no_extension_is_loaded_are_shown_all_the_same(record):
    """Plain Python prints the card, and marimo finds its HTML."""
    assert "verified" in str(record)
    assert "verified" in read(record._repr_html_())


def test_tools_when_none_are_cached_say_how_to_make_one():
    """An empty list is a next step."""
    assert "%%latm NAME" in tools_view(()).text


def test_small_words_when_formatted_are_readable():
    """Costs never show unknown as 0; times and long lines fit."""
    assert [usd(cost) for cost in (None, 0.0, 0.00001, 0.0012, 3.0)] == [
        "unknown",
        "0 USD",
        "1e-05 USD",
        "0.0012 USD",
        "3.0000 USD",
    ]
    assert [milliseconds(ms) for ms in (0.004, 9.5, 45.67, 1234.5)] == ["0.00", "9.50", "45.7", "1,234"]
    assert one_line("a\nb", 10) == "a⏎b"
    assert width(one_line("日本語" * 10, 9)) <= 9
    assert clip("abc", 3) == "abc"


def test_what_is_shown_when_it_holds_markup_is_escaped(sorting):
    """Questions and answers are text from strangers, in tables and cells alike."""
    evil = "<script>alert(1)</script>"
    sorting.session.correct(f"Sort. List: {evil} b", f"b {evil}")
    shown = [
        feedback_view(sorting.session.confirm(f"Sort. List: {evil} b")),
        diff_view("x", f"+{evil}"),
        versions_view(sorting.session.versions("sort_words"), 1, suspect=evil),
    ]
    sorting.session.correct(evil, "x")
    shown += [groups_view(sorting.session.pending()), group_view(sorting.session.pending()[0])]
    shown += [unconfirmed_view("x", [sorting.session.cache.answers.find_one(evil)])]
    for shown_view in shown:
        assert "<script" not in shown_view.html
        assert "&lt;script&gt;" in shown_view.html
        assert evil in shown_view.text


def test_a_question_when_put_into_a_cell_keeps_its_lines():
    """Lines that would end a block or begin an answer are escaped, so that the cell reads back as the question."""
    question = "one\n---\n=> two"
    cell = pending_cell("x", PendingGroup(1, (question,), ""))
    _, ((sample,), _) = read_cell(cell.partition("\n")[2])
    assert sample.question == question
