"""The README does what it says: its cells run, its files exist, its settings and subcommands are real."""

import re
from pathlib import Path

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


def test_the_readme_when_it_names_files_names_those_that_exist():
    """Every linked file is there."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / target).exists(), target


def test_the_readme_when_it_names_settings_names_real_ones():
    """Every `Latm.x` in the README is a setting."""
    for name in re.findall(r"Latm\.(\w+)", README):
        assert name in Latm.names(), name
