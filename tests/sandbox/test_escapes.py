"""Attacks on the policy alone: in a plain process without walls, nothing may be reached and nothing left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from escapes import ESCAPES
from guest_code import load

from latm_magic.sandbox.policy.compile import compile_guest

HERE = Path(__file__).resolve()
CORPUS = HERE.parents[2] / ".." / "shared" / "sandbox" / "corpus.jsonl"
ATTACKS = [json.loads(line) for line in CORPUS.read_text().splitlines()] if CORPUS.exists() else []


def attempt(code):
    """Run one attack, and return what it returned or the error it met."""
    if compile_guest(code).code is None:
        return "refused"
    try:
        return str(load(code)["f"]())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("escape", ESCAPES, ids=lambda escape: escape.name)
def test_escape_reaches_nothing_when_tried(escape):
    """No known escape reaches what it is after, and none changes what a fresh namespace sees."""
    assert "ESC:" not in attempt(escape.code)
    if escape.victim:
        assert load(escape.victim)["g"]() == escape.want


def test_table_is_long_enough_when_counted():
    """The table of own escapes grows and never shrinks."""
    assert len({escape.name for escape in ESCAPES}) == len(ESCAPES) >= 150


@pytest.mark.skipif(not ATTACKS, reason="the shared corpus of attacks is not beside the project")
def test_corpus_reaches_nothing_when_only_the_policy_stands(tmp_path):
    """Of the whole corpus nothing is reached, written, sent or left behind by the policy alone."""
    (tmp_path / "out").mkdir()
    canary = tmp_path / "canary"
    canary.write_text("CANARY-IN-A-FILE")
    lines = CORPUS.read_text().replace("@OUT@", str(tmp_path / "out")).replace("@FILE@", str(canary))
    environment = {**os.environ, "LATM_CANARY_KEY": "CANARY-IN-THE-ENVIRONMENT"}
    done = subprocess.run(
        [sys.executable, str(HERE.parents[1] / "support" / "corpus_run.py")],
        input=lines.replace("@PORT@", "9"),
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=True,
    )
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == len(ATTACKS)
    assert not list((tmp_path / "out").iterdir())
    assert "CANARY" not in done.stdout
    assert [result for result in results if "ESC:" in result["text"] or not result["victim"]] == []
    accepted = {result["id"] for result in results if result["outcome"] == "returned"}
    assert accepted.isdisjoint(attack["id"] for attack in ATTACKS if attack["must"] == "refused")
