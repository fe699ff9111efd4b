"""The form of `%latm check` in JupyterLab: filled in by keyboard alone, read in both themes, hostile text as text."""

from pathlib import Path

import pytest
from accessible import serious
from cells import MODULE, examples

expect = pytest.importorskip("playwright.sync_api", reason="`make test-browser` installs playwright").expect
pytestmark = pytest.mark.browser

CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
READABLE = 4.5
"""WCAG 2, level AA, for text of ordinary size."""
EVIL = "<img src=x onerror='window.ran=1'><script>window.ran=2</script>"
FORM = ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.widget-view+json']"


CHOICE = ".widget-toggle-button"


@pytest.fixture(scope="module")
def opened(chromium, lab):
    """Return a notebook that shows a form of three rows, and has run."""
    path = lab.write(
        "form",
        f"%load_ext latm_magic\npairs = {examples()!r}\n"
        f'column = ["Put in order: b a", "what? {EVIL}", "12 oz of salmon", "List: h g"]',
        f"%%latm_tool sort_words --examples pairs\n{MODULE}",
        "%latm check sort_words column",
    )
    page = chromium.new_page()
    notebook = lab.open(page, path)
    notebook.run_all()
    expect(notebook.outputs(2).locator(CHOICE)).to_have_count(15)
    yield notebook
    page.close()
    lab.stop_kernels()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_a_form_when_shown_can_be_read_in_every_theme(opened, theme):
    """Text and controls have contrast enough, and markup in a question is text."""
    opened.theme(theme)
    expect(opened.outputs(2)).to_contain_text(EVIL)
    ratio, text = opened.page.locator(FORM).evaluate_all(CONTRAST)
    assert ratio >= READABLE, text
    assert serious(opened.page) == []
    assert opened.page.locator(FORM).locator("img, script").count() == 0
    assert opened.page.evaluate("window.ran") is None


def test_a_form_when_filled_in_by_keyboard_saves_and_leaves_a_page(opened):
    """Tab goes from choice to choice and to the button, Space chooses; the end is text, which a saved notebook keeps."""
    form, press = opened.outputs(2), opened.page.keyboard.press
    form.locator(CHOICE).first.focus()
    for keys in ("Tab", "Space"):  # wrong: the cursor is in the field for what is right
        press(keys)
    expect(form.get_by_placeholder("the right answer").first).to_be_focused()
    opened.page.keyboard.type("a b")
    for keys in ("Tab", "Tab", "Tab", "Space"):  # the second row is to be refused
        press(keys)
    for keys in ("Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Space"):
        press(keys)
    expect(form).to_contain_text("1 answer of sort_words right, 1 not")
    expect(form.locator(CHOICE)).to_have_count(5)
    form.get_by_role("button", name="refuse").click()
    form.get_by_role("button", name="Save what I filled in").click()
    expect(form).to_contain_text("No doubtful row of sort_words is left")
    expect(form.locator(CHOICE)).to_have_count(0)
    assert opened.page.evaluate("window.ran") is None
