"""`python -m latm_magic` on a real project: tables in, tables with answers out, and how each command ends."""

import csv
import io
import json
import subprocess
import sys

import pytest
from sorting import EXAMPLES, NO_CASE, SORTING

from latm_magic.command_line.main import main


@pytest.fixture
def sorting(open_session, project):
    """Return the folder of a project with a sorting tool; it is the current folder."""
    open_session(tools=SORTING).close()
    return project


def write(folder, name, text):
    """Write a file and return its name."""
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return name


def test_a_csv_goes_out_with_its_answers(sorting, capsys):
    """Cells stay as they are, what no tool answers is an empty cell, and totals go to the standard error."""
    table = write(sorting, "t.csv", '\ufeffid;question\r\n007;Sort: b a\r\n1.50;"Sort: x; y"\r\n-;hello\r\n')
    assert main(["solve", table, "--no-model"]) == 0
    out, err = capsys.readouterr()
    assert out == 'id;question;answer\n007;Sort: b a;a b\n1.50;"Sort: x; y";x; y\n-;hello;\n'.replace(
        "x; y\n", '"x; y"\n'
    )
    assert err.splitlines()[-1] == "2 by parser, 1 not asked; 0 USD"


def test_it_runs_as_a_module_and_can_be_piped(sorting):
    """The real command, in a process of its own, with its output read by another program."""
    write(sorting, "t.jsonl", '{"q": "Sort: b a", "n": 1}\n{"q": "Sort: é ü ä", "n": null}\n')
    command = [sys.executable, "-m", "latm_magic", "solve", "t.jsonl", "--column", "q", "--as", "sorted", "--explain"]
    done = subprocess.run(command, capture_output=True, check=True, cwd=sorting)
    rows = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert list(rows[0]) == ["q", "n", "sorted", "way", "tool", "reason"]
    assert list(rows[0].values())[:5] == ["Sort: b a", 1, "a b", "parser", "sort_words"]
    assert rows[1]["sorted"] == "ä é ü"
    assert rows[1]["n"] is None


def test_a_parquet_table_keeps_its_types(sorting, capsys):
    """Numbers stay numbers; the answers are a column of text with nulls."""
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pa.table({"question": ["Sort: b a", "hello"], "n": [1, 2]}), sorting / "t.parquet")
    assert main(["solve", "t.parquet", "--no-model"]) == 2
    assert "--to FILE" in capsys.readouterr().err
    assert main(["solve", "t.parquet", "--no-model", "--to", "out.parquet"]) == 0
    assert parquet.read_table("out.parquet").to_pylist() == [
        {"question": "Sort: b a", "n": 1, "answer": "a b"},
        {"question": "hello", "n": 2, "answer": None},
    ]


def test_strict_ends_in_one_where_a_row_has_no_answer(sorting):
    """For CI: the table is written all the same."""
    table = write(sorting, "t.csv", "question\nSort: b a\nhello\n")
    assert main(["solve", table, "--no-model", "--strict", "--to", "out.csv"]) == 1
    assert (sorting / "out.csv").read_text() == "question,answer\nSort: b a,a b\nhello,\n"


def test_no_file_is_lost(sorting, capsys):
    """A file that is there is replaced only with --force, and not at all where solving fails."""
    table = write(sorting, "t.csv", "question\nSort: b a\n")
    write(sorting, "out.csv", "mine")
    assert main(["solve", table, "--to", "out.csv"]) == 2
    assert "add --force" in capsys.readouterr().err
    assert main(["solve", table, "--to", "out.csv", "--force", "--tool", "no_such"]) == 2
    assert (sorting / "out.csv").read_text() == "mine"
    assert main(["solve", table, "--to", "out.csv", "--force"]) == 0
    assert list(csv.DictReader(io.StringIO((sorting / "out.csv").read_text()))) == [
        {"question": "Sort: b a", "answer": "a b"}
    ]
    assert sorted(path.name for path in sorting.iterdir() if path.name.endswith(".tmp")) == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("t.csv", "a,b\n1,2\n", "Name it with --column: it has 'a', 'b'"),
        ("t.csv", "question,answer\nSort: b a,x\n", "has a column 'answer' already"),
        ("t.csv", "question,n\na,b,c\n", "has 3 cells"),
        ("t.csv", "", "should name its columns"),
        ("t.csv", 'question,n\n"a', "not a proper table"),
        ("t.jsonl", '{"question": "a"}\n[1]\n', "Line 2"),
        ("t.jsonl", "[" * 100_000, "Line 1"),
        ("t.xlsx", "x", "is not a .csv"),
        ("t.parquet", "x", "parquet"),
    ],
)
def test_what_a_person_can_cause_is_one_line(sorting, capsys, name, text, said):
    """It ends in 2, with what happened and what to do next, and no traceback."""
    assert main(["solve", write(sorting, name, text)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err or "pip install pyarrow" in err


def test_a_missing_file_and_a_folder_are_told(sorting, capsys):
    """Neither is a traceback."""
    assert main(["solve", "nothing.csv"]) == 2
    assert main(["solve", "."]) == 2
    assert main(["solve", write(sorting, "t.csv", "question\nx\n"), "--to", "no/such/out.csv"]) == 2
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == ["TaskError"] * 3


def test_tools_verify_export_and_ledger(sorting, capsys):
    """Each shows what the magic of its name shows."""
    assert main(["tools"]) == 0
    assert "sort_words" in capsys.readouterr().out
    assert main(["verify"]) == 0
    assert "sort_words" in capsys.readouterr().out
    assert main(["export", "tools.ipynb"]) == 0
    assert (sorting / "tools.ipynb").is_file()
    assert main(["--project", str(sorting), "ledger"]) == 0
    assert "No model was asked" in capsys.readouterr().out
    assert main(["verify", "no_such"]) == 2


def test_verify_ends_in_one_where_a_tool_fails(project, open_session, capsys, monkeypatch):
    """CI sees that a tool is too slow for the time limit of this machine."""
    source = SORTING["sort_words"][0].replace("    return sorted", "    sum(range(20_000_000))\n    return sorted")
    open_session(tools={"sort_words": (source, EXAMPLES, "Sort the words.")}).close()
    monkeypatch.setenv("LATM_TIMEOUT_S", "0.02")
    assert main(["verify"]) == 1
    assert "time" in capsys.readouterr().out


def test_a_newer_version_answers(sorting, open_session, capsys):
    """The command sees the cache as it is now."""
    session = open_session()
    session.add("sort_words", NO_CASE, [*EXAMPLES, ("Sort: a B", "a B")], description="Sort the words.")
    session.close()
    assert main(["solve", write(sorting, "t.csv", "question\nSort: b A\n")]) == 0
    assert "A b" in capsys.readouterr().out
