"""What the maker is asked, and how its replies are read."""

import json
import re
from pathlib import Path

import pytest

from latm_magic.making import failures, prompts, replies
from latm_magic.sandbox.policy.allowlist import SAFE_MODULES
from latm_magic.sandbox.records import Finding
from latm_magic.task import Instance, Task
from latm_magic.verification import SampleResult, Verification

TRANSCRIPTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "transcripts"
SAMPLES = tuple(Instance(f"  Question {{x}} {i}\n\n\tindented $y", f"answer `{i}`") for i in range(8))
TASK = Task("sort_words", "Sort the words.", SAMPLES)
MODULE = "def parse(question):\n    return {}\n\n\ndef sort_words():\n    return 1\n"


def test_a_proposal_request_when_written_shows_demonstrations_word_for_word():
    """The three demonstrations stand in the request unchanged and unindented; nothing else of the samples does."""
    (message,) = prompts.propose(TASK)
    for sample in TASK.demonstrations:
        assert f":\n{sample.question}\n\nAnswer" in message.content
        assert f":\n{sample.answer}\n" in message.content
    assert not any(sample.question in message.content for sample in (*TASK.validation, *TASK.held_out))
    assert "def sort_words(...)" in message.content


def test_a_proposal_request_when_snapshotted_is_the_one_reviewed():
    """A changed word in the request is seen in review: it also makes every recording stale."""
    kept = Path(__file__).with_name("proposal_request.txt")
    task = Task("count_things", "Count the things.", tuple(Instance(f"Q{i}", f"A{i}") for i in range(6)))
    assert prompts.propose(task)[0].content == kept.read_text(encoding="utf-8")


def test_extra_modules_when_allowed_are_told_to_the_maker():
    """The maker knows what it may import."""
    assert "graphlib, numpy" in prompts.propose(TASK, ["numpy"])[0].content


def test_the_modules_that_the_maker_is_told_of_may_be_imported():
    """What the request allows is on the sandbox's allow-list, so that no proposal is refused for following it."""
    told = re.search(r"Import only from: (.*)\.\n", prompts.propose(TASK)[0].content)[1].split(", ")
    assert len(told) > 20
    assert set(told) <= set(SAFE_MODULES)


def failure(role, outcome="wrong", **more):
    return SampleResult(f"question of {role}", "wanted", role, outcome, **more)


def test_failures_when_described_hide_held_out_text():
    """Held-out samples are counted and not shown, unless that is allowed."""
    verification = Verification((failure("validation", got="got"), failure("held out", got="got")))
    told = failures.describe_failures(verification)
    assert "question of validation" in told
    assert "question of held out" not in told
    assert "1 further questions" in told
    assert "question of held out" in failures.describe_failures(verification, show_held_out=True)


def test_failures_when_described_carry_type_message_line_and_sample():
    """What goes back says which sample, what was wanted, what came, and where it broke."""
    sample = failure("validation", "error", detail="KeyError: '{' (in parse, line 12)", call="sort_words(words=[1])")
    told = failures.describe_failures(Verification((sample,)))
    assert all(part in told for part in ("question of validation", "wanted", "KeyError: '{'", "line 12", "words=[1]"))
    assert "too long" in failures.describe_failures(Verification((failure("validation", "out of time"),)))


def test_failures_when_long_or_many_are_cut():
    """A flood of failures or a huge question does not flood the request."""
    many = tuple(SampleResult("x" * 50_000, "w", "validation", "wrong", "g") for _ in range(20))
    told = failures.describe_failures(Verification(many))
    assert "14 more questions failed" in told
    assert "characters left out" in told
    assert len(told) < 60_000


def test_findings_when_described_stand_as_they_are():
    """The policy's findings go back word for word."""
    finding = Finding(3, "attribute '__globals__'", "do without it")
    assert str(finding) in failures.describe_findings([finding])


@pytest.mark.parametrize(
    ("reply", "module"),
    [
        (f"```python\n{MODULE}```", MODULE),
        (f"Here:\n\n```py\n{MODULE}```\nUse it so:\n```python\nprint(sort_words())\n```\n", MODULE),
        (f"```\n{MODULE}```", MODULE),
        (f"~~~python\n{MODULE}~~~", MODULE),
        (f"````python\n{MODULE}````", MODULE),
        (f"text\r\n```python\r\n{MODULE}```".replace("\n", "\r\n"), MODULE),
        (f"```python\n{MODULE}", MODULE),
        (f"First try:\n```python\n{MODULE}# draft\n```\nBetter:\n```python\n{MODULE}```", MODULE),
        ("1. Code:\n   ```python\n   def sort_words():\n       return 1\n   ```", "def sort_words():\n    return 1\n"),
        (f"Sure! The module:\n{MODULE}", MODULE),
        ("```json\n{}\n```\nnothing more", ""),
        ("I cannot help with that.", ""),
        ("", ""),
        ("```python\nprint('no function')\n```", ""),
    ],
)
def test_a_module_when_in_a_reply_is_found(reply, module):
    """The module is read from every shape in which replies come."""
    assert replies.read_module(reply, "sort_words").strip("\n") == module.strip("\n")


def test_a_module_when_split_over_blocks_is_put_together():
    """A function in one block and its parser in another make one module."""
    reply = "```python\ndef sort_words():\n    return 1\n```\nand\n```python\ndef parse(q):\n    return {}\n```"
    source = replies.read_module(reply, "sort_words")
    assert "def sort_words" in source
    assert "def parse" in source


@pytest.mark.skipif(not TRANSCRIPTS.is_dir(), reason="the paper's conversations are not beside the project")
@pytest.mark.parametrize(
    "name", ["word_sorting", "dyck_languages", "schedule_meeting", "logical_deduction_five_objects"]
)
def test_the_papers_conversations_when_read_give_their_functions(name):
    """Each proposing and each wrapping reply of the published conversations holds one function that is found."""
    functions = {
        "word_sorting": "sort_words_alphabetically",
        "dyck_languages": "complete_sequence",
        "schedule_meeting": "find_earliest_time_slot",
        "logical_deduction_five_objects": "find_order",
    }
    said = [m["content"] for m in json.loads((TRANSCRIPTS / f"{name}.json").read_text()) if m["role"] == "assistant"]
    for reply in (said[0], said[-1]):
        assert f"def {functions[name]}(" in replies.read_module(reply, name)
