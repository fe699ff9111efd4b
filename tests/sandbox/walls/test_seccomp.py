"""What the filter of system calls holds when there is no policy: each call is made as plain Python in a worker."""

import platform
import sys
import textwrap

import pytest
from open_sandbox import OpenSandbox

from latm_magic.sandbox.walls import seccomp, walls

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these walls are Linux's")

EPERM = 1
CALLS = {
    "open": (2, 0, 0, 0),
    "openat": (257, -100, 0, 0, 0),
    "openat2": (437, -100, 0, 0, 0),
    "creat": (85, 0, 0),
    "socket": (41, 2, 1, 0),
    "socketpair": (53, 1, 1, 0, 0),
    "fork": (57,),
    "vfork": (58,),
    "clone": (56, 17, 0, 0, 0, 0),
    "clone3": (435, 0, 0),
    "execve": (59, 0, 0, 0),
    "execveat": (322, 3, 0, 0, 0, 0),
    "kill": (62, -1, 0),
    "tgkill": (234, 1, 1, 0),
    "pidfd_open": (434, 1, 0),
    "pidfd_send_signal": (424, 3, 9, 0, 0),
    "ptrace": (101, 16, 1, 0, 0),
    "process_vm_readv": (310, 1, 0, 0, 0, 0, 0),
    "process_vm_writev": (311, 1, 0, 0, 0, 0, 0),
    "prctl": (157, 22, 0, 0, 0, 0),
    "seccomp": (317, 0, 0, 0),
    "prlimit64": (302, 0, 7, 0, 0),
    "setrlimit": (160, 7, 0),
    "setuid": (105, 0),
    "unshare": (272, 0x10000000),
    "mount": (165, 0, 0, 0, 0, 0),
    "chroot": (161, 0),
    "mkdir": (83, 0, 0),
    "unlink": (87, 0),
    "rename": (82, 0, 0),
    "symlink": (88, 0, 0),
    "chmod": (90, 0, 0),
    "stat": (4, 0, 0),
    "newfstatat": (262, -100, 0, 0, 0),
    "readlink": (89, 0, 0, 0),
    "getdents64": (217, 3, 0, 0),
    "dup": (32, 0),
    "fcntl": (72, 0, 0, 0),
    "close_range": (436, 0, 999, 0),
    "ioctl": (16, 0, 0x5412, 0),
    "pipe2": (293, 0, 0),
    "memfd_create": (319, 0, 0),
    "shmget": (29, 0, 4096, 0o1600),
    "io_uring_setup": (425, 1, 0),
    "bpf": (321, 0, 0, 0),
    "perf_event_open": (298, 0, 0, 0, 0, 0),
    "userfaultfd": (323, 0),
    "keyctl": (250, 0, 0, 0, 0, 0),
    "pread64": (17, 0, 0, 0, 0),
    "writev": (20, 1, 0, 0),
    "sendto": (44, 1, 0, 0, 0, 0, 0),
    "sendmsg": (46, 1, 0, 0),
    "pkey_mprotect": (329, 0, 4096, 7, -1),
    "mprotect_exec": (10, 0, 4096, 7),
    "mmap_exec": (9, 0, 4096, 7, 0x22, -1, 0),
    "mmap_file": (9, 0, 4096, 1, 0x02, 3, 0),
    "setsid": (112,),
    "personality": (135, 0xFFFFFFFF),
    "reboot": (169, 0, 0, 0),
    "init_module": (175, 0, 0, 0),
}


@pytest.fixture(scope="module")
def sandbox():
    """Workers with every wall and no policy."""
    with OpenSandbox(timeout_s=2, require_walls=walls.ALL) as opened:
        yield opened


def run(sandbox, code, *args):
    """Call `f` of `code`."""
    return sandbox.run(textwrap.dedent(code), "f", args=args)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers are those of x86_64")
@pytest.mark.parametrize("name", CALLS)
def test_system_call_when_it_is_not_listed(sandbox, name):
    """A system call that nobody listed fails with EPERM and leaves the worker alive."""
    code = """
    import ctypes
    def f(*call):
        libc = ctypes.CDLL(None, use_errno=True)
        return libc.syscall(*map(ctypes.c_long, call)), ctypes.get_errno()
    """
    assert run(sandbox, code, *CALLS[name]).value == (-1, EPERM)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers are those of x86_64")
def test_system_call_when_it_is_of_the_other_convention(sandbox):
    """A call with the number of the x32 convention, which the list does not cover, ends the worker."""
    code = """
    import ctypes
    def f():
        return ctypes.CDLL(None).syscall(ctypes.c_long(0x40000000 + 39))
    """
    done = run(sandbox, code)
    assert (done.outcome, done.error.message) == ("crashed", "the worker process ended: SIGSYS")


def test_descriptors_when_they_are_guessed(sandbox):
    """Of all descriptors one can be written: the worker's own replies."""
    code = """
    import os
    def f():
        held = []
        for number in range(1024):
            try:
                os.write(number, b"")
                held.append(number)
            except OSError:
                pass
        return held
    """
    held = run(sandbox, code).value
    assert len(held) == 1
    assert min(held) >= 100


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_filter_when_it_is_built(monkeypatch, machine):
    """The filter's jumps stay inside it, and every path ends in a decision, on both architectures."""
    monkeypatch.setattr(platform, "machine", lambda: machine)
    for program in (seccomp.for_worker(5, (6, 7)).program, seccomp.for_zygote().program):
        count = len(program) // 8
        assert count < 4096
        for index in range(count):
            code = int.from_bytes(program[8 * index : 8 * index + 2], "little")
            if_true, if_false = program[8 * index + 2], program[8 * index + 3]
            if code != 0x06:
                assert index + 1 + max(if_true, if_false) < count
        assert program[-8:-6] == b"\x06\x00"


def test_filter_when_the_machine_is_another(monkeypatch):
    """There is no filter for an architecture whose numbers nobody listed."""
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert seccomp.for_worker(5, (6, 7)) is None
    assert seccomp.for_zygote() is None
