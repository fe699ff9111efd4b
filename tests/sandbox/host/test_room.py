"""How many workers are kept: as many as memory and open files have room for, and the longest unused ones leave first."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from latm_magic.errors import SandboxError
from latm_magic.sandbox import Sandbox
from latm_magic.sandbox.host import room

COUNT = "LOG = []\ndef count():\n    LOG.append(1)\n    return len(LOG)\n"
HOARD = "KEPT = []\ndef hoard(megabytes):\n    KEPT.append(bytearray(b'x') * (megabytes << 20))\n    return len(KEPT)\n"
ROOT = Path(__file__).resolve().parents[3]
LINUX = pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")


def tool(name):
    """Return a source of its own."""
    return f"{COUNT}# {name}"


def sources(sandbox):
    """Return the sources of the idle workers, the longest unused one first."""
    return [worker.source for worker in sandbox._pool._idle]


def test_workers_when_more_tools_take_turns_than_a_count_would_keep():
    """With room for them, every tool keeps its worker."""
    with Sandbox(workers_mb=1000) as sandbox:
        turns = [[sandbox.run(tool(name), "count").value for name in range(24)] for _ in range(2)]
        assert turns == [[1] * 24, [2] * 24]


def test_workers_when_the_memory_for_them_is_used_up():
    """The longest unused worker leaves for a new one, and its tool starts afresh."""
    with Sandbox(workers_mb=28) as sandbox:
        for name in "abcda":
            assert sandbox.run(tool(name), "count").returned
        sandbox.run(tool("e"), "count")
        assert sources(sandbox) == [tool(name) for name in "cdae"]
        assert sandbox.run(tool("a"), "count").value == 3
        assert sandbox.run(tool("b"), "count").value == 1


@LINUX
def test_workers_when_a_tool_fills_its_memory():
    """What a tool holds counts: others leave for it, at the latest itself."""
    with Sandbox(workers_mb=100) as sandbox:
        for name in "abcdefgh":
            sandbox.run(tool(name), "count")
        assert len(sources(sandbox)) == 8
        assert sandbox.run(HOARD, "hoard", args=[70]).value == 1
        kept = sources(sandbox)
        assert 3 <= len(kept) <= 6
        assert kept == [*(tool(name) for name in "abcdefgh"[1 - len(kept) :]), HOARD]
        assert sandbox.run(HOARD, "hoard", args=[70]).value == 2
        assert sources(sandbox) == []
        assert sandbox.run(tool("a"), "count").value == 1


def test_workers_when_the_memory_is_less_than_one_takes():
    """One works all the same."""
    with Sandbox(workers_mb=1) as sandbox:
        assert [sandbox.run(tool(name), "count").value for name in "abab"] == [1] * 4
        assert sandbox.map(tool("a"), "count", [[]] * 200)[-1].returned


def test_workers_when_a_count_is_set_too():
    """Both limits hold."""
    with Sandbox(workers_mb=1000, max_workers=3) as sandbox:
        for name in "abcde":
            sandbox.run(tool(name), "count")
        assert sources(sandbox) == [tool(name) for name in "cde"]


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_sandbox_when_the_memory_for_workers_cannot_be(value):
    """The option is named."""
    with pytest.raises(SandboxError, match="workers_mb"):
        Sandbox(workers_mb=value)


def test_room_when_no_setting_says():
    """A quarter of the machine at most, and never more than four gigabytes."""
    assert 0 < room.workers_mb() <= 4096
    assert room.workers_mb() <= room._memory_mb() / 4
    assert room.most_by_files() >= 2


def program(files, body):
    """Run a program that may open so many files, and return its output."""
    done = subprocess.run(
        ["sh", "-c", f'ulimit -S -n {files}; exec "$0" -W error -c "$1"', sys.executable, textwrap.dedent(body)],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@LINUX
def test_workers_when_few_files_may_be_open():
    """Workers take half of the files that a process may open, and no more."""
    assert (
        program(
            96,
            """
            from latm_magic.sandbox import Sandbox
            with Sandbox() as sandbox:
                for name in range(40):
                    assert sandbox.run(f"def f(n): return n + {name}", "f", args=[1]).value == name + 1
                print(len(sandbox._pool._idle))
            """,
        )
        == "16"
    )


@LINUX
def test_worker_when_the_last_files_are_held_by_idle_ones():
    """The spare worker serves; after it half of the idle workers leave, and a new one starts."""
    assert (
        program(
            96,
            """
            import os
            from latm_magic.sandbox import Sandbox
            with Sandbox() as sandbox:
                for name in range(10):
                    sandbox.run(f"def f(n): return n + {name}", "f", args=[1])
                held = []
                try:
                    while True:
                        held.append(os.open(os.devnull, os.O_RDONLY))
                except OSError:
                    pass
                values = [sandbox.run(f"def f(n): return n * {name}", "f", args=[7]).value for name in (1, 2)]
                print(values, len(sandbox._pool._idle))
            """,
        )
        == "[7, 14] 7"
    )
