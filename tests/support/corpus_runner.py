"""Runs the attacks of a corpus in a process of its own and prints what came of each, as JSON lines. For tests only.

Arguments: the corpus file, "walls" (policy off), "both" or "none" (no sandbox at all), a folder to watch, a user id to become or "-".
"""

import json
import os
import signal
import socket
import sys
from pathlib import Path

CANARY = "canary-7f1d-in-a-file"
KEY = "canary-93ab-in-the-environment"


def main():
    """Run the attacks."""
    corpus, mode, folder, user = sys.argv[1:]
    if user != "-":
        os.setgroups([])
        os.setgid(int(user))
        os.setuid(int(user))
    os.environ["LATM_CANARY_KEY"] = KEY
    watched = Path(folder) / "watched"
    watched.mkdir()
    canary = Path(folder) / "canary.txt"
    canary.write_text(CANARY)
    signals = []
    signal.signal(signal.SIGUSR1, lambda *_: signals.append(1))
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp, sandbox_for(mode) as sandbox:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        tcp.settimeout(0)
        udp.bind(tcp.getsockname())
        udp.settimeout(0)
        for line in Path(corpus).read_text().splitlines():
            attack = json.loads(line)
            code = attack["code"].replace("@OUT@", str(watched)).replace("@FILE@", str(canary))
            code = code.replace("@PORT@", str(tcp.getsockname()[1])).replace("@ID@", attack["id"])
            run = sandbox.run(code, attack["entry"])
            told = f"{run.value!r} {run.error}" if run.outcome != "output" else ""
            effects = [name for name, came in (("tcp", came_in(tcp.accept)), ("udp", came_in(udp.recv, 99))) if came]
            effects += [f"file {path.name}" for path in watched.iterdir()] + ["signal"] * len(signals)
            effects += ["secret"] * (CANARY in told or KEY in told) + ["changed"] * (canary.read_text() != CANARY)
            effects += ["environment"] * ("LATM_NEW" in os.environ)
            victim = attack.get(
                "victim", {"code": "def g(x):\n    return x * 2\n", "entry": "g", "args": [21], "want": 42}
            )
            after = sandbox.run(victim["code"], victim["entry"], args=victim["args"])
            print(  # noqa: T201
                json.dumps({
                "id": attack["id"], "outcome": run.outcome, "effects": effects, "value": repr(run.value)[:200],
                "victim": after.returned and after.value == victim["want"],
                "error": str(run.error)[:300], "reached": isinstance(run.value, str) and run.value.startswith("ESC:"),
            }), flush=True)  # fmt: skip
            for path in watched.iterdir():
                path.unlink()
            signals.clear()


def sandbox_for(mode):
    """Return what the attacks run in."""
    from latm_magic.sandbox import Sandbox

    if mode == "none":
        return Nothing()
    if mode == "walls":
        from open_sandbox import OpenSandbox as Sandbox
    return Sandbox(timeout_s=0.5, memory_mb=256, require_walls=("landlock", "seccomp"))


class Nothing:
    """In place of a sandbox: runs code here and now, to see that the observation works."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def run(self, code, entry, args=()):
        from latm_magic.sandbox import Run

        namespace = {}
        exec(code, namespace)
        return Run("returned", namespace[entry](*args))


def came_in(receive, *arguments):
    """Whether a socket received anything."""
    try:
        return bool(receive(*arguments))
    except BlockingIOError:
        return False


if __name__ == "__main__":
    main()
