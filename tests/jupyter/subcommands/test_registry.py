"""`%latm SUBCOMMAND`: what is registered, and what a line is dispatched to."""

from pathlib import Path

from latm_magic.jupyter import subcommands
from latm_magic.jupyter.subcommands.registry import SUBCOMMANDS


def test_every_file_when_the_package_is_imported_has_its_subcommands_registered():
    """A new file is one line in the package: this test fails where it was forgotten."""
    files = {path.stem for path in Path(subcommands.__file__).parent.glob("*.py")} - {"__init__", "registry"}
    assert {known.function.__module__.rpartition(".")[2] for known in SUBCOMMANDS.values()} == files


def test_a_subcommand_when_a_tab_follows_it_is_known(two_tools):
    """Any blank ends its name."""
    two_tools.run("%latm use\tsort_words")
    assert "sort_words" in two_tools
