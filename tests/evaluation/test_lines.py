"""The file of a run: only ever added to, whole after a crash, and not mixed up with another run."""

import json

import pytest

from latm_magic.errors import TaskError
from latm_magic.evaluation.lines import Made, Row, RunFile, read_run

ASKED = {"labels": 6, "methods": ("direct",)}
MADE = Made("direct", "t", 1, "nothing to make", cost_usd=0.25)
ROW = Row("direct", "t", 1, "q1", "é", "é", right=True, answered=True, way="direct", cost_usd=0.5)


def test_what_was_written_is_there_again(tmp_path):
    """Lines come back as they were; an instance that was tried again counts once, as it was last."""
    path = tmp_path / "deep" / "run.jsonl"
    RunFile(path, ASKED).add([MADE, ROW])
    again = RunFile(path, ASKED)
    assert again.run.cells() == {("direct", "t", 1): ([MADE], [ROW])}
    assert again.run.spent_usd == 0.75
    again.add([Row(**{**{n: getattr(ROW, n) for n in ROW.__dataclass_fields__}, "got": "x", "right": False})])
    (row,) = read_run(path).rows.values()
    assert (row.got, row.right) == ("x", False)


def test_half_a_line_is_cut_off(tmp_path):
    """A crash amid a line loses that line alone."""
    path = tmp_path / "run.jsonl"
    RunFile(path, ASKED).add([MADE, ROW])
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    run = RunFile(path, ASKED).run
    assert (run.made, run.rows) == ([MADE], {})
    path.write_bytes(whole[:30])
    assert RunFile(path, ASKED).run.made == []


def test_other_options_are_one_line(tmp_path):
    """The first option that differs is named, with both values; nothing is written."""
    path = tmp_path / "run.jsonl"
    RunFile(path, ASKED)
    before = path.read_bytes()
    with pytest.raises(TaskError) as raised:
        RunFile(path, {**ASKED, "labels": 12})
    assert "'run.jsonl' was begun with labels = 6, and now it is 12" in str(raised.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no json", "Line 2 of 'run.jsonl' is no JSON object"),
        ("[1]", "Line 2 of 'run.jsonl' is no JSON object"),
        ('{"kind": "else"}', "is of no known kind"),
        ('{"kind": "row", "method": "m"}', "Line 2 of 'run.jsonl' is damaged"),
        ('{"kind": "made", "more": 1}', "it has 'more'"),
    ],
)
def test_a_damaged_line_is_named(tmp_path, line, said):
    """In one line, with what to do."""
    path = tmp_path / "run.jsonl"
    RunFile(path, ASKED)
    with path.open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(TaskError) as raised:
        RunFile(path, ASKED)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_another_file_is_not_taken_for_a_run(tmp_path):
    """A table, a newer format, a folder: one line, and the file stays as it is."""
    for content, said in (
        ("question,answer\n", "no JSON object"),
        ('{"kind": "row"}\n', "not the file of a run"),
        (json.dumps({"kind": "run", "format": 2, "asked": {}}) + "\n", "is of format 2"),
    ):
        path = tmp_path / "run.jsonl"
        path.write_text(content)
        with pytest.raises(TaskError, match=said):
            RunFile(path, ASKED)
        assert path.read_text() == content
