"""Files of examples as spreadsheets, editors and pipelines write them."""

import pytest

from latm_magic.errors import TaskError
from latm_magic.examples import read_examples
from latm_magic.task import Instance

READ = (Instance("q, x", "a b"), Instance("r", "c"))

TABLES = {
    "comma.csv": 'question,answer\n"q, x",a b\nr,c\n',
    "semicolon.csv": "question;answer\nq, x;a b\nr;c\n",
    "tab.csv": "question\tanswer\nq, x\ta b\nr\tc\n",
    "said.csv": "sep=;\nquestion;answer\nq, x;a b\nr;c\n",
    "quoted.csv": '"sep=;"\n"question";"answer"\n"q, x";"a b"\n"r";"c"\n',
    "bar.csv": "question|answer\nq, x|a b\nr|c",
    "tab.tsv": "question\tanswer\nq, x\ta b\nr\tc\n",
    "upper.TSV": "\ufeffQuestion\tAnswer\nq, x\ta b\nr\tc\n",
    "padded.csv": 'question, answer\n"q, x", a b\nr, c\n',
    "no-break.csv": '\u00a0question\u00a0,answer\n"q, x",a b\nr,c\n',
    "wide.csv": 'id,target,input\n1,a b,"q, x"\n2,c,r\n',
    "blank.csv": 'question,answer\n,\n"q, x",a b\n\n  , \n,,,,\nr,c\n,\n',
    "mac.csv": 'question,answer\r"q, x",a b\rr,c\r',
    "windows.csv": '\ufeffsep=,\r\nquestion,answer\r\n"q, x",a b\r\nr,c\r\n',
    "lines.ndjson": '{"question": "q, x", "answer": "a b"}\r\n\r\n{"question": "r", "answer": "c"}\r\n',
    "columns.json": '{"question": ["q, x", "r"], "answer": ["a b", "c"]}',
}


@pytest.mark.parametrize("name", TABLES)
def test_a_file_when_separated_in_any_common_way_is_read(tmp_path, name):
    """The first line tells the separator; blanks around names, blank rows and line ends do not matter."""
    (tmp_path / name).write_bytes(TABLES[name].encode())
    assert read_examples(name, tmp_path) == (READ, "text")


def test_a_file_of_utf_16_when_it_says_so_is_read(tmp_path):
    """Excel saves "Unicode text" so."""
    (tmp_path / "e.tsv").write_bytes(TABLES["tab.tsv"].encode("utf-16"))
    assert read_examples("e.tsv", tmp_path).samples == READ


def test_a_cell_of_several_lines_when_quoted_has_line_feeds(tmp_path):
    """A question over several lines is the same whatever system wrote the file."""
    (tmp_path / "e.csv").write_bytes(b'question,answer\r\n"a\r\nb",1\r\n"c\r\nd",2.5\r\n')
    assert read_examples("e.csv", tmp_path) == ((Instance("a\nb", "1"), Instance("c\nd", "2.5")), "float")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "question,answer\nq,a\nr,b, sorted\n",
            "Line 3 of 'e.csv' has another number of cells (3) than its first line (2)",
        ),
        ("question,answer\nq,3,000\n", "Line 2 of 'e.csv' has another"),
        (
            "question,answer,note\nq,a,\nr,b\n",
            "Line 3 of 'e.csv' has another number of cells (2) than its first line (3)",
        ),
        ('question,answer\n"q\nq",a\n\nr,b,c\n', "Line 5 of 'e.csv'"),
        ("sep=;\nquestion;answer\nq;a;b\n", "Line 3 of 'e.csv'"),
        ('question,answer\nq,a\n"r"s,b\n', "line 3"),
        ('question,answer\nq,a\n"r,b\n', "line 3"),
        ("frage;antwort\nq;a\n", "names the columns 'frage', 'antwort': it needs 'question' and 'answer'"),
        ("q,a\n", "needs 'question' and 'answer'"),
        ("question\nq\n", "needs 'question' and 'answer'"),
        ("question,answer,answer\nq,a,b\n", "twice"),
    ],
)
def test_a_row_when_it_does_not_fit_is_named_by_its_line(tmp_path, text, says):
    """No part of an answer is dropped in silence."""
    (tmp_path / "e.csv").write_text(text)
    with pytest.raises(TaskError) as caught:
        read_examples("e.csv", tmp_path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("e.csv", "question,answer\n\u00e9,1\n".encode("cp1252"), "'e.csv' is not UTF-8 (byte 16): save it as UTF-8"),
        ("e.tsv", b"\xff\xfe\x00\xd8\x00", "is not UTF-8"),
        ("e.xlsx", b"PK", "give pd.read_excel('e.xlsx'), or save it as 'CSV UTF-8'"),
        ("e.parquet", b"PAR1", "give pd.read_parquet('e.parquet')"),
        ("e.csv", "\ufeff\n \u00a0\n".encode(), "is empty"),
        ("e.json", b'{"question": ["a"], "answer": ["b", "c"]}', "two lists of one length"),
    ],
)
def test_a_file_when_it_cannot_be_read_says_what_to_do(tmp_path, name, data, says):
    """Guessing an encoding would change letters in silence; spreadsheets are for pandas to read."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(TaskError) as caught:
        read_examples(name, tmp_path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a\0.csv", "x" * 5000 + ".csv", "/" + "x/" * 3000 + "e.csv", "~nobody_here/e.csv"])
def test_a_path_when_there_can_be_no_such_file_is_told_in_one_short_line(tmp_path, name):
    """A NUL, a name or a path that is too long, and the home of nobody are errors like a missing file."""
    with pytest.raises(TaskError) as caught:
        read_examples(name, tmp_path)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)
