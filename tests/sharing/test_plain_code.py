"""Tools as plain code: a module and its tests, which pass where latm_magic is not installed."""

import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from sample_tool import sample_tool

from latm_magic.errors import NotebookError
from latm_magic.provenance import Provenance
from latm_magic.sharing.plain_code import check_module_name, module_text, pytest_text
from latm_magic.task import Instance
from latm_magic.verification import AnswerForm, Glue, SampleResult, Verification

MODULE = """\
import math


def parse(question):
    return {"number": float(question.split("of ")[1])}


def root(number):
    return math.sqrt(number)


def format_answer(result, question):
    return repr(result)
"""
PYTEST = ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments")


@pytest.fixture
def plain_python(tmp_path):
    """Return a function that runs pytest in a Python that has pytest and not latm_magic."""
    packages = tmp_path / "packages"
    packages.mkdir()
    for name in PYTEST:
        place = Path(find_spec(name).origin)
        place = place.parent if place.name == "__init__.py" else place
        (packages / place.name).symlink_to(place)
    code = (
        f"import sys; sys.path.insert(0, {str(packages)!r}); import importlib.util;"
        "assert importlib.util.find_spec('latm_magic') is None; import pytest;"
        "sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '-W', 'error', '-rA', sys.argv[1]]))"
    )

    def run(folder):
        command = [sys.executable, "-I", "-S", "-c", code, str(folder)]
        return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60, check=False)

    return run


def write(folder, tool, module="mine"):
    """Write a tool as plain code."""
    folder.mkdir()
    (folder / f"{module}.py").write_text(module_text(tool))
    (folder / f"test_{module}.py").write_text(pytest_text(tool, module))
    return folder


def tool_of(kind, pairs, source, **changes):
    """Return a tool with samples that were all right."""
    calls = changes.pop("calls", [""] * len(pairs))
    results = tuple(
        SampleResult(q, a, "demonstration", "right", changes.get("got", a), call=call)
        for (q, a), call in zip(pairs, calls, strict=True)
    )
    changes.pop("got", None)
    form = changes.pop("form", AnswerForm())
    return sample_tool(
        kind=kind,
        samples=tuple(Instance(q, a) for q, a in pairs),
        source=source,
        verification=Verification(results, answer_form=form),
        **changes,
    )


ECHO = "def parse(question):\n    return {'text': question}\n\ndef echo(text):\n    return text.split('=')[1]\n"


@pytest.mark.parametrize(
    "tool",
    [
        sample_tool(),
        tool_of("text", [("a='\"\\\n{x}'''", "'\"\\\n{x}'''"), ("b= c\r\n", "c")], ECHO, function="echo"),
        tool_of("int", [("a=1", "1"), ("b=-2", "-2"), ("c=03", "03")], ECHO, function="echo"),
        tool_of("bool", [("a=True", "True"), ("b=false", "False")], ECHO, function="echo"),
        tool_of(
            "float", [("root of 2", "1.4142135623731"), ("root of 4", "2.0")], MODULE, function="root", has_format=True
        ),
        tool_of("float", [("root of nan", "nan"), ("root of inf", "inf")], MODULE, function="root", has_format=True),
        tool_of(
            "float",
            [("the root, please,\nof 4", "2.0"), ("root of 9", "3.0"), ("uncalled", "1.0")],
            MODULE,
            calls=["root(number=4)", "root(number=9)", ""],
            function="root",
            calling="arguments",
            has_format=True,
        ),
        tool_of(
            "text",
            [("q", "two\nlines"), ("q2", "x")],
            "def echo(text):\n    return text\n",
            calls=["echo(text='two\\nlines')", "echo(text='x')"],
            function="echo",
            calling="arguments",
        ),
        tool_of(
            "text",
            [("q", "(E)")],
            "def echo(text):\n    return text\n",
            calls=["ret = echo('E')\nans = ret"],
            form=AnswerForm(Glue("(", "", ")"), Glue("", "-", "")),
            function="echo",
            calling="snippet",
        ),
        tool_of(
            "text",
            [("q", "] ]"), ("left out", "x")],
            "def echo(text):\n    return text\n",
            calls=["ans = echo(']]')", "ans = '''x'''"],
            form=AnswerForm(Glue("", " ", "")),
            function="echo",
            calling="snippet",
        ),
        tool_of(
            "text",
            [("q", "]]"), ("left out", "x")],
            "def echo(text):\n    return text\n",
            calls=["ans = echo(']]')", "ans = '''x'''"],
            function="echo",
            calling="snippet",
        ),
    ],
    ids=lambda tool: (
        f"{tool.function}-{tool.kind}-{'parser' if tool.has_parser else 'snippet' * tool.by_snippet or 'call'}"
    ),
)
def test_plain_code_when_run_without_latm_magic_passes_its_tests(tmp_path, plain_python, tool):
    """The module and its tests need nothing of ours, and every right sample is among the tests."""
    done = plain_python(write(tmp_path / "package", tool))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "latm_magic" not in (tmp_path / "package" / "mine.py").read_text()


def test_a_test_when_the_module_is_changed_fails(tmp_path, plain_python):
    """The exported tests test something."""
    folder = write(tmp_path / "package", sample_tool())
    text = (folder / "mine.py").read_text()
    (folder / "mine.py").write_text(text.replace("sorted(words)", "words"))
    assert plain_python(folder).returncode == 1


def test_a_module_when_written_says_where_it_comes_from():
    """Name, version, maker, verification and fingerprint stand in a comment; the description is its docstring."""
    tool = sample_tool(
        description='Sort "words" \\ """well""".\n\nTwice.', provenance=Provenance("m\u202eX\n# import os")
    )
    text = module_text(tool)
    assert text.startswith("# sort_words, version 1. Made by m?X?# import os.\n# Verified: 6 of 6")
    assert f"# Fingerprint {tool.fingerprint}." in text
    known = {}
    exec(text, known)
    assert known["__doc__"].strip() == tool.description
    assert known["solve"]("b a") == "a b"


def test_a_module_when_it_has_a_docstring_or_the_name_keeps_its_own():
    """What its maker wrote stays as it is, and the function from question to answer gets a name that is free."""
    source = '"""Mine."""\n\n' + sample_tool().source + "\n\nsolve = answer_question = None\n"
    known = {}
    exec(module_text(sample_tool(source=source)), known)
    assert known["__doc__"] == "Mine."
    assert known["solve"] is None
    assert known["solve_question"]("b a") == "a b"
    crowded = replace(sample_tool(source=source + "\nsolve_question: int = 1\n"))
    exec(module_text(crowded), known)
    assert known[f"solve_{crowded.fingerprint[:8]}"]("b a") == "a b"


def test_a_module_when_written_is_formatted(tmp_path):
    """What is added around the maker's source is as the formatter would write it."""
    tool = sample_tool()
    folder = write(tmp_path / "package", tool)
    command = [sys.executable, "-m", "ruff", "format", "--check", "--isolated", "--line-length", "120", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["a-b", "class", "1a", "", "json", "string"])
def test_a_module_name_when_it_cannot_be_imported_or_hides_pythons_is_refused(name):
    """`json.py` beside your code would break everything that imports json."""
    with pytest.raises(NotebookError):
        check_module_name(name)
