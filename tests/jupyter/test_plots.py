"""`%latm ledger --plot`: what is on record as a picture and in words, and what is not known is not drawn."""

import builtins
import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from cells import MODULE, examples

from latm_magic.cache.records import Audit
from latm_magic.models.ledger import DirectEstimate, Entry

EVIL = "--><script>$x$"


def entry(number, role="maker", cost=0.01):
    """Return an entry of the ledger."""
    when = f"2026-01-0{number + 1}T10:00:00+00:00"
    return Entry(when, role, "sort_words", EVIL, 10, 0, 10, cost, 1.0, recorded=False, ok=True)


def spend(session, *, cost=0.01):
    """Give a session a tool, what it cost, and checks of its answers."""
    session.add("sort_words", MODULE, examples(), description="Sort.")
    session.cache.ledger.add(*(entry(n, "maker" if n < 2 else "user", cost) for n in range(5)))
    audits = [Audit("sort_words", 1, f"List: b{n} a", n > 0, "a", "b", is_random=True) for n in range(10)]
    session.cache.feedback.keep_audits(audits)


def test_a_plot_when_things_are_on_record_draws_them_in_colours_of_the_page(notebook, monkeypatch):
    """SVG that has the page's own text colour, a fixed one for where there is no page, and the same in words."""
    pytest.importorskip("matplotlib")
    spend(notebook.session)
    notebook.session.solve(["List: b a", "List: d c", "List: f e", EVIL], ask=False)
    estimate = DirectEstimate(EVIL, 1000, 10, 10, 1.0, is_measured=False)
    monkeypatch.setattr(type(notebook.session), "direct_estimate", lambda _self: estimate)
    shown = notebook.run("%latm ledger --plot")._repr_mimebundle_()
    for picture in (shown["image/svg+xml"], re.search("<svg.*</svg>", shown["text/html"], re.DOTALL)[0]):
        ET.fromstring(picture)
        assert "script" not in picture.replace("--&gt;&lt;script&gt;", "")
        assert "<text" not in picture
        assert "<style" not in picture, "its rules would hold for the whole page"
        assert "#010203" not in picture
    assert "currentColor" in shown["text/html"]
    assert "currentColor" not in shown["image/svg+xml"]
    assert 'role="img" aria-label="' in shown["text/html"]
    for words in (
        "as much as 50 questions asked directly: the break-even point",
        "2 maker, 3 user",
        "when counting began: 3 by parser, 1 not asked.",
        "sort_words: 9 of 10 checked at random agree, 59.6% to 98.2%",
    ):
        assert words in shown["text/plain"]
    assert notebook.run("%latm ledger --plot")._repr_mimebundle_() == shown


def test_a_plot_when_prices_are_unknown_leaves_out_what_they_would_be_needed_for(notebook, monkeypatch):
    """An unknown price is never 0."""
    pytest.importorskip("matplotlib")
    spend(notebook.session, cost=None)
    estimate = DirectEstimate("m", 1000, 10, 10, 1.0, is_measured=False)
    monkeypatch.setattr(type(notebook.session), "direct_estimate", lambda _self: estimate)
    shown = notebook.printed("%latm ledger --plot")
    assert "Some price is unknown" in shown
    assert "break-even" not in shown


def test_a_plot_when_nothing_is_on_record_is_words(notebook):
    """No empty axes."""
    pytest.importorskip("matplotlib")
    shown = notebook.run("%latm ledger --plot")._repr_mimebundle_()
    assert "image/svg+xml" not in shown
    assert "No model was asked in this project yet." in shown["text/plain"]
    assert "No answer was checked at random yet." in shown["text/plain"]


def test_a_plot_without_matplotlib_says_in_one_line_what_to_install(notebook, monkeypatch):
    """One line with the command."""
    load = builtins.__import__

    def without(name, *rest, **more):
        if name.split(".")[0] == "matplotlib":
            raise ImportError(name)
        return load(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "run %pip install matplotlib" in notebook.fail("%latm ledger --plot")


def test_nothing_is_loaded_for_forms_and_plots_before_they_are_used():
    """Loading the extension imports neither ipywidgets nor matplotlib, nor our files that need them."""
    code = (
        "from IPython.testing.globalipapp import start_ipython\nimport sys\nip = start_ipython()\n"
        "before = set(sys.modules)\nip.run_line_magic('load_ext', 'latm_magic')\nip.run_line_magic('latm', 'tools')\n"
        "new = set(sys.modules) - before\n"
        "print(sorted(n for n in new if n.split('.')[0] in {'ipywidgets', 'matplotlib'} or n.endswith("
        "('widgets.browse', 'widgets.tool', 'display.plots'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("[]")  # an old IPython sets the terminal's title before it
