"""Tools of somebody else: judged in the sandbox, admitted or refused one by one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cells import MODULE, examples
from shared_notebooks import edited, outcomes, with_source

from latm_magic.errors import ModelError, SandboxError, SettingsError
from latm_magic.provenance import Provenance


def test_a_tool_when_it_passes_is_admitted_and_trusted(exported, open_session):
    """It is verified here, kept sealed, remembers where it came from, and is known the next time."""
    there = open_session()
    loaded = there.load(exported)
    assert outcomes(loaded) == [("sort_words", "admitted", 1)]
    (tool,) = loaded.tools
    assert (tool.judged.content, tool.judged.verification.right) == ("unchanged", 6)
    record = there.tool("sort_words").record
    assert there.cache.tools.is_trusted(record)
    assert (record.provenance.maker, record.provenance.imported_from) == ("a person", "tools.ipynb")
    assert there.solve(["List: b a"])[0].text == "a b"
    assert outcomes(there.load([exported])) == [("sort_words", "already here", 1)]


def test_a_dry_run_when_done_keeps_nothing(exported, open_session):
    """What would be admitted is shown with its verification, and not even a cache is made."""
    there = open_session()
    loaded = there.load(exported, dry_run=True)
    assert (outcomes(loaded), loaded.dry_run) == ([("sort_words", "admitted", None)], True)
    assert not (there.project.folder / ".latm").exists()


def test_a_tool_when_edited_by_hand_is_told_from_an_unchanged_one(exported, open_session):
    """One letter makes it changed, and what it says of its maker is no longer said without that."""
    there = open_session()
    edited(exported, with_source(MODULE.replace("Sort words", "Sorts words")))
    (tool,) = there.load(exported).tools
    assert (tool.outcome, tool.judged.content) == ("admitted", "changed")
    assert there.tool("sort_words").provenance.maker == "a person, edited by hand"


def test_a_fingerprint_when_it_lies_is_not_believed(exported, open_session):
    """The fingerprint of a tool that you have does not make another one yours."""
    there = open_session()
    there.load(exported)
    known = there.tool("sort_words").fingerprint
    edited(exported, with_source(MODULE.replace("sorted(words)", "sorted(words)[::1]"), fingerprint=known))
    (tool,) = there.load(exported).tools
    assert (tool.outcome, tool.judged.content) == ("kept yours", "changed")
    assert tool.judged.tool.fingerprint != known


def test_a_tool_when_it_has_no_metadata_is_from_its_notebook(exported, open_session):
    """A cell that a person wrote, or whose metadata was lost, is a tool like others, of nobody known."""

    def strip(cells):
        cells["tool"]["metadata"] = {}

    there = open_session()
    edited(exported, strip)
    (tool,) = there.load(exported).tools
    assert (tool.outcome, tool.judged.content) == ("admitted", "no fingerprint")
    assert there.tool("sort_words").provenance == Provenance("tools.ipynb", imported_from="tools.ipynb")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def sort_words(words:\n", "policy refuses its source"),
        ("this is no Python\n", "policy refuses its source"),
        ("\0", "policy refuses its source"),
        ("", "must define a function named sort_words"),
        ("x = 1\n", "must define a function named sort_words"),
        ("!touch canary\n" + MODULE, "magic or a shell line, '!touch canary'"),
        ("%run evil.py\n" + MODULE, "magic or a shell line, '%run evil.py'"),
        ("import os\nos.system('touch canary')\n" + MODULE, "import of 'os'"),
        ("open('canary', 'w')\n" + MODULE, "name 'open'"),
        ("__import__('os').system('touch canary')\n" + MODULE, "policy refuses its source"),
        ("().__class__.__base__.__subclasses__()\n" + MODULE, "policy refuses its source"),
        ("import latm_magic\n" + MODULE, "policy refuses its source"),
        ("eval('1')\nwhile True: pass\n" + MODULE, "0 of the 1 samples tried"),
        ("x = [0] * 10**10\n" + MODULE, "0 of the 1 samples tried"),
        (MODULE.replace("sorted(words)", "words"), "wrong, wanted 'apple0 fig pear0', got 'pear0 fig apple0'"),
        (MODULE.replace("sorted(words)", "sorted(words) if 'pear5' not in words else words"), "5 of the 6 samples"),
        (MODULE.replace("sorted(words)", "1 / 0"), "ZeroDivisionError"),
        (MODULE.replace("    head,", "    raise ValueError('no')\n    head,"), "refused, wanted"),
        (MODULE.replace("sorted(words)", "[].__class__.__mro__"), "policy refuses its source"),
        (MODULE.replace("sorted(words)", "'{0.__class__}'.format(words)"), "first 'Sort. List: pear0"),
        ("(" * 5000 + ")" * 5000, "policy refuses its source"),
    ],
)
def test_a_source_when_hostile_or_wrong_is_refused(here, exported, open_session, source, words, monkeypatch, tmp_path):
    """Nothing of it is kept, the reason says why, no file appears, and the tools beside it are admitted all the same."""
    monkeypatch.chdir(tmp_path)
    here.add("sort_more", MODULE.replace("sort_words", "sort_more"), examples(), description="Sort more.")
    here.export(exported, force=True)

    document = json.loads(exported.read_text())
    with_source(source)({"tool": document["cells"][-1]})
    exported.write_text(json.dumps(document))
    there = open_session(timeout_s=0.5)
    more, words_tool = there.load(exported).tools
    assert (more.name, more.outcome) == ("sort_more", "admitted")
    assert words_tool.outcome == "refused"
    assert words in words_tool.reason
    assert "\n" not in words_tool.reason
    assert there.cache.tools.names() == ("sort_more",)
    assert not list(tmp_path.rglob("canary"))


def test_a_samples_number_when_only_held_out_ones_fail_needs_your_word(here, open_session, tmp_path):
    """A notebook that was content with less is not: your own `min_accuracy` counts, and 1.0 unless you say."""
    wrong = [*examples(8), ("Sort. List: b a", "b a"), ("Sort. List: d c", "c d")]
    here.add("sort_words", MODULE, wrong, description="Sort.", replace=True, min_accuracy=0.5)
    here.export(tmp_path / "tools.ipynb")
    there = open_session()
    (refused,) = there.load(tmp_path / "tools.ipynb").tools
    assert refused.outcome == "refused"
    assert "its maker was content with 50%" in refused.reason
    (tool,) = there.load(tmp_path / "tools.ipynb", min_accuracy=0.5).tools
    assert tool.outcome == "admitted"
    there.export(tmp_path / "again.ipynb")
    assert (tmp_path / "again.ipynb").read_bytes() == (tmp_path / "tools.ipynb").read_bytes()
    with pytest.raises(SettingsError):
        there.load(tmp_path / "tools.ipynb", min_accuracy=7)


def test_loading_when_the_wall_is_missing_runs_nothing(exported, open_session, monkeypatch):
    """Without seccomp somebody else's tool runs only after you said so, and the error names the setting."""
    there = open_session()
    walls = replace(there.sandbox.walls, active=("limits",), missing=("seccomp",))
    monkeypatch.setattr(type(there.sandbox), "walls", walls)
    with pytest.raises(SandboxError, match="allow_imported_without_seccomp"):
        there.load(exported)
    assert there.cache.tools.names() == ()
    there.settings.allow_imported_without_seccomp = True
    assert outcomes(there.load(exported)) == [("sort_words", "admitted", 1)]


