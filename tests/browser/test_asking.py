"""`%%latm_ask`, `%latm traces` and flows in JupyterLab: steps while they happen, ■, cards, hostile outputs as text."""

import json
from pathlib import Path

import pytest
from accessible import serious
from cells import MODULE, examples
from loopback import CANARY, LoopbackEndpoint, Turn, called, said
from opened import CARD

expect = pytest.importorskip("playwright.sync_api", reason="`make test-browser` installs playwright").expect
pytestmark = pytest.mark.browser

CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
READABLE = 4.5
"""WCAG 2, level AA, for text of ordinary size."""
THEMES = ("JupyterLab Light", "JupyterLab Dark")
EVIL = "<img src=x onerror='window.ran=1'><script>window.ran=2</script> \\u202eabc \\x1b[31mred"
FUNCTIONS = f"""
import latm_magic, time
from latm_magic.traces import Step, Trace
evil = "{EVIL}"
session = latm_magic.current()
_ = session.add("sort_words", {MODULE!r}, {examples()!r}, description="Sort.")
@latm_magic.pure
def look_up(word):
    return {{"found": [f"{{evil}} {{word}}"], "kind": evil if len(word) > 3 else "plain"}}
def hold(go):
    while not Path(go).exists():
        time.sleep(0.02)
    raise ValueError(evil)
from pathlib import Path
def run_of(number):
    word = "w" * (number % 6 + 1)
    found = look_up(word)
    kind, inputs = found["kind"], {{"word": word}}
    steps = [Step("look_up", inputs, found)]
    if kind == evil:
        steps.append(Step("act", {{"kind": kind}}, {{"done": evil}}, acts=True))
    return Trace(f"t{{number}}", "looking", inputs, tuple(steps), kind, "you")
def act(kind):
    return {{"done": evil}}
session.keep_traces([run_of(number) for number in range(60)])"""


def a_lab_with(endpoint):
    """Return the first cell: the endpoint, and functions that return hostile text."""
    return (
        f"%env OPENAI_API_KEY={CANARY}\n%load_ext latm_magic\n%config Latm.base_url = {endpoint.base_url!r}\n"
        f"%config Latm.maker_model = 'loopback-1'\n{FUNCTIONS}"
    )


def is_inert(page):
    """Return whether nothing of the hostile text became an element or ran."""
    made = page.locator(".jp-OutputArea-output").locator("script, [onerror], img[src='x']")
    return made.count() == 0 and page.evaluate("window.ran") is None


def test_a_run_with_tools_when_it_ends_is_one_line_and_a_card_and_an_interrupted_one_keeps_its_steps(lab, page):
    """Calls are seen while they happen; then the card has them, once. What was broken off is there all the same."""
    script = iter([
        called("sort_words", '{"words": ["pear", "fig"]}'),
        called("look_up", json.dumps({"word": "pear"})),
        called("hold", '{"go": "go"}'),
        said(EVIL.encode().decode("unicode_escape")),
        called("look_up", '{"word": "fig"}'),
        Turn(hang=True),
    ])  # fmt: skip
    with LoopbackEndpoint(lambda _: next(script)) as endpoint:
        path = lab.write(
            "asking",
            a_lab_with(endpoint),
            '%%latm_ask --tools ["sort_words", look_up, hold] --inputs {"word": evil} --record asking\nWhat of {word}?',
            "%%latm_ask --tools [look_up] --record asking\nAnd now?",
            "%latm traces asking",
            "%latm traces asking 1",
            "%latm traces asking 2",
            "%latm traces asking 1 2",
            goes_on=True,
        )
        opened = lab.open(page, path)
        opened.menu("Run", "Run All Cells")
        calls = opened.outputs(1).filter(has_text="sort_words(words=['pear', 'fig']) → ['fig', 'pear']")
        expect(calls).to_contain_text("look_up(word='pear') → {'found'")
        expect(calls).to_contain_text("… asking with tools, round 3")
        (lab.root / "asking" / "go").touch()
        expect(opened.outputs(2).filter(has_text="look_up(word='fig')")).to_contain_text("round 2")
        opened.menu("Kernel", "Interrupt Kernel")
        expect(opened.outputs(2).last).to_contain_text("KeyboardInterrupt: you stopped it.")
        expect(opened.outputs(6)).to_contain_text("left only")
        opened.wait()
    note, line, card = (opened.outputs(1).nth(place) for place in range(3))
    expect(opened.outputs(1)).to_have_count(3)
    expect(note).to_contain_text("outside of the sandbox")
    expect(line).to_contain_text("✓ answered · 4 model calls")
    expect(line).not_to_contain_text("sort_words")
    expect(card.locator("tr")).to_have_count(4)
    expect(card).to_contain_text("ValueError: <img src=x")
    expect(card).to_contain_text("⟨U+202E⟩abc ␛[31mred")
    broken = opened.outputs(2).filter(has_text="interrupted")
    expect(broken).to_contain_text("look_up(word='fig')")
    expect(broken).not_to_contain_text("… asking")
    for place in (3, 5):
        expect(opened.outputs(place)).to_contain_text("interrupted")
    assert is_inert(page)
    assert serious(page) == []


def test_a_flows_card_graph_and_source_when_learned_of_hostile_outputs_are_text_in_every_theme(lab, page):
    """Guards hold what tools gave; the graph is drawn; all of it can be read, and axe finds nothing serious."""
    with LoopbackEndpoint(said("unused")) as endpoint:
        path = lab.write(
            "flow",
            a_lab_with(endpoint),
            "%%latm_flow looking --tools [look_up, act] --unsure refuse\n<b>Look</b> words up.",
            "%latm flow looking --tools [look_up, act] --source",
            "display(looking.solve({'word': 'wwwww'}), looking.solve({'word': 3}))",
            "%latm flow",
            "%latm flow looking --tools [look_up, act] --graph",
        )
        opened = lab.open(page, path)
        page.set_viewport_size({"width": 800, "height": 1200})
        opened.run_all()
    shown = opened.outputs(1).last
    expect(shown).to_contain_text("60 of 60 traces replay")
    expect(shown).to_contain_text('look_up.kind == "<img src=x')
    expect(shown).to_contain_text("Acts outside, and so is never called to learn or to verify: act.")
    expect(opened.outputs(2)).to_contain_text("def looking(tools, /, **inputs):")
    expect(opened.outputs(3).first).to_contain_text("by the flow · look_up, act")
    expect(opened.outputs(3).last).to_contain_text("no answer")
    expect(opened.outputs(5).locator("img[src^='data:image/svg']")).to_be_visible()
    assert is_inert(page)
    for theme in THEMES:
        opened.theme(theme)
        ratio, text = page.locator(CARD).evaluate_all(CONTRAST)
        assert ratio >= READABLE, text
        assert serious(page) == []
