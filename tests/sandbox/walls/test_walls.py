"""Which walls are up, and what they hold when there is no policy at all: attacks run as plain Python in a worker."""

import resource
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest
from open_sandbox import OpenSandbox

from latm_magic.errors import SandboxError
from latm_magic.sandbox import Sandbox
from latm_magic.sandbox.walls import walls

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these walls are Linux's")


@pytest.fixture(scope="module")
def sandbox():
    """Workers with every wall and no policy."""
    with OpenSandbox(timeout_s=2, require_walls=walls.ALL) as opened:
        yield opened


def run(sandbox, code, *args):
    """Call `f` of `code`."""
    return sandbox.run(textwrap.dedent(code), "f", args=args)


def test_worker_when_it_looks_around(sandbox):
    """A worker has no environment but what its own start needs, and no site packages of its own accord."""
    code = """
    import os, sys
    def f():
        return dict(os.environ), sys.flags.no_site
    """
    environment, no_site = run(sandbox, code).value
    assert set(environment) <= {"PYTHONHASHSEED", "LC_CTYPE"}
    assert no_site == 1


def test_limits_when_a_worker_asks_for_more(sandbox):
    """Memory ends at the limit, in one piece or in many, and the worker serves the next call."""
    code = """
    def f(pieces):
        return sum(len(each) for each in [bytes(2**31 // pieces) for _ in range(pieces)])
    """
    for pieces in (1, 2000):
        assert run(sandbox, code, pieces).outcome == "memory"
    assert run(sandbox, "def f(x):\n    return x", 7).value == 7


def test_secrets_when_the_parent_has_some(monkeypatch):
    """What is in the parent's environment is nowhere in the memory map of a worker's own view of itself."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    code = """
    import os, posix, subprocess
    def f():
        return str(os.environ) + str(posix.environ)
    """
    with OpenSandbox(timeout_s=2) as opened:
        assert "sk-canary" not in run(opened, code).value


def test_walls_when_asked_for():
    """The sandbox says which walls are up; one that is missing or unknown is refused by name."""
    with Sandbox() as sandbox:
        assert sandbox.walls.active == walls.ALL
        assert sandbox.walls.missing == ()
        with pytest.raises(SandboxError, match="Did you mean 'seccomp'"):
            sandbox.run("def f(): pass", "f", require_walls=("secomp",))
        sandbox._pool._walls = walls.describe(("process", "limits"))
        with pytest.raises(SandboxError, match="lacks landlock, seccomp, which the setting `require_walls`") as caught:
            sandbox.run("def f(): pass", "f", require_walls=("limits", "landlock", "seccomp"))
        assert caught.value.walls.missing == ("not_root", "no_new_privs", "landlock", "seccomp")
        assert sandbox.run("def f(): return 1", "f", require_walls=("limits",)).value == 1
    with pytest.raises(SandboxError, match="names no wall 'moat'"):
        Sandbox(require_walls=("moat",))


def test_summary_when_walls_are_missing():
    """The line about the walls says in plain words what is left open."""
    record = walls.describe(("process", "no_new_privs", "limits"))
    assert record.active == ("process", "limits", "no_new_privs")
    assert "files and TCP ports are guarded by the policy alone" in record.summary
    assert "system calls are guarded by the policy alone" in record.summary
    assert "metadata" not in record.summary
    assert "not their metadata (chmod, xattr" in walls.describe(walls.ALL[:-1]).summary
    assert walls.describe(walls.ALL).summary.startswith("All walls are up")


class NoSeccomp(OpenSandbox):
    """What is left where the kernel has no seccomp: no policy either, so that Landlock stands alone."""

    _program = (
        "from latm_magic.sandbox.walls import seccomp; seccomp.for_worker = seccomp.for_zygote = lambda *_, **__: None; "
        + OpenSandbox._program
    )


METADATA = """
import os
def f(path):
    found = {}
    for name, act in {
        "stat": lambda: os.stat(path), "access": lambda: os.access(path, os.R_OK), "chdir": lambda: os.chdir("/tmp"),
        "readlink": lambda: os.readlink("/proc/self/exe"), "utime": lambda: os.utime(path),
        "open": lambda: os.open(path, os.O_RDONLY), "list": lambda: os.listdir("/"), "unlink": lambda: os.unlink(path),
        "mkdir": lambda: os.mkdir(path + "x"), "rename": lambda: os.rename(path, path + "y"),
        "truncate": lambda: os.truncate(path, 0), "fork": os.fork, "socket": __import__("socket").socket,
    }.items():
        try:
            act()
            found[name] = True
        except OSError:
            found[name] = False
    return found
"""


def test_landlock_when_it_stands_alone():
    """What `%latm status` and docs/safety.md say of it is so: contents are denied, metadata is not."""
    with NoSeccomp(timeout_s=2) as sandbox, tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "file"
        path.write_text("yours")
        path.chmod(0o666)
        assert "landlock" in sandbox.walls.active
        assert "seccomp" in sandbox.walls.missing
        found = sandbox.run(METADATA, "f", args=[str(path)]).value
        assert {name for name, worked in found.items() if worked} == {"stat", "access", "chdir", "readlink", "utime"}
        assert path.read_text() == "yours"


def test_limits_when_the_system_has_none(monkeypatch):
    """Where a system has no resource limits, the wall is not reported as up."""
    monkeypatch.setitem(sys.modules, "resource", None)
    assert walls.set_limits(walls.WorkerLimits(2**30, 60)) == ()
    assert resource.getrlimit(resource.RLIMIT_FSIZE) != (0, 0)
