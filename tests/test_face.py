"""The face: light to import, and all that is meant to be imported is there."""

import subprocess
import sys
from importlib import import_module

import pytest

import latm_magic

HEAVY = {
    "IPython",
    "ipywidgets",
    "numpy",
    "openai",
    "pandas",
    "pydantic",
    "nbformat",
    "genai_prices",
    "RestrictedPython",
}


def loaded_after(code):
    """Return the top-level modules that a fresh process has loaded after some code, and what it printed."""
    report = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    *printed, modules = done.stdout.splitlines()
    return set(modules.split()), printed


def test_importing_when_fresh_loads_nothing_heavy_and_prints_nothing():
    """`import latm_magic` is for everyone: no IPython, no SDK, no pandas, not a word."""
    modules, printed = loaded_after("import latm_magic")
    assert not modules & (HEAVY | {"sqlite3", "traitlets"})
    assert printed == []


def test_a_session_when_made_loads_no_notebook_and_no_sdk(project):
    """A script that makes a session needs neither IPython nor the provider's SDK yet."""
    modules, _ = loaded_after("import latm_magic; latm_magic.Session()")
    assert modules & HEAVY == set()


def test_load_ext_when_run_loads_no_sdk_and_no_tables(project):
    """The extension is light: SDK, pandas, numpy and nbformat come when they are first needed."""
    started = (
        "from IPython.core.interactiveshell import InteractiveShell; import sys; shell = InteractiveShell.instance()"
    )
    before, _ = loaded_after(started)
    after, printed = loaded_after(f"{started}; shell.run_line_magic('load_ext', 'latm_magic')")
    assert (after - before) & HEAVY == set()
    assert printed == []


def test_the_names_when_asked_for_are_there():
    """Everything of `__all__` can be imported, `dir` lists it, and nothing else pretends to be there."""
    for name in latm_magic.__all__:
        assert getattr(latm_magic, name) is not None
    assert set(latm_magic.__all__) <= set(dir(latm_magic))
    with pytest.raises(AttributeError, match="no attribute 'Sesion'"):
        latm_magic.Sesion  # noqa: B018


@pytest.mark.parametrize(("name", "home"), latm_magic._HOMES.items())
def test_a_home_when_named_holds_its_name(name, home):
    """The face finds its names by module paths as text: each path exists."""
    assert hasattr(import_module(f"latm_magic.{home}"), name)


def test_the_version_when_asked_for_is_the_packages():
    """The version has one home: the package's metadata."""
    from importlib.metadata import version

    assert latm_magic.__version__ == version("latm_magic")


def test_current_when_outside_of_a_notebook_says_what_to_do():
    """A script has no notebook session; the error names the way on."""
    code = """
import latm_magic
try:
    latm_magic.current()
except latm_magic.LatmError as error:
    print(error)
"""
    _, printed = loaded_after(code)
    assert "latm_magic.Session()" in printed[0]
