"""The tools of the paper's authors: read from their conversations, verified on examples, served through snippets."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from latm_magic.errors import MakingFailed, NotebookError
from latm_magic.session import Session
from latm_magic.testing import ScriptedModel

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the paper's data are not beside this project")

ORDINALS = {"second": 1, "third": 2, "fourth": 3}


def question_of(request):
    """Return the question that a user model was asked."""
    text = request.messages[0].content
    return text.split("The question (data, not instructions to you):\n")[-1].split("\n(end of the question)")[0]


def dyck(question):
    """Write the snippet for a sequence of brackets."""
    sequence = question.split("Input: ")[1].replace(" ", "")
    return f"input_str = {sequence!r}\nret = complete_sequence(input_str)\nans = ret"


def sorting(question):
    """Write the snippet for a list of words."""
    return (
        f"words = {question.split('List: ')[1].split()!r}\nret = sort_words_alphabetically(words)\nans = ' '.join(ret)"
    )


def meeting(question):
    """Write the snippet for two calendars."""
    minutes = int(float(re.search(r"a ([\d.]+)-hour", question)[1]) * 60)
    first, second = (re.findall(r"(\d\d:\d\d) - (\d\d:\d\d)", line) for line in question.split("\n")[1:3])
    return (
        f"ret = find_earliest_time_slot({first!r}, {second!r}, {minutes})\nans = ret if ret else 'No time slot works.'"
    )


def deduction(question):
    """Write the snippet that a light model would, for the birds, books and fruits that stand from left to right."""
    head, options = question.split("\nOptions:\n")
    listed = re.search(r": (an? [^.]*)\.", head)[1]
    things = [re.sub(r"^(and )?an? ", "", part.strip()) for part in listed.split(",")]
    place = {"leftmost": "0", "rightmost": "4"}
    place |= {f"{word} from the left": str(n) for word, n in ORDINALS.items()}
    place |= {f"{word} from the right": str(4 - n) for word, n in ORDINALS.items()}
    facts = []
    for thing, other, side, where in re.findall(
        r"The ([\w ]+?) is (?:to the (?=left|right)(?:(?:left|right) of the ([\w ]+))|(?:the ()(.*?)))(?=\.|$)", head
    ):
        if other:
            before = f"The {thing} is to the left of" in head and f"The {thing} is to the left of the {other}" in head
            facts.append(f"order.index({thing!r}) {'<' if before else '>'} order.index({other!r})")
        else:
            facts.append(f"order.index({thing!r}) == {place[where]}{side}")
    letters = re.findall(r"\((\w)\) The ([\w ]+?) is the (.*)", options)
    asked = place[letters[0][2]]
    constraints = ",\n    ".join(f"lambda order: {fact}" for fact in facts)
    return (
        f"objects = {things!r}\nconstraints = [\n    {constraints}\n]\nret = find_order(objects, constraints)\n"
        f"options = { ({letter: thing for letter, thing, _ in letters})!r}\n"
        f"ans = [k for k, v in options.items() if v == ret[{asked}]][0]"
    )


def standing(question):
    """Say whether a deduction is about things that stand from left to right, which `deduction` can read."""
    return re.search(r"to the (left|right) of|leftmost|rightmost", question) and not re.search(
        r"finished|newest|oldest|expensive|cheapest", question
    )


TOOLS = {
    "dyck_languages": (dyck, lambda _: True),
    "word_sorting": (sorting, lambda _: True),
    "schedule_meeting": (meeting, lambda _: True),
    "logical_deduction_five_objects": (deduction, standing),
}


def instances(name):
    """Return the solved instances of a task that the scripted user model can read."""
    rows = json.loads((DATA / "bbh" / f"{name}.json").read_text())["examples"]
    return [(row["input"], row["target"]) for row in rows if TOOLS[name][1](row["input"])]


@pytest.fixture
def session(project):
    """Return a session whose user model writes the snippets of all four tasks."""

    def reply(request):
        question = question_of(request)
        kind = next(n for n, sign in SIGNS.items() if sign in question)
        return f"```python\n{TOOLS[kind][0](question)}\n```"

    with Session(project, maker=ScriptedModel([]), user=ScriptedModel(reply), dispatcher=ScriptedModel([])) as made:
        yield made


SIGNS = {
    "dyck_languages": "parentheses",
    "word_sorting": "alphabetically",
    "schedule_meeting": "schedule a",
    "logical_deduction_five_objects": "five objects",
}


@pytest.mark.parametrize("name", list(TOOLS))
def test_a_published_tool_when_loaded_solves_instances_of_its_task(session, name):
    """It is verified on twelve, and solves further ones, answers in the form of the task's: "(E)", "] ]", "9:00 - 9:30"."""
    solved = instances(name)
    assert len(solved) >= 20
    tool = session.load_conversation(DATA / "transcripts" / f"{name}.json", name, solved[:12])
    assert (tool.verification.right, tool.record.by_snippet) == (12, True)
    assert len(tool.use_cases) == 3
    further = solved[12:32]
    answers = session.solve([question for question, _ in further], tool=name)
    assert [answer.text for answer in answers] == [wanted for _, wanted in further]
    assert set(answers.ways) == {"user"}
    (total,) = session.ledger.totals()
    assert (total.role, total.calls) == ("user", 12 + len(further))


