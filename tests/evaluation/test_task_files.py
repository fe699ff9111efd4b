"""Task files: what they hold, how they are split, and one line for each that is wrong."""

import json
from pathlib import Path

import pytest

from latm_magic.errors import LatmError
from latm_magic.evaluation.task_files import read_tasks, split


def column(folder, **texts):
    """Write a folder of a labelled column; None leaves a file out."""
    folder.mkdir()
    files = {
        "description.txt": "The price.\n",
        "visible.csv": "question,answer\na 1,1\nb 2,2\nc 3,3\n",
        "hidden.csv": "question,answer\nd 4,4\nfree,none\n",
        **{f"{name}.csv": text for name, text in texts.items()},
    }
    for name, text in files.items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_folder_says_which_rows_are_labelled(tmp_path):
    """Its labels are those of visible.csv, whatever number is asked for; a word says that there is no answer."""
    (task,) = read_tasks([column(tmp_path / "prices")], {"prices": "none"})
    whole = split(task, 12, seed=5)
    assert (task.name, task.description, len(whole.labels)) == ("prices", "The price.", 3)
    assert {(x.question, x.expects) for x in whole.unseen} == {("d 4", "answer"), ("free", "missing")}
    free = next(x for x in whole.unseen if x.question == "free")
    assert task.is_right(free, None, is_answered=True)
    assert not task.is_right(free, None, is_answered=False)
    assert not task.is_right(free, "none", is_answered=True)


def test_a_split_follows_from_its_seed(task_file):
    """The same seed gives the same rows, another one others; in order takes those of the file; none is in both."""
    (task,) = read_tasks([task_file])
    first, again, other = (split(task, 6, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert {x.question for x in first.labels}.isdisjoint(x.question for x in first.unseen)
    assert split(task, 6, 1, in_order=True).labels == task.instances[:6]
    assert len(split(task, 6, 1, limit=4).unseen) == 4
    assert first.column == tuple(x.question for x in first.unseen[::2])


def test_a_generated_task_is_named_like_a_file():
    """With its difficulty, where one is given; the same rows each time; what there is not is one line."""
    easy, hard = read_tasks([Path("generated:days_between")]), read_tasks([Path("generated:days_between:3")])
    assert easy == read_tasks([Path("generated:days_between:2")]) != hard
    assert len(easy[0].instances) == 212
    for wrong in ("generated:days_betwen", "generated:days_between:9", "generated:days_between:x", "generated:"):
        with pytest.raises(LatmError) as raised:
            read_tasks([Path(wrong)])
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("none.json", None),
        ("broken.json", "{"),
        ("number.json", "5"),
        ("nothing.csv", ""),
        ("columns.csv", "a,b\n1,2\n"),
        ("cells.csv", "question,answer\na,b,c\n"),
        ("keys.jsonl", '{"q": "a"}\n'),
        ("kind.txt", "question,answer\n"),
        ("notes.xlsx", "x"),
        ("def.json", '[{"input": "a", "target": "b"}]'),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path, name, content):
    """What is wrong and what to do, in one line, before anything is asked."""
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(LatmError) as raised:
        read_tasks([path])
    assert str(raised.value).strip()
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("left_out", ["visible", "hidden"])
def test_a_folder_without_its_files_says_which(tmp_path, left_out):
    """The missing file is named."""
    with pytest.raises(LatmError, match=f"has no {left_out}.csv"):
        read_tasks([column(tmp_path / "prices", **{left_out: None})])


def test_what_cannot_be_split_is_one_line(task_file, tmp_path):
    """Too many labels, too few, two tasks of one name, and a word for a task that is not there."""
    (task,) = read_tasks([task_file])
    for labels in (2, 30, 31):
        with pytest.raises(LatmError, match="Give --labels a number from 3 to 29"):
            split(task, labels, 0)
    other = tmp_path / "sort-words.json"
    other.write_text(json.dumps([["a", "b"]]), encoding="utf-8")
    with pytest.raises(LatmError, match="Two tasks are named 'sort_words'"):
        read_tasks([task_file, other])
    with pytest.raises(LatmError, match="No task 'sort'"):
        read_tasks([task_file], {"sort": "none"})
