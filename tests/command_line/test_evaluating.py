"""`python -m latm_magic eval`: tables out, the run kept, one line for what is wrong."""

import json

import pytest
from cells import MODULE, examples, fenced

from latm_magic.command_line.main import main
from latm_magic.models.model import Reply, Usage
from latm_magic.models.recorded import RecordingModel
from latm_magic.session import Session
from latm_magic.testing import ScriptedModel


@pytest.fixture
def recorded(project):
    """Return the arguments of a run on a recorded maker: a task file and the recording, in a project."""
    rows = [{"input": question, "target": answer} for question, answer in examples(20)]
    (project / "sort_words.json").write_text(json.dumps({"description": "Sort the words.", "examples": rows}))
    reply = Reply(fenced(MODULE), usage=Usage(900, 100))
    maker = RecordingModel(ScriptedModel([reply]), project / "maker.jsonl", kind="a script")
    with Session(project, maker=maker) as session:
        session.make("sort_words", "Sort the words.", examples(6))
        session.drop("sort_words")
    return ["eval", "sort_words.json", "--labels", "6", "--in-order", "--replay", "maker.jsonl"]


def test_it_prints_tables_and_keeps_the_run(recorded, project, capsys):
    """Tables on the standard output, the rest on the other; the same command again asks and adds nothing."""
    assert main([*recorded, "--inspect", "logs", "--plots", "plots"]) == 0
    out, err = capsys.readouterr()
    assert "| sort_words | compiled | tool |        14 |   100.0% |" in out
    assert "(est.)" in out
    assert "recorded" in out
    assert "1,000" in out
    assert "the run is in eval.jsonl: the same command goes on with it, and pays nothing twice" in err
    assert len(list((project / "logs").iterdir())) == 1
    assert (project / "plots" / "cost.svg").exists()
    before = (project / "eval.jsonl").read_bytes()
    assert main(recorded) == 0
    assert capsys.readouterr().out == out
    assert (project / "eval.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--labels", "7"], "'eval.jsonl' was begun with labels = 6, and now it is 7"),
        (["--labels", "20"], "Give --labels a number from 3 to 19"),
        (["--methods", "compile"], "No method 'compile'. Did you mean 'compiled'?"),
        (["--runs", "0"], "--runs is 0: give a number from 1"),
        (["--na", "none"], "--na 'none' is not TASK=WORD"),
        (["--na", "other=none"], "No task 'other'"),
        (["--to", "maker.jsonl"], "is not the file of a run"),
        (["--budget-usd", "-1"], "budget_usd"),
        (["--replay", "nothing.jsonl", "--to", "b.jsonl"], "The recording"),
    ],
)
def test_what_is_wrong_is_one_line(recorded, project, capsys, more, said):
    """It ends in 2, and what was kept stays."""
    (project / "eval.jsonl").write_text("")
    assert main(recorded) == 0
    capsys.readouterr()
    assert main([*recorded, *more]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err.splitlines()[-1]


def test_a_task_that_is_not_recorded_is_one_line(recorded, project, capsys):
    """The maker's request is none of the recording; what other tasks came to is kept."""
    (project / "other.csv").write_text("question,answer\n" + "".join(f"q{i},{i}\n" for i in range(9)))
    assert main([recorded[0], "sort_words.json", "other.csv", *recorded[2:]]) == 2
    assert "NotRecorded" in capsys.readouterr().err
    assert (project / "eval.jsonl").read_text().count('"kind": "row"') == 14
