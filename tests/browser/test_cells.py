"""What cells show and do in JupyterLab: progress, hostile text, errors, help, completion, editing."""

import re
import threading
from pathlib import Path

import pytest
from cells import MODULE, NO_CASE, cell_of, examples
from loopback import CANARY, LoopbackEndpoint, Turn, error, said, streamed
from opened import CARD

import latm_magic

expect = pytest.importorskip("playwright.sync_api", reason="`make test-browser` installs playwright").expect
pytestmark = pytest.mark.browser

LOAD = "%load_ext latm_magic"
TOOL = f"%%latm_tool sort_words --examples pairs --replace\n{MODULE}"
EVIL = "<img src=x onerror='window.ran=1'><script>window.ran=2</script> \\u202eabc\\u202c \\x1b[31mred \\x00"

SENT = EVIL.encode().decode("unicode_escape")
SENT_LINE = SENT.replace("\x00", "")
RAISING = MODULE.replace("sort_words", "sort_more").replace(
    "    return sorted(words)",
    f"    if 'b4' in words:\n        raise ValueError({SENT!r} + str(words))\n    return sorted(words)",
)
OTHER_LINKS = f"a[href]:not([href^='http://127.0.0.1:']):not([href^='{Path(latm_magic.__file__).parent}/'])"
"""JupyterLab itself makes links: of an address in plain text, here the endpoint's, and of a traceback's files."""
MOST_OF_A_CELL, MOST_OF_A_FILE = 300_000, 2_000_000
"""Characters and bytes."""


class HeldEndpoint(LoopbackEndpoint):
    """An endpoint that answers when it is let go."""

    def __init__(self, *turns):
        super().__init__(*turns)
        self.asked, self.go = threading.Event(), threading.Event()

    def next_turn(self, asked):
        """Wait before a chat's reply is sent."""
        if asked.path.endswith("/chat/completions"):
            self.asked.set()
            self.go.wait(60)
        return super().next_turn(asked)


def test_progress_while_a_tool_is_made_says_where_it_is_and_ends_in_its_final_state(lab, page):
    """One line says that the maker writes, while it does, and the same line says in the end what came of it."""
    with HeldEndpoint(said(f"```python\n{MODULE}```")) as endpoint:
        path = lab.write(
            "progress",
            f"%env OPENAI_API_KEY={CANARY}\n{LOAD}\n%config Latm.base_url = {endpoint.base_url!r}\n"
            "%config Latm.maker_model = 'loopback-1'",
            f"%%latm sort_words\n{cell_of(examples())}",
        )
        opened = lab.open(page, path)
        opened.menu("Run", "Run All Cells")
        progress = opened.outputs(1).first
        expect(progress).to_contain_text("… sort_words: the maker is writing")
        assert endpoint.asked.wait(20)
        expect(opened.outputs(1)).to_have_count(1)
        endpoint.go.set()
        expect(progress).to_contain_text("✓ sort_words: made, 6 of 6 right · 1 model call")
        expect(progress).not_to_contain_text("the maker is writing")
        expect(opened.outputs(1).filter(has_text="verified 6 of 6")).to_be_visible()
        opened.wait()


def test_a_slow_model_when_interrupted_leaves_one_line(lab, page):
    """The clock ticks, what the model writes is shown as text, and the stop button ends it in a line and an error."""
    evil = {"content": "<img src=x onerror='window.ran=1'>\n"}
    turn = Turn(chunks=streamed(*[evil] * 2000).chunks, drip_s=0.02)
    with LoopbackEndpoint(turn) as endpoint:
        path = lab.write(
            "slow",
            f"%env OPENAI_API_KEY={CANARY}\n{LOAD}\n%config Latm.base_url = {endpoint.base_url!r}\n"
            "%config Latm.maker_model = 'loopback-1'",
            f"%%latm sort_words\n{cell_of(examples())}",
        )
        opened = lab.open(page, path)
        opened.menu("Run", "Run All Cells")
        shown = opened.outputs(1)
        expect(shown.first).to_contain_text("<img src=x onerror='window.ran=1'>")
        expect(shown.first).to_contain_text(re.compile(r"· [2-9] s"))
        opened.menu("Kernel", "Interrupt Kernel")
        expect(shown.first).to_contain_text("interrupted")
        expect(shown.first).not_to_contain_text("…")
        expect(shown.last).to_contain_text("KeyboardInterrupt: you stopped it.")
        expect(shown).to_have_count(2)
        assert page.evaluate("window.ran") is None


