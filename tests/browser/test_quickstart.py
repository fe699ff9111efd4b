"""The quickstart in JupyterLab: run, read in both themes, saved, opened again, and given to somebody else."""

import shutil
from pathlib import Path

import nbformat
import pytest
from opened import CARD

expect = pytest.importorskip("playwright.sync_api", reason="`make test-browser` installs playwright").expect
pytestmark = pytest.mark.browser

QUICKSTART = Path(__file__).resolve().parents[2] / "notebooks" / "quickstart.ipynb"
NOTEBOOK = "quickstart/quickstart.ipynb"
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
READABLE = 4.5
"""WCAG 2, level AA, for text of ordinary size."""
VERIFIED = "verified 8 of 8, 5 of them unseen by the maker"
TOTALS = "4 by parser, 1 by user model, 1 unknown; 0 USD"
MAKE, SOLVE = 1, 6
"""Positions of code cells in the quickstart."""


def hardest_to_read(page, selector=CARD):
    """Return the least contrast of a text in the cards, with that text."""
    assert page.locator(selector).count()
    return page.locator(selector).evaluate_all(CONTRAST)


@pytest.fixture(scope="module")
def ran(chromium, lab):
    """Return the quickstart after Run All, saved, and its kernel stopped."""
    shutil.copy(QUICKSTART, lab.project("quickstart"))
    page = chromium.new_page()
    opened = lab.open(page, NOTEBOOK)
    opened.run_all()
    opened.save()
    lab.stop_kernels()
    yield opened
    page.close()


def test_the_quickstart_when_all_cells_are_run_shows_the_card_and_the_answers(ran):
    """Run All makes the tool without a key, shows that all samples were right, and answers, with a line of totals."""
    expect(ran.outputs(MAKE).filter(has_text=VERIFIED)).to_be_visible()
    expect(ran.outputs(MAKE).get_by_text("✓ right")).to_have_count(8)
    expect(ran.outputs(MAKE).first).to_contain_text("✓ to_grams: made, 8 of 8 right · 1 model call")
    expect(ran.outputs(SOLVE).locator("tbody tr")).to_have_count(6)
    expect(ran.outputs(SOLVE).get_by_text(TOTALS)).to_be_visible()
    expect(ran.page.locator("[data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)


def test_the_source_when_its_fold_is_clicked_can_be_read(ran):
    """The source is hidden until you ask for it, and then stands in the card."""
    source = ran.cell(MAKE).locator("pre", has_text="def to_grams(")
    expect(source).to_be_hidden()
    ran.cell(MAKE).get_by_text("source", exact=True).click()
    expect(source).to_be_visible()


def test_a_card_when_the_window_is_narrow_does_not_widen_the_page(ran):
    """What does not fit scrolls inside of its card; no card is cut off at the right."""
    ran.page.set_viewport_size({"width": 640, "height": 900})
    ran.page.wait_for_function("card => document.querySelector(card).clientWidth < 600", arg=CARD)
    cards = ran.page.locator(CARD).evaluate_all("all => all.map(card => card.scrollWidth - card.clientWidth)")
    ran.page.set_viewport_size({"width": 1280, "height": 720})
    assert cards == [0] * len(cards)


@pytest.fixture(scope="module")
def reopened(ran, chromium, lab):
    """Return the saved quickstart in a new page, without a kernel."""
    page = chromium.new_page()
    yield lab.show(page, NOTEBOOK, kernel=False)
    page.close()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_a_saved_notebook_when_opened_again_shows_its_cards_in_every_theme(reopened, lab, theme):
    """Outputs outlive their kernel: the cards are there, with contrast enough, in light and in dark."""
    reopened.theme(theme)
    expect(reopened.outputs(MAKE).filter(has_text=VERIFIED)).to_be_visible()
    expect(reopened.outputs(SOLVE).get_by_text(TOTALS)).to_be_visible()
    reopened.page.locator("details").evaluate_all("all => all.forEach(fold => { fold.open = true })")
    contrast, text = hardest_to_read(reopened.page)
    assert contrast >= READABLE, f"{text!r} has {contrast:.1f}"
    assert lab.kernels() == []


def test_a_notebook_of_somebody_else_when_opened_is_readable_though_not_trusted(ran, lab, page):
    """JupyterLab takes styles away from notebooks that were not run here; words, tables and contrast stay."""
    theirs = nbformat.read(lab.root / NOTEBOOK, as_version=4)
    theirs.cells.append(nbformat.v4.new_markdown_cell("not signed"))
    nbformat.write(theirs, lab.project("theirs") / "theirs.ipynb")
    opened = lab.show(page, "theirs/theirs.ipynb", kernel=False)
    opened.theme("JupyterLab Dark")
    expect(opened.outputs(MAKE).filter(has_text=VERIFIED)).to_be_visible()
    expect(opened.outputs(SOLVE).locator("tbody tr")).to_have_count(6)
    contrast, text = hardest_to_read(page)
    assert contrast >= READABLE, f"{text!r} has {contrast:.1f}"


@pytest.mark.parametrize(
    ("style", "ratio"),
    [("color:#767676", 4.54), ("color:#000;opacity:.5", 3.95), ("color:rgb(0 0 0/.5)", 3.95), ("color:#fff", 1.0)],
)
def test_contrast_when_measured_is_that_of_the_standard(page, style, ratio):
    """Known greys on white have the ratios that WCAG gives, however the colour came about."""
    page.set_content(f"<div id='known'><span style='{style}'>grey</span></div>")
    assert hardest_to_read(page, "#known") == [pytest.approx(ratio, abs=0.1), "grey"]


@pytest.mark.parametrize(("ground", "ink"), [("#ffffff", "#1f2328"), ("#0d1117", "#e6edf3"), ("#1f1f1f", "#cccccc")])
def test_a_static_page_when_it_has_no_theme_is_readable(ran, lab, page, ground, ink):
    """Outside of JupyterLab there are none of its variables: cards take the colours of the page they stand on."""
    from nbconvert import HTMLExporter

    html, _ = HTMLExporter(template_name="basic").from_filename(lab.root / NOTEBOOK)
    assert "--jp-layout-color0:" not in html
    page.set_content(f"<body style='background:{ground};color:{ink};font-family:sans-serif'>{html}</body>")
    expect(page.get_by_text(VERIFIED).first).to_be_visible()
    expect(page.get_by_text(TOTALS)).to_be_visible()
    contrast, text = hardest_to_read(page, ".output_html")
    assert contrast >= READABLE, f"{text!r} has {contrast:.1f}"
