"""Runs a corpus of attacks from standard input under the policy alone, one child process each, a JSON line a result.

No walls: only a time limit (a child that hangs is a matter of the process layer) and a memory limit for the machine's sake.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parent)]

from latm_magic.sandbox.policy.compile import compile_guest  # noqa: E402
from latm_magic.sandbox.runtime.modules import warm_up  # noqa: E402
from latm_magic.sandbox.runtime.namespace import guest_namespace  # noqa: E402

_SECONDS = 0.6
_BYTES = 1 << 30


class _Flood(BaseException):
    """More was printed than a worker lets through."""


def _printed(text: str) -> None:
    if len(text) > 1_000_000:
        raise _Flood


def _run(code: str, entry: str) -> tuple[str, str]:
    compiled = compile_guest(code)
    if compiled.code is None:
        return "refused", str(compiled.findings[0])
    try:
        namespace = guest_namespace(printed=_printed)
        exec(compiled.code, namespace)
        return "returned", str(namespace[entry]())[:200]
    except BaseException as error:  # an attack may raise anything
        return "raised", f"{type(error).__name__} {error}"[:200]


def _victim(victim: dict) -> bool:
    namespace = guest_namespace(printed=_printed)
    exec(compile_guest(victim["code"]).code, namespace)
    return namespace[victim["entry"]](*victim["args"]) == victim["want"]


def _child(attack: dict, reply: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    outcome, text = _run(attack["code"].replace("@ID@", attack["id"]), attack["entry"])
    victim = _victim(attack["victim"]) if "victim" in attack else True
    os.write(reply, json.dumps({"outcome": outcome, "text": text, "victim": victim}).encode())
    os._exit(0)


def main() -> None:
    """Read attacks, run them, write results."""
    warm_up()
    for line in sys.stdin:
        attack = json.loads(line)
        read, write = os.pipe()
        pid = os.fork()
        if not pid:
            _child(attack, write)
        os.close(write)
        reply = b"".join(iter(lambda end=read: os.read(end, 1 << 16), b""))
        os.close(read)
        os.waitpid(pid, 0)
        result = json.loads(reply) if reply else {"outcome": "killed", "text": "", "victim": True}
        sys.stdout.write(json.dumps({"id": attack["id"], **result}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