def hostile_models():
    """Return what answers every role with hostile text: a maker with a reply without code, then with bad modules."""
    bare = iter([f"{SENT}\n"])

    def turn(asked):
        words = str(asked["messages"])
        if asked["model"] != "loopback-1":
            return error(400, SENT)
        if "List: wrong" not in words:
            return said(SENT)
        return streamed({"content": SENT}, {"content": next(bare, f"\n```python\n# {SENT_LINE}\n{RAISING}```")})

    return turn


HOSTILE_CELLS = {
    "make": f'%%latm_tool sort_words --examples pairs --description "{EVIL}"\n# {EVIL}\n{MODULE}',
    "again": f"%%latm_tool sort_words --examples pairs --description evil{'x' * 50_000}\n# {EVIL}\n{NO_CASE}",
    "fail": "%%latm sort_more --examples wrong\nSort the words, and leave <b>none</b>.",
    "why": "%latm why sort_more",
    "drafts": "%latm drafts sort_more",
    "keep": "%latm keep sort_more",
    "raised": "sort_more(words=[evil, 'b4'])",
    "refused": "%latm_solve --tool sort_more [f'refuse {evil}', evil, f'List: b4 {evil}']",
    "explained": "%latm_solve --explain [evil, f'List: {evil}']",
    "audited": "%config Latm.audit_first = 2\na = %latm_solve --tool sort_words [f'List: {evil} {n}' for n in '12']",
    "huge": "a = %latm_solve --no-model column\na",
    "one": "display(a[0], a[1], a[2])\nprint(a[0], a[1])",
    "call": "sort_words(words=huge)",
    "correct": "%latm correct evil huge --tool sort_words",
    "lists": "for words in ('tools', 'pending', 'versions sort_words', 'diff sort_words', 'ledger', 'models', 'status',\n"
    "    'config', 'verify sort_words', 'browse sort_words --tables', 'show sort_words',\n"
    "    'corrections sort_words'):\n"
    "    display(get_ipython().run_line_magic('latm', words))",
    "plot": "%latm ledger --plot",
    "browse": "%latm browse sort_words",
    "check": "%latm check sort_words column",
    "theirs": "session.export('theirs.ipynb', ['sort_words'])\n"
    "document = json.loads(Path('theirs.ipynb').read_text())\n"
    "text = json.dumps(document).replace('sort_words', '<img src=x onerror=window.ran=3>')\n"
    "Path('latm_tools').mkdir()\nPath('latm_tools/<img src=x onerror=window.ran=4>.ipynb').write_text(text)\n"
    "Path('theirs.ipynb').write_text(text)\n%latm load theirs.ipynb --dry-run",
    "shared": "%latm tools",
    "line": "raise latm_magic.LatmError(evil)",
    "error": "raise latm_magic.LatmError(huge)",
    "unknown": "%latm show <img/src=x/onerror=window.ran=5>",
    "edit": "%latm edit sort_more --row 1",
}


def test_hostile_text_when_shown_is_text_and_does_nothing(lab, page):
    """Markup, scripts, controls and ten megabytes from you, from others and from models: text, cut, in every output."""
    with LoopbackEndpoint(hostile_models(), models=[SENT_LINE, "loopback-1"]) as endpoint:
        start = (
            f"%env OPENAI_API_KEY={CANARY}\n{LOAD}\n%config Latm.base_url = {endpoint.base_url!r}\n"
            "%config Latm.maker_model = 'loopback-1'\n%config Latm.user_model = 'loopback-2'\n%config Latm.max_attempts = 2\n"
            "import json, latm_magic\nfrom pathlib import Path\nsession = latm_magic.current()\n"
            f'evil = "{EVIL}"\nhuge = evil + "x" * 10_000_000 + evil\n'
            'pairs = [(f"List: {evil} b{n} a", " ".join(sorted(f"{evil} b{n} a".split()))) for n in range(6)]\n'
            'wrong = [(q.replace("List:", "List: wrong"), " ".join(sorted([*a.split(), "wrong"]))) for q, a in pairs]\n'
            'long = "List: " + evil + "x" * 900_000 + " a" * 40_000\n'
            'column = [f"to sort: {evil}", long, huge, evil]'
        )
        path = lab.write("hostile", start, *HOSTILE_CELLS.values(), goes_on=True)
        asked, noticed = [], []
        opened = lab.open(page, path)
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: (noticed.append(dialog.message), dialog.dismiss()))
        opened.menu("Run", "Run All Cells")
        opened.cell(len(HOSTILE_CELLS)).get_by_text("start from").wait_for(timeout=90_000)
    outputs = {name: opened.outputs(place) for place, name in enumerate(HOSTILE_CELLS, 1)}
    texts = {name: "".join(shown.all_inner_texts()) for name, shown in outputs.items()}
    assert {name for name, text in texts.items() if "<img" not in text} == {"audited", "one", "call", "plot", "theirs"}
    for name in ("make", "fail", "why", "drafts", "explained", "correct"):
        expect(outputs[name].filter(has_text="⟨U+202E⟩").last).to_be_visible()
    expect(outputs["explained"].last).to_contain_text("␛[31mred")
    made = page.locator(".jp-OutputArea-output").locator(f"img, script, iframe, style, {OTHER_LINKS}, [onerror]")
    assert made.evaluate_all("all => all.map(one => one.outerHTML)") == []
    sizes = {
        name: len("".join(each.evaluate_all("all => all.map(one => one.innerHTML)"))) for name, each in outputs.items()
    }
    assert {name: size for name, size in sizes.items() if size > MOST_OF_A_CELL} == {}
    shown = "".join(page.locator(".jp-OutputArea-output").all_inner_texts())
    assert not set(shown) & set("\u202e\u202c\x1b\x00")
    assert page.evaluate("window.ran") is None
    assert noticed == []
    assert {url.split("/")[2] for url in asked} <= {lab.address.split("/")[2]}
    assert not [url for url in asked if url.endswith("/x")]
    opened.save()
    assert (lab.root / path).stat().st_size < MOST_OF_A_FILE


