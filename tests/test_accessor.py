"""`series.latm.solve()`: in a script on the session of the current folder; in a notebook see jupyter/test_columns."""

import subprocess
import sys

import pytest
from sorting import SORTING

pd = pytest.importorskip("pandas")


def test_polars_columns_answer_too(open_session, project, monkeypatch):
    """A polars Series comes back, with nulls."""
    pl = pytest.importorskip("polars")
    from latm_magic import accessor

    monkeypatch.setattr(accessor, "_find_session", lambda: session)
    session = open_session(tools=SORTING)
    accessor.register()
    out = pl.Series("q", ["Sort: b a", "hello"]).latm.solve(ask=False)
    assert isinstance(out, pl.Series)
    assert (out.name, out.to_list()) == ("answer", ["a b", None])


def test_a_script_needs_an_import_only(open_session, project):
    """The project of the current folder answers; nothing is printed, and the process ends by itself."""
    open_session(tools=SORTING).close()
    for imports in ("pandas as pd, latm_magic.accessor", "latm_magic.accessor, pandas as pd"):
        code = f"import {imports}\nprint(pd.Series(['Sort: b a']).latm.solve(tool='sort_words').to_list())"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=project)
        assert (done.stdout, done.stderr) == ("['a b']\n", "")


def test_no_library_is_loaded_for_it():
    """Importing it without pandas loads none."""
    code = "import sys, latm_magic.accessor; print({'pandas', 'polars'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
