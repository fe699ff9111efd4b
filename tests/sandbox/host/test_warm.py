"""The sandbox starts before it is needed, in the background, and never by an import alone."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from latm_magic.errors import SandboxError
from latm_magic.sandbox import Sandbox
from latm_magic.sandbox.host.spawn import PROGRAM, SpawnLauncher

ROOT = Path(__file__).resolve().parents[3]
LINUX = pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")


def test_sandbox_when_it_is_warmed():
    """One process starts, once; the first run uses it, and closing ends it."""
    with Sandbox() as sandbox:
        sandbox.warm()
        zygote = sandbox._pool._launcher._zygote
        sandbox.warm()
        assert sandbox.run("def f(): return 1", "f").value == 1
        assert sandbox._pool._launcher._zygote is zygote
        sandbox.close()
        assert zygote.poll() is not None
        sandbox.warm()
        assert sandbox._pool._launcher._zygote is None


def test_sandbox_when_it_is_warmed_and_never_used():
    """Closing ends what was started; so does the end of the program."""
    sandbox = Sandbox()
    sandbox.warm()
    zygote = sandbox._pool._launcher._zygote
    sandbox.close()
    assert zygote.poll() is not None


def test_sandbox_when_it_is_warmed_and_cannot_start():
    """Warming says nothing; the first run says why."""

    class Broken(Sandbox):
        _program = "raise SystemExit('no such luck')"

    with Broken() as sandbox:
        sandbox.warm()
        with pytest.raises(SandboxError, match="no such luck"):
            sandbox.run("def f(): return 1", "f")
    with Sandbox(extra_modules=["no_such_module_here"]) as sandbox:
        sandbox.warm()
        with pytest.raises(SandboxError, match="'no_such_module_here'"):
            sandbox.run("def f(): return 1", "f")


def test_sandbox_when_spawned_workers_are_warmed():
    """The first worker is under way."""

    class SpawnSandbox(Sandbox):
        _launcher, _program = SpawnLauncher, PROGRAM

    with SpawnSandbox() as sandbox:
        sandbox.warm()
        first = sandbox._pool._launcher._standby
        assert sandbox.run("def f(): return 1", "f").value == 1
        assert [worker._handle for worker in sandbox._pool._idle] == [first]


@LINUX
def test_processes_when_the_package_is_only_loaded(tmp_path):
    """Importing and loading the extension start none; the first solve does."""
    program = """
        import os
        from pathlib import Path
        from IPython.core.interactiveshell import InteractiveShell

        def children():
            return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()

        import latm_magic
        from latm_magic import Session
        shell = InteractiveShell.instance()
        shell.run_line_magic("load_ext", "latm_magic")
        assert children() == [], children()
        with Session() as session:
            assert children() == [], children()
            session.tools()
            assert children() == [], children()
            session.solve(["what?"], ask=False)
            print(len(children()))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "1"), done.stderr[-1500:]
