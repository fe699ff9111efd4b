"""What `%load_ext latm_magic` loads: little, as most cells after it make no use of the rest."""

import os
import subprocess
import sys

LOADED = """
import sys
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

config = Config()
config.HistoryManager.enabled = False
shell = InteractiveShell.instance(config=config)
shell.run_cell("1")
before = set(sys.modules)
shell.run_line_magic("load_ext", "latm_magic")
print(*(name for name in sys.modules if name.startswith("latm_magic.")))
print(*({"csv", "decimal", "sqlite3", "numpy", "pandas", "pydantic", "httpx", "sklearn", "msgpack"} & (set(sys.modules) - before)))
"""
OURS = """
accessor cache cache.database cache.faults cache.schema environment errors events jupyter jupyter.cell
jupyter.completion jupyter.display jupyter.display.page jupyter.display.plain jupyter.each_line jupyter.extension
jupyter.interrupts jupyter.line jupyter.magics jupyter.notebook jupyter.options jupyter.progress jupyter.screen
jupyter.time_left jupyter.totals own_file project settings shown sources text ways
"""


def test_load_ext_when_nothing_else_was_imported(tmp_path):
    """The extension loads these modules and no library: views, subcommands and the session come when they are used."""
    places = {"IPYTHONDIR": str(tmp_path), "LATM_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=tmp_path,
        env={**os.environ, **places},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    *_, ours, others = done.stdout.split("\n")[:-1]
    assert {name.removeprefix("latm_magic.") for name in ours.split()} <= set(OURS.split())
    assert others == ""
