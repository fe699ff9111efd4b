"""Every attack of the corpus: with the walls alone it has no effect outside, with the policy too it reaches nothing.

The policy alone is in `test_escapes.py`. Each way runs in a process of its own, as root and as an ordinary user.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / ".." / "shared" / "sandbox" / "corpus.jsonl"
RUNNER = ROOT / "tests" / "support" / "corpus_runner.py"
ORDINARY_USER = 12345
pytestmark = [
    pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside the project"),
    pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's"),
]


def all_users_can_run(interpreter):
    """Whether an ordinary user can start `interpreter` and read this project."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    probe = [
        interpreter,
        "-c",
        "import sys; sys.path += sys.argv[1:]; import RestrictedPython, latm_magic.sandbox.wire.frames",
    ]
    folders = [str(ROOT), str(Path(importlib.util.find_spec("RestrictedPython").origin).parents[1])]
    try:
        done = subprocess.run([*probe, *folders], user=ORDINARY_USER, group=ORDINARY_USER, extra_groups=[], cwd="/",
                              capture_output=True, check=False)  # fmt: skip
    except OSError:
        return False
    return done.returncode == 0


def results(mode, user, corpus):
    """Run the corpus and return what came of each attack."""
    interpreter, environment = sys.executable, {"PATH": os.defpath}
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(ROOT), str(RUNNER.parent), str(Path(importlib.util.find_spec("RestrictedPython").origin).parents[1])]
    )
    if user != "-":
        found = [sys.executable, shutil.which("python3", path=os.defpath)]
        found = [each for each in found if each and all_users_can_run(each)]
        if not found:
            pytest.skip("not root, or no interpreter that an ordinary user can start")
        interpreter = found[0]
    folder = tempfile.mkdtemp(prefix="latm-corpus-")
    try:
        if user != "-":
            os.chown(folder, int(user), int(user))
        done = subprocess.run([interpreter, str(RUNNER), str(corpus), mode, folder, user], env=environment,
                              capture_output=True, text=True, check=False, timeout=120)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]
    finally:
        shutil.rmtree(folder)


def attacks():
    """Return the corpus by id."""
    return {attack["id"]: attack for attack in map(json.loads, CORPUS.read_text().splitlines())}


@pytest.mark.parametrize("user", ["-", str(ORDINARY_USER)], ids=["as_started", "ordinary"])
@pytest.mark.parametrize("mode", ["walls", "both"])
def test_corpus_when_it_is_run(mode, user):
    """No attack has an effect outside, every next call works, and what must be refused or limited is."""
    found = results(mode, user, CORPUS)
    wanted = attacks()
    assert [each["id"] for each in found] == list(wanted)
    broken = [each for each in found if each["effects"] or not each["victim"]]
    for each in found:
        attack = wanted[each["id"]]
        # Without the policy some of these are harmless code that returns (`control` says so).
        is_held_to_it = mode == "both" or attack.get("control", True)
        if attack["must"] == "limit" and is_held_to_it and each["outcome"] == "returned":
            broken.append(each)
        if attack["must"] == "refused" and mode == "both" and (each["outcome"] == "returned" or each["reached"]):
            broken.append(each)
        if mode == "both" and "want" in attack and each["value"] != repr(attack["want"]):
            broken.append(each)
    assert not broken, "\n".join(map(str, broken))


def test_corpus_when_there_is_no_sandbox(tmp_path):
    """The test sees effects where there are some: the same attacks reach outside in a plain interpreter."""
    chosen = [attacks()[name] for name in ("fi-pathlib", "nw-udp", "im-posix")]
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("".join(json.dumps(attack) + "\n" for attack in chosen))
    effects = [each["effects"] for each in results("none", "-", corpus)]
    assert effects == [["file fi-pathlib", "secret"], ["udp"], ["file im-posix"]]
