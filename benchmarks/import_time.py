"""Print what `import latm_magic` and `%load_ext latm_magic` add to a started IPython, in milliseconds.

Compiles the package's bytecode first, as installing it does. Each figure is the median of fresh processes.
Run: python benchmarks/import_time.py
"""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import figures

import latm_magic

RUNS = 11
STARTED = """
import time
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
config = Config()
config.HistoryManager.enabled = False
shell = InteractiveShell.instance(config=config)
shell.run_cell("1")
started = time.perf_counter()
{work}
print((time.perf_counter() - started) * 1000)
"""
IMPORT = "import latm_magic"
LOAD = "shell.run_line_magic('load_ext', 'latm_magic')"
LIMITS = {IMPORT: 30, LOAD: 100}
TOOL = "def parse(question):\n    return {'text': question}\n\n\ndef copy(text: str) -> str:\n    return text\n"


def measure(work: str, folder: str) -> float:
    """Give the median milliseconds that `work` takes in a started IPython."""
    environment = {**os.environ, "IPYTHONDIR": folder, "LATM_HOME": folder}
    times = []
    for _ in range(RUNS):
        done = subprocess.run(
            [sys.executable, "-c", STARTED.format(work=work)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        times.append(float(done.stdout.split()[-1]))
    return statistics.median(times)


def report(label: str, work: str, folder: str) -> None:
    adds = measure(work, folder)
    print(f"{label:22} adds {adds:6.1f} ms (at most {LIMITS[work]}), median of {RUNS}")
    figures.keep(label, adds, "ms")


def main() -> None:
    compileall.compile_dir(Path(latm_magic.__file__).parent, quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        report("import latm_magic", IMPORT, folder)
        report("%load_ext latm_magic", LOAD, folder)
        os.environ["LATM_HOME"] = folder
        with latm_magic.Session(folder) as session:
            session.add("copy", TOOL, [(text, text) for text in "abc"], description="Copy the text.")
        report("... with a cached tool", LOAD, folder)


if __name__ == "__main__":
    main()
