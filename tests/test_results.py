"""docs/results.md is what was measured: drawn from what is kept, and, where the data is there, measured again."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"


@pytest.fixture
def results(monkeypatch):
    """Return the script that writes the page."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import results

    yield results
    for name in ("results", "bbh", "figures"):
        sys.modules.pop(name, None)


def test_the_page_is_fresh(results):
    """Every figure in the page comes from what is kept: `make results` would write the same page again."""
    kept = json.loads(results.KEPT.read_text(encoding="utf-8"))
    assert {*kept} == {*results.SECTIONS}
    assert results.PAGE.read_text(encoding="utf-8") == results.page(kept)


def test_the_page_says_what_kind_of_figure_is_which(results):
    """Replayed replies and estimates are marked in each table that holds some, and losses are named."""
    page = results.PAGE.read_text(encoding="utf-8")
    for words in ("**Measured**", "**Replayed**", "**Estimated**", "**Published**", "## Where it loses"):
        assert words in page
    for table in page.split("### ")[1:]:
        head = table.partition("\n")[0]
        assert "recorded" in table or "none asked" in table, head
        if "cheaper" in head:
            assert "(est.)" in table.partition("In tokens")[0]


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the data folder beside the repository")
def test_what_is_kept_can_be_measured_again(results, monkeypatch):
    """One task with its recorded maker gives the very counts that are kept."""
    kept = json.loads(results.KEPT.read_text(encoding="utf-8"))
    monkeypatch.setattr(results.bbh, "TASKS", ("word_sorting",))
    again = [results.kept_of(score) for score in results.paper(DATA)]
    assert again == [each for each in kept["paper"]["scores"] if each["task"] == "word_sorting"]
