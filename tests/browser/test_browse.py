"""`%latm browse` and `%latm ledger --plot` in JupyterLab: by keyboard, in both themes, hostile text as text, and axe."""

from pathlib import Path

import pytest
from accessible import serious
from cells import MODULE, NO_CASE, examples

expect = pytest.importorskip("playwright.sync_api", reason="`make test-browser` installs playwright").expect
pytestmark = pytest.mark.browser

CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
READABLE = 4.5
"""WCAG 2, level AA, for text of ordinary size."""
EVIL = "<img src=x onerror='window.ran=1'><script>window.ran=2</script>"
START = f"""%load_ext latm_magic
import latm_magic
session = latm_magic.current()
evil = "{EVIL}"
for source in ({MODULE!r}, {NO_CASE!r}):
    session.add("sort_words", source, {examples()!r}, description=f"Sort {{evil}}")
    session.add("other", source.replace("sort_words", "other"), {examples()!r}, description="Something else.")
session.correct(f"List: {{evil}}", "right", tool="sort_words")
session.cache.feedback.keep_pending([f"pending {{evil}}"])"""
LEDGER = """from latm_magic.cache.records import Audit
from latm_magic.models.ledger import Entry
session.cache.ledger.add(*(
    Entry(f"2026-01-0{n + 1}T10:00:00+00:00", "maker", "other", evil, 9, 0, 9, 0.01, 1.0, False, True) for n in range(5)
))
session.cache.feedback.keep_audits([Audit("other", 2, f"{n}", n > 0, "a", "b", is_random=True) for n in range(10)])"""
PAGES = ("card", "versions", "changes", "ledger", "refusals", "corrections", "pending")
THEMES = ("JupyterLab Light", "JupyterLab Dark")


@pytest.fixture(scope="module")
def opened(chromium, lab):
    """Return a notebook that shows the form, and a plot where matplotlib is."""
    path = lab.write("browse", START, LEDGER, "%latm browse", "%latm ledger --plot")
    page = chromium.new_page()
    notebook = lab.open(page, path)
    notebook.menu("Run", "Run All Cells")
    expect(notebook.outputs(2).get_by_role("button", name="sort_words")).to_be_visible()
    notebook.wait()
    yield notebook
    page.close()
    lab.stop_kernels()


@pytest.mark.parametrize("theme", THEMES)
def test_every_page_of_a_tool_can_be_read_in_every_theme(opened, theme):
    """Text and controls have contrast enough, axe finds nothing serious, and markup is text."""
    opened.theme(theme)
    form = opened.outputs(2)
    form.get_by_role("button", name="sort_words").first.click()
    for which in PAGES:
        form.get_by_role("button", name=which, exact=True).click()
        expect(form.locator(".widget-toggle-button.mod-active", has_text=which)).to_be_visible()
        ratio, text = form.evaluate_all(CONTRAST)
        assert ratio >= READABLE, (which, text)
        assert serious(opened.page) == [], which
    expect(form).to_contain_text(EVIL)
    assert form.locator("img, script").count() == 0
    assert opened.page.evaluate("window.ran") is None


def test_a_form_when_worked_by_keyboard_searches_opens_verifies_and_asks_before_it_drops(opened):
    """Tab reaches the search, the sorting, each tool and each button; no is the first answer to a question."""
    form, press = opened.outputs(2), opened.page.keyboard.press
    search = form.get_by_placeholder("words of name or description")
    search.focus()
    opened.page.keyboard.type("something")
    expect(form.get_by_role("button", name="sort_words", exact=True)).to_have_count(0)
    reach(opened, "other")
    press("Space")
    expect(form.get_by_role("button", name="Verify")).to_be_visible()
    expect(form).to_contain_text("other(words: list[str])")
    reach(opened, "Verify")
    press("Enter")
    expect(form).to_contain_text("sandbox policy")
    reach(opened, "Drop …")
    press("Space")
    expect(form).to_contain_text("Drop other with all its versions and answers?")
    expect(form.get_by_role("button", name="No, leave it")).to_be_focused()
    press("Space")
    expect(form).to_contain_text("Nothing was done.")
    expect(form.get_by_role("button", name="Drop …")).to_be_focused()
    press("Space")
    expect(form.get_by_role("button", name="No, leave it")).to_be_focused()
    press("Tab")
    press("Space")
    expect(form).to_contain_text("other is gone, with all its versions and answers.")
    search.fill("")
    expect(form.get_by_role("button", name="sort_words", exact=True)).to_be_visible()
    expect(form.get_by_role("button", name="other", exact=True)).to_have_count(0)


def reach(opened, words):
    """Press Tab until the button with these words has the focus."""
    for _ in range(20):
        opened.page.keyboard.press("Tab")
        if opened.page.evaluate("document.activeElement.textContent") == words:
            return
    pytest.fail(f"Tab does not reach {words!r}")


@pytest.mark.parametrize("theme", THEMES)
def test_a_plot_when_shown_has_the_colours_of_the_theme_and_a_name(opened, theme):
    """Text of the picture has the page's own colour on no ground of its own; axe finds nothing serious."""
    pytest.importorskip("matplotlib")
    opened.theme(theme)
    picture = opened.outputs(3).get_by_role("img")
    expect(picture).to_be_visible()
    assert "maker" in picture.get_attribute("aria-label")
    same = "one => getComputedStyle(one).color === getComputedStyle(one.closest('.jp-OutputArea-output')).color"
    assert picture.evaluate(same)
    assert serious(opened.page) == []