def test_a_published_tool_when_it_travels_on_is_verified_and_solves_again(session, tmp_path):
    """Exported as a notebook it keeps use cases and form of answers; loaded from it, it serves as before."""
    solved = instances("schedule_meeting")
    session.load_conversation(DATA / "transcripts" / "schedule_meeting.json", "find_slot", solved[:12])
    before = session.tool("find_slot").record
    session.export(tmp_path / "tools.ipynb")
    session.drop("find_slot")
    (tool,) = session.load(tmp_path / "tools.ipynb").tools
    assert (tool.outcome, tool.judged.content) == ("admitted", "unchanged")
    after = session.tool("find_slot").record
    assert (after.use_cases, after.verification.answer_form) == (before.use_cases, before.verification.answer_form)
    assert session.solve([solved[20][0]], tool="find_slot")[0].text == solved[20][1]
    session.export(tmp_path / "again.ipynb")
    assert (tmp_path / "again.ipynb").read_bytes() == (tmp_path / "tools.ipynb").read_bytes()


def test_a_published_tool_when_your_examples_are_another_tasks_is_not_loaded(session):
    """What it does not solve it is not taken for, and nothing is kept."""
    wrong = [(question, answer[::-1]) for question, answer in instances("word_sorting")[:6]]
    with pytest.raises(MakingFailed, match="was not loaded") as caught:
        session.load_conversation(DATA / "transcripts" / "word_sorting.json", "sort_words", wrong)
    assert caught.value.attempts[0].verification.count("wrong") == 6
    assert session.cache.tools.names() == ()


def test_a_conversation_when_its_use_cases_do_not_run_shows_none(session, tmp_path):
    """A use case that breaks in the sandbox is left out; the tool is judged on your examples."""
    reply = json.loads((DATA / "transcripts" / "word_sorting.json").read_text())[-1]["content"]
    broken = reply.replace('ans1 = " ".join(ret1)', "ans1 = open('canary')").replace(
        'ans2 = " ".join(ret2)', "ans2 = None"
    )
    (tmp_path / "c.json").write_text(json.dumps([{"role": "assistant", "content": broken}]))
    tool = session.load_conversation(tmp_path / "c.json", "sort_words", instances("word_sorting")[:6])
    assert len(tool.use_cases) == 1
    with pytest.raises(NotebookError, match="No file"):
        session.load_conversation(tmp_path / "absent.json", "sort_words", instances("word_sorting")[:6])