NO_PARSER = "def count_words(text: str) -> int:\n    return len(text.split())\n"


def without_parser(path, number):
    """Write a notebook with a tool that has no parser, as somebody would by hand."""
    pairs = ", ".join(f"('How many: {'w ' * n}', {n})" for n in range(1, number + 1))
    cells = [f"x = [{pairs}]", f"%%latm_tool count_words --examples x --description 'Count.'\n{NO_PARSER}"]
    cells = [{"cell_type": "code", "source": source, "metadata": {}} for source in cells]
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    return path


def test_a_tool_when_no_model_can_verify_it_is_refused_alone(exported, open_session, tmp_path):
    """Without a user model a tool without a parser stays out, and the others come in all the same."""
    there = open_session(user=lambda _: ModelError("No model.", kind="settings"))
    loaded = there.load([exported, without_parser(tmp_path / "count.ipynb", 4)])
    assert [tool.outcome for tool in loaded.tools] == ["admitted", "refused"]
    assert "the user model cannot be asked: No model." in loaded.tools[1].reason


def test_a_tool_when_verifying_it_would_cost_too_much_is_refused(open_session, tmp_path):
    """A notebook cannot make you pay for thousands of calls."""
    there = open_session()
    (tool,) = there.load(without_parser(tmp_path / "count.ipynb", 101)).tools
    assert "as many calls of the user model" in tool.reason
    assert there.scripts["user"].requests == []