def test_an_error_when_all_cells_are_run_is_one_line_and_ends_the_run(lab, page):
    """The line says what to do, there is no traceback, and no later cell runs."""
    path = lab.write("error", LOAD, "%latm shwo sort_words", "print('went on')")
    opened = lab.open(page, path)
    opened.run_all()
    error = opened.outputs(1)
    expect(error).to_have_count(1)
    expect(error).to_contain_text("MagicError: No subcommand 'shwo'. Did you mean 'show'?")
    assert len(error.inner_text().strip().splitlines()) == 1
    expect(opened.cell(2).locator(".jp-InputPrompt")).to_have_text("[ ]:")
    expect(opened.outputs(2)).to_have_count(0)


@pytest.fixture(scope="module")
def with_tools(chromium, lab):
    """Return a notebook with two tools, an empty cell at its end, and a kernel."""
    pairs = f"{LOAD}\npairs = {examples()!r}"
    other = TOOL.replace("sort_words", "sort_names")
    path = lab.write("tools", pairs, TOOL, other, "sort_words?", "sort_words??", "%latm edit sort_words", "")
    page = chromium.new_page()
    opened = lab.open(page, path)
    for position in (0, 1, 2):
        opened.run(position)
    yield opened
    page.close()
    lab.stop_kernels()


def test_help_when_asked_with_one_question_mark_shows_the_doc(with_tools):
    """The pager has the signature, what the tool does, and how to call it."""
    with_tools.run(3)
    for words in ("sort_words(words: list[str]) -> list[str]", "Sort words alphabetically.", "sort_words(words=["):
        expect(with_tools.outputs(3)).to_contain_text(words)
    expect(with_tools.outputs(3)).not_to_contain_text("def parse(question)")


def test_help_when_asked_with_two_question_marks_shows_the_source(with_tools):
    """The pager has the tool's module, not that of the object around it."""
    with_tools.run(4)
    expect(with_tools.outputs(4)).to_contain_text("def parse(question):")
    expect(with_tools.outputs(4)).to_contain_text("return sorted(words)")
    expect(with_tools.outputs(4)).not_to_contain_text("class Tool")


def test_completion_when_tab_is_pressed_behind_use_offers_the_tools(with_tools):
    """Tab offers each tool of the project; Enter takes it."""
    with_tools.cell(-1).locator(".cm-content").click()
    with_tools.page.keyboard.type("%latm use ")
    with_tools.page.keyboard.press("Tab")
    offered = with_tools.page.locator(".jp-Completer .jp-Completer-item")
    expect(offered.filter(has_text="sort_names")).to_be_visible()
    expect(offered.filter(has_text="sort_words")).to_be_visible()
    offered.filter(has_text="sort_words").click()
    expect(with_tools.cell(-1).locator(".cm-content")).to_have_text("%latm use sort_words")


def test_editing_when_asked_for_puts_a_cell_below_that_makes_the_next_version(with_tools):
    """The new cell holds the source behind %%latm_tool, and runs."""
    with_tools.run(5)
    expect(with_tools.outputs(5)).to_contain_text("The next cell holds sort_words, version 1")
    below = with_tools.cell(6).locator(".cm-content")
    expect(below).to_contain_text("%%latm_tool sort_words")
    expect(below).to_contain_text("return sorted(words)")
    with_tools.run(6)
    expect(with_tools.cell(6).locator(CARD).filter(has_text="verified 6 of 6")).to_be_visible()
