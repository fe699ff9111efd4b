"""The README does what it says: its cells run, its files exist, its settings and subcommands are real."""

import re
from pathlib import Path

from cells import MODULE
from loopback import LoopbackEndpoint, said

from latm_magic.settings import Latm

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def cells():
    return re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_first_three_cells_when_run_do_what_stands_below_them(ip):
    """Load, make and solve work as shown, without a key."""
    for cell in cells()[:3]:
        done = ip.run_cell(cell)
        assert done.success, cell
    tool = ip.user_ns["to_grams"]
    assert (tool.verification.right, tool.version) == (8, 1)
    assert [tool.solve(q).value for q in ("1 lb 12 oz of salmon", "half a pound of butter")] == [793.8, 226.8]


def test_the_cells_for_an_endpoint_of_your_own_when_run_reach_a_tool(ip):
    """Load, name the endpoint, make, solve: four cells, with the README's words."""
    load, save = cells()[0], next(cell for cell in cells() if "base_url=" in cell)
    task = "%%latm sort_words\nSort the words.\n---\nList: b a => a b\nList: d c => c d\nList: f e => e f"
    with LoopbackEndpoint(said(f"```python\n{MODULE}```"), models=("the-strong-model", "the-light-model")) as endpoint:
        for cell in (load, save.replace("http://localhost:11434/v1", endpoint.base_url), task):
            assert ip.run_cell(cell).success, cell
        assert ip.run_cell('%latm_solve "List: z y"').result.texts == ["y z"]
        assert {chat.body["model"] for chat in endpoint.chats} == {"the-strong-model"}


def test_the_readme_when_it_names_files_names_those_that_exist():
    """Every linked file is there."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / target).exists(), target


def test_the_readme_when_it_names_settings_names_real_ones():
    """Every `Latm.x` in the README is a setting."""
    for name in re.findall(r"Latm\.(\w+)", README):
        assert name in Latm.names(), name
