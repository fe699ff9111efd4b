"""Answers of a long column in JupyterLab: what broke stands on top, nothing is cut at 800 pixels, in both themes."""

from pathlib import Path

import pytest
from cells import MODULE, examples
from opened import CARD

expect = pytest.importorskip("playwright.sync_api", reason="`make test-browser` installs playwright").expect
pytestmark = pytest.mark.browser

CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
READABLE = 4.5
"""WCAG 2, level AA, for text of ordinary size."""
MOST_BYTES = 1_000_000
COLUMN = """
evil = "<img src=x onerror='window.ran=1'><script>window.ran=2</script> \\u202eabc\\u202c \\x1b[31mred"
column = [f"List: w{i % 97:02d} v{i % 89:02d} u{i}" for i in range(10_000)]
column[5], column[4000], column[4001] = evil, "x" * 10_000_000, None
column[4002] = "\u05e9\u05dc\u05d5\u05dd " * 50
"""


@pytest.fixture(scope="module")
def opened(chromium, lab):
    """Return a notebook that has solved ten thousand rows, narrow."""
    make = f"%load_ext latm_magic\npairs = {examples()!r}"
    tool = f"%%latm_tool sort_words --examples pairs\n{MODULE}"
    path = lab.write(
        "long", make, tool, COLUMN, "a = %latm_solve --no-model column", "a", "a.unanswered", "print(a[5])"
    )
    page = chromium.new_page()
    page.set_viewport_size({"width": 800, "height": 1200})
    notebook = lab.open(page, path)
    notebook.run_all()
    expect(notebook.outputs(5)).to_contain_text("not answered")
    yield notebook
    page.close()
    lab.stop_kernels()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_ten_thousand_answers_when_shown_are_short_and_readable_in_every_theme(opened, theme):
    """Totals first, then what broke, with text as text; the page is small and no answer wraps."""
    opened.theme(theme)
    shown = opened.outputs(4).first
    words = shown.inner_text()
    assert words.index("10,000 rows, 4 not answered: 9,996 by parser") < words.index("4001") < words.index("w00")
    assert len(shown.inner_html()) < MOST_BYTES
    ratio, text = opened.page.locator(CARD).evaluate_all(CONTRAST)
    assert ratio >= READABLE, text
    answer = shown.get_by_text("u0 v00 w00", exact=True)
    assert answer.evaluate("cell => cell.getBoundingClientRect().height < 30")
    assert shown.locator("img, script").count() == 0
    assert opened.page.evaluate("window.ran") is None


def test_answers_when_assigned_leave_one_line_and_those_chosen_keep_their_rows(opened):
    """The totals are said without being asked for; the rows that broke are told by their place in the column."""
    expect(opened.outputs(3).filter(has_text="10,000 rows, 4 not answered")).to_have_count(1)
    for row in ("5", "4000", "4001", "4002"):
        expect(opened.outputs(5).get_by_text(row, exact=True)).to_be_visible()
