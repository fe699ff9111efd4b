"""A shell with the extension loaded and a scripted maker."""

from __future__ import annotations

import pytest
from cells import MODULE, examples

from latm_magic.jupyter.extension import load, unload
from latm_magic.testing import ScriptedModel


class Notebook:
    """A shell that runs cells: `run` expects them to succeed, `fail` expects an error and returns its one line."""

    def __init__(self, shell, session, maker, capsys):
        self.shell, self.session, self.maker, self._capsys = shell, session, maker, capsys

    def __getitem__(self, name):
        return self.shell.user_ns[name]

    def __setitem__(self, name, value):
        self.shell.user_ns[name] = value

    def __contains__(self, name):
        return name in self.shell.user_ns

    def run(self, cell):
        """Run a cell that succeeds; return its value."""
        outcome = self.shell.run_cell(cell)
        outcome.raise_error()
        return outcome.result

    def fail(self, cell):
        """Run a cell that fails with one of our errors; return what is printed of it, which is a single line."""
        self._capsys.readouterr()
        outcome = self.shell.run_cell(cell)
        assert not outcome.success
        assert hasattr(outcome.error_in_exec, "_render_traceback_"), outcome.error_in_exec
        return self._capsys.readouterr().out.strip().splitlines()[-1]

    def script(self, *replies):
        """Have the maker model play replies."""
        self.maker._endless, self.maker._lines = None, list(replies)

    def printed(self, cell):
        """Run a cell that succeeds; return what a terminal shows."""
        self._capsys.readouterr()
        self.run(cell)
        return self._capsys.readouterr().out


@pytest.fixture
def open_notebook(ip, capsys):
    """Return a function that loads latm_magic with a maker that writes MODULE whenever it is asked, and other models."""

    def open_one(**models):
        maker = ScriptedModel(lambda _request: f"```python\n{MODULE}```")
        return Notebook(ip, load(ip, maker=maker, **models).session, maker, capsys)

    yield open_one
    unload(ip)


@pytest.fixture
def notebook(open_notebook):
    """Return a notebook with latm_magic loaded."""
    return open_notebook()


@pytest.fixture
def two_tools(notebook):
    """Return a notebook whose cache holds two tools."""
    for name in ("sort_words", "sort_more"):
        notebook.session.add(name, MODULE.replace("sort_words", name), examples(), description=f"Sort for {name}.")
    return notebook


@pytest.fixture
def sorting(open_notebook):
    """Return a notebook with a sorting tool, whose other models never know an answer."""
    notebook = open_notebook(dispatcher=ScriptedModel(lambda _: "unknown"), user=ScriptedModel(lambda _: "CANNOT"))
    notebook.session.add("sort_words", MODULE, examples(), description="Sort the words.")
    notebook.run("%latm use sort_words")
    return notebook
