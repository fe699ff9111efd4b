"""Tools that travel: exported, read by somebody else, judged in the sandbox, kept tool by tool."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cells import MODULE, examples

from latm_magic.errors import ModelError, NotebookError, SandboxError, SettingsError, TaskError, ToolNotFound
from latm_magic.sharing.notebook_write import notebook_bytes
from latm_magic.tool import Provenance


@pytest.fixture
def here(open_session):
    """Give a session whose project has one tool."""
    session = open_session("here")
    session.add("sort_words", MODULE, examples(), description="Sort the words.")
    return session


@pytest.fixture
def exported(here, tmp_path):
    """Give the notebook of that tool."""
    here.export(tmp_path / "tools.ipynb")
    return tmp_path / "tools.ipynb"


def outcomes(loaded):
    """Give name, outcome and version of each tool."""
    return [(tool.name, tool.outcome, tool.version) for tool in loaded.tools]


def edited(path, change, target=None):
    """Write a notebook changed by a function of its code cells (by kind: load, examples, tool)."""
    document = json.loads(path.read_text())
    cells = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    change(dict(zip(("load", "examples", "tool"), cells, strict=False)))
    (target or path).write_text(json.dumps(document))
    return target or path


def with_source(source, **metadata):
    """Give a change that puts another module into the tool's cell."""

    def change(cells):
        head = "".join(cells["tool"]["source"]).split("\n")[0]
        cells["tool"]["source"] = f"{head}\n{source}"
        cells["tool"]["metadata"].get("latm", {}).update(metadata)

    return change


# Two hundred tools

KINDS = ("text", "int", "float")


def numbered(i):
    """Give the module, the examples and a further question with its answer of one small tool."""
    kind = KINDS[i % 3]
    give = {"text": "f'<{result}>'", "int": "str(result)", "float": "repr(result / 4)"}[kind]
    source = (
        f'def parse(question):\n    head, number = question.rsplit(" ", 1)\n    if head != "Add {i} to":\n'
        f'        raise ValueError("not mine")\n    return {{"number": int(number)}}\n\n\n'
        f'def add_{i}(number: int) -> int:\n    """Add {i}."""\n    return number + {i}\n\n\n'
        f"def format_answer(result, question):\n    return {give}\n"
    )
    value = {"text": lambda n: f"<{n + i}>", "int": lambda n: n + i, "float": lambda n: (n + i) / 4}[kind]
    pairs = [(f"Add {i} to {n}", value(n)) for n in (1, 5, 12, 40)]
    return source, pairs, (f"Add {i} to 1000", value(1000))


@pytest.mark.slow
def test_two_hundred_tools_when_exported_loaded_and_exported_again_are_byte_identical(open_session, tmp_path):
    """The round trip through an empty project changes no byte, and each tool solves as before."""
    here, there = open_session("here"), open_session("there")
    asked = {}
    for i in range(200):
        source, pairs, (question, answer) = numbered(i)
        here.add(f"add_{i}", source, pairs, description=f"Add {i} | to a <b>number</b>.")
        asked[question] = (f"add_{i}", answer)
    here.export(tmp_path / "first.ipynb")
    loaded = there.load(tmp_path / "first.ipynb")
    assert {tool.outcome for tool in loaded.tools} == {"admitted"}
    assert {tool.judged.content for tool in loaded.tools} == {"unchanged"}
    there.export(tmp_path / "second.ipynb")
    assert (tmp_path / "first.ipynb").read_bytes() == (tmp_path / "second.ipynb").read_bytes()
    for question, (name, answer) in asked.items():
        solved = there.solve([question], tool=name)[0]
        assert (solved.value, type(solved.value), solved.way) == (answer, type(answer), "parser")
    assert [tool.fingerprint for tool in here.tools()] == [tool.fingerprint for tool in there.tools()]
    assert there.ledger.totals() == ()


# A notebook of somebody else


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


# Names


OTHER = MODULE.replace("sorted(words)", "sorted(words, key=str)")


@pytest.fixture
def clashing(exported, open_session):
    """Give a session that has another tool of the notebook's name."""
    there = open_session()
    there.add("sort_words", OTHER, examples(4), description="My own.")
    return there


def test_a_name_when_you_have_it_stays_yours(clashing, exported):
    """Nothing is replaced unasked, and what is other is shown."""
    (tool,) = clashing.load(exported).tools
    assert (tool.outcome, tool.version) == ("kept yours", None)
    assert "-# My own.\n+# Sort the words." in tool.difference
    assert "-    return sorted(words, key=str)\n+    return sorted(words)" in tool.difference
    assert "samples: 2 more, 0 fewer" in tool.difference
    assert clashing.tool("sort_words").description == "My own."


def test_a_difference_when_too_long_is_counted(clashing, exported):
    """Two modules of thousands of lines are not compared line by line."""
    edited(exported, with_source(MODULE + "# x\n" * 1_500))
    (tool,) = clashing.load(exported).tools
    assert tool.difference == "too long to compare: 15 lines here, 1,515 there"


def test_a_name_when_replaced_becomes_the_next_version(clashing, exported):
    """The notebook's tool is version 2 as it is, and yours stays in the cache."""
    assert outcomes(clashing.load(exported, clash="replace")) == [("sort_words", "admitted", 2)]
    assert [tool.description for tool in clashing.cache.tools.versions("sort_words")] == ["My own.", "Sort the words."]
    assert clashing.tool("sort_words").description == "Sort the words."


def test_a_name_when_renamed_stands_beside_yours(clashing, exported):
    """A free name is found, or yours is taken; the tool solves under it, and can be exported and loaded again."""
    assert outcomes(clashing.load(exported, clash="rename")) == [("sort_words_2", "admitted", 1)]
    loaded = clashing.load(exported, rename={"sort_words": "arrange"})
    assert outcomes(loaded) == [("arrange", "admitted", 1)]
    assert clashing.tool("arrange").record.function == "sort_words"
    assert clashing.solve(["List: b a"], tool="arrange")[0].text == "a b"
    assert clashing.tool("arrange")(words=["b", "a"]) == ["a", "b"]
    again = exported.with_name("again.ipynb")
    clashing.export(again, ["arrange"])
    clashing.drop("arrange")
    assert outcomes(clashing.load(again)) == [("arrange", "admitted", 1)]


def test_a_name_when_it_leaves_the_function_unknown_is_refused(here, open_session, tmp_path):
    """Of a module with two functions that nobody calls, the tool's own name is what tells them apart."""
    here.add("sort_words", MODULE + "\n\ndef other(x):\n    return x\n", examples(), description="Sort.", replace=True)
    here.export(tmp_path / "tools.ipynb")
    (tool,) = open_session().load(tmp_path / "tools.ipynb", rename={"sort_words": "arrange"}).tools
    assert tool.outcome == "refused"
    assert "rename it there" in tool.reason


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"rename": {"sort_word": "x"}}, NotebookError, "Did you mean 'sort_words'"),
        ({"rename": {"sort_words": "a b"}}, TaskError, "cannot name a function"),
        ({"clash": "overwrite"}, NotebookError, "none of keep, replace and rename"),
    ],
)
def test_options_when_odd_are_errors_of_one_line(exported, open_session, options, error, words):
    """A misspelt name is no silence."""
    with pytest.raises(error, match=words) as caught:
        open_session().load(exported, **options)
    assert "\n" not in str(caught.value)


def test_a_tool_when_its_cache_came_from_elsewhere_is_not_known(here, exported, open_session, tmp_path, monkeypatch):
    """A cloned cache with the same tool in it vouches for nothing: the tool is verified, as one of somebody else's."""
    here.close()
    monkeypatch.setenv("LATM_HOME", str(tmp_path / "another home"))
    again = open_session("here")
    assert not again.cache.tools.is_trusted(again.tool("sort_words").record)
    (tool,) = again.load(exported).tools
    assert tool.outcome == "kept yours"
    assert tool.judged.verification.passed


# Several notebooks


def test_a_folder_when_loaded_gives_what_each_notebook_holds(here, exported, open_session, tmp_path):
    """One broken notebook leaves the others alone; what is offered twice is admitted once."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("a.ipynb", "b.ipynb"):
        (folder / name).write_bytes(exported.read_bytes())
    (folder / "broken.ipynb").write_text('{"cells": [')
    there = open_session()
    loaded = there.load(folder)
    assert outcomes(loaded) == [("sort_words", "admitted", 1)]
    assert "damaged" in loaded.notebooks[2].notes[0]
    with pytest.raises(NotebookError, match="damaged"):
        there.load(folder / "broken.ipynb")


def test_two_tools_when_they_claim_one_name_are_both_refused(exported, open_session, tmp_path):
    """Which of the two was meant is yours to say: load one notebook, or rename."""
    other = edited(exported, with_source(OTHER), tmp_path / "other.ipynb")
    there = open_session()
    loaded = there.load([exported, other])
    assert [tool.outcome for tool in loaded.tools] == ["refused", "refused"]
    assert "more than one tool of this name" in loaded.tools[0].reason
    assert there.cache.tools.names() == ()


def test_a_path_when_relative_is_looked_for_here_and_in_the_project(exported, open_session, tmp_path, monkeypatch):
    """Notebooks lie beside the notebook that loads them, or in the project's folder."""
    there = open_session()
    (there.project.folder / "mine.ipynb").write_bytes(exported.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert outcomes(there.load("mine.ipynb", dry_run=True)) == [("sort_words", "admitted", None)]
    assert outcomes(there.load("tools.ipynb")) == [("sort_words", "admitted", 1)]
    with pytest.raises(NotebookError, match="No file"):
        there.load("absent.ipynb")


# Exporting


def test_an_export_when_repeated_changes_nothing_and_overwrites_only_by_force(here, tmp_path):
    """The same tools give the same file; another content needs `force`."""
    first = here.export(tmp_path / "tools.ipynb")
    assert (first.tools, first.changed) == (("sort_words",), True)
    assert not here.export(tmp_path / "tools.ipynb").changed
    here.add("sort_more", MODULE.replace("sort_words", "sort_more"), examples(), description="Sort more.")
    with pytest.raises(NotebookError, match="--force"):
        here.export(tmp_path / "tools.ipynb")
    assert here.export(tmp_path / "tools.ipynb", force=True).tools == ("sort_more", "sort_words")


def test_an_export_when_to_a_module_writes_its_tests_beside_it(here, tmp_path):
    """The tool is the one named as the file, or the one that you name."""
    done = here.export(tmp_path / "sort_words.py")
    assert [path.name for path in done.paths] == ["sort_words.py", "test_sort_words.py"]
    assert here.export(tmp_path / "mine.py", "sort_words").tools == ("sort_words",)
    assert "from mine import solve" in (tmp_path / "test_mine.py").read_text()


@pytest.mark.parametrize(
    ("path", "names", "error"),
    [
        ("tools.txt", None, NotebookError),
        ("tools.ipynb", ["sort_word"], ToolNotFound),
        ("absent.py", None, ToolNotFound),
        ("mine.py", ["sort_words", "sort_words"], NotebookError),
        ("json.py", ["sort_words"], NotebookError),
        ("a/b/tools.ipynb", None, NotebookError),
    ],
)
def test_an_export_when_it_cannot_be_done_writes_nothing(here, tmp_path, path, names, error):
    """Another ending, an unknown tool, a place that is not there: an error, and no file."""
    place = tmp_path / "out"
    with pytest.raises(error):
        here.export(place / path, names)
    assert not place.exists()


def test_an_export_when_there_are_no_tools_is_an_error(open_session, tmp_path):
    """An empty notebook would look like a lost one."""
    with pytest.raises(NotebookError, match="no tools"):
        open_session().export(tmp_path / "tools.ipynb")


def test_older_samples_when_exported_stay_older_samples(here, open_session, tmp_path):
    """What an older version passed is verified again, and the cell that made the tool still finds it."""
    more = [(f"List: {n} b a", f"{n} a b") for n in range(6)]
    here.add("sort_words", MODULE, more, description="Sort the words.")
    here.export(tmp_path / "tools.ipynb")
    there = open_session()
    there.load(tmp_path / "tools.ipynb")
    mine, theirs = here.tool("sort_words").record, there.tool("sort_words").record
    assert (theirs.samples, theirs.earlier) == (mine.samples, mine.earlier)
    assert len(theirs.verification.samples) == 12
    assert there.make("sort_words", "Sort the words.", more).version == 1


# Shared folders


def share(session, exported, name="team.ipynb"):
    """Put a notebook into a project's latm_tools."""
    folder = session.project.folder / "latm_tools"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(exported.read_bytes())
    return folder / name


def notes(session):
    """Give a list that fills with the session's notes."""
    found = []
    session._parts.events._on_event = lambda event: found.append(event.text) if hasattr(event, "text") else None
    return found


def test_a_shared_tool_when_a_question_comes_serves_without_being_taken(exported, open_session):
    """It is verified on first use, remembered, never written to, and stays behind the walls."""
    there = open_session()
    path = share(there, exported)
    before = path.read_bytes()
    assert there.solve(["List: b a"])[0].text == "a b"
    assert (there.cache.tools.names(), path.read_bytes()) == ((), before)
    (tool,) = there.tools()
    assert (tool.name, tool.version) == ("sort_words", 0)
    assert there.tool("sort_words")(words=["b", "a"]) == ["a", "b"]
    assert there._parts.walls_for(tool.record) == ("seccomp",)
    assert there.solve(["List: d c"], tool="sort_words")[0].text == "c d"


def test_a_shared_tool_when_verified_is_remembered_until_its_file_changes(exported, open_session):
    """The next session does not verify it again; a changed file is verified, and refused where it no longer passes."""
    there = open_session()
    path = share(there, exported)
    assert there.solve(["List: b a"])[0].answered
    (seconds,) = {tool.verification.samples[0].seconds for tool in there.tools()}
    there.close()
    again = open_session()
    assert again.tools()[0].verification.samples[0].seconds == seconds
    told = notes(again)
    edited(path, with_source(MODULE.replace("sorted(words)", "words")))
    assert again.solve(["List: b a"])[0].way == "unknown"
    assert len(told) == 1
    assert "sort_words of team.ipynb is not used" in told[0]
    share(again, exported)
    assert again.solve(["List: b a"])[0].text == "a b"
    path.unlink()
    assert again.tools() == ()


def test_a_memory_of_shared_tools_when_forged_counts_for_nothing(exported, open_session, tmp_path, monkeypatch):
    """A cache that came with a repository cannot say that a shared tool was verified here."""
    there = open_session()
    path = share(there, exported)
    assert there.tools()
    edited(path, with_source(MODULE.replace("sorted(words)", "words")))
    with there.cache._database.change() as connection:
        connection.execute("UPDATE shared SET seal = x'00'")
    there.close()
    monkeypatch.setenv("LATM_HOME", str(tmp_path / "another home"))
    assert open_session().tools() == ()


def test_a_tool_of_your_own_when_a_shared_one_has_its_name_comes_first(exported, open_session):
    """Your own name is yours; the shared tool of that name is not looked at."""
    there = open_session()
    there.add("sort_words", MODULE.replace('" ".join', '"-".join'), [(q, a.replace(" ", "-")) for q, a in examples()])
    share(there, exported)
    assert there.solve(["List: b a"])[0].text == "a-b"
    assert there.tool("sort_words").version == 1
    assert there.shared() == ()


def test_a_tool_of_your_own_when_a_shared_one_answers_too_comes_first(exported, open_session):
    """Where a parser of yours accepts, what a shared tool would say is not asked about."""
    there = open_session()
    source = MODULE.replace("sort_words", "dashes").replace('" ".join', '"-".join')
    there.add("dashes", source, [(q, a.replace(" ", "-")) for q, a in examples()], description="With dashes.")
    share(there, exported)
    answer = there.solve(["List: b a"])[0]
    assert (answer.text, answer.tool, answer.way) == ("a-b", "dashes", "parser")


def test_a_cell_when_the_team_made_its_tool_asks_no_model(exported, open_session):
    """The same task with the same examples is found in latm_tools; another task of that name goes to the maker."""
    there = open_session()
    share(there, exported)
    tool = there.make("sort_words", "Sort the words.", examples())
    assert (tool.version, there.scripts["maker"].requests) == (0, [])
    with pytest.raises(Exception, match="run out"):
        there.make("sort_words", "Sort the words.", examples(7))


def test_a_shared_notebook_when_broken_is_told_once(exported, open_session):
    """A file that cannot be read is a note and no error, and the notebooks beside it serve."""
    there = open_session()
    share(there, exported)
    (there.project.folder / "latm_tools" / "broken.ipynb").write_text("{")
    told = notes(there)
    for _ in range(2):
        assert there.solve(["List: b a"])[0].text == "a b"
    assert len(told) == 1
    assert "damaged" in told[0]


def test_a_shared_tool_when_it_has_no_parser_waits_until_it_is_named(here, open_session, tmp_path):
    """Verifying it asks the user model, which a question for another tool must not pay for."""
    source = "def count_words(text: str) -> int:\n    return len(text.split())\n"

    def reply(request):
        return json.dumps({"text": request.messages[0].content.split("How many: ")[-1].split("\n")[0]})

    pairs = [(f"How many: {'w ' * n}", n) for n in range(1, 5)]
    writer = open_session("writer", user=reply)
    writer.add("count_words", source, pairs, description="Count the words.")
    writer.export(tmp_path / "count.ipynb")
    there = open_session(user=reply)
    share(there, tmp_path / "count.ipynb")
    told = notes(there)
    assert there.tools() == ()
    assert "has no parser" in told[0]
    assert there.scripts["user"].requests == []
    assert there.tool("count_words").version == 0
    assert len(there.scripts["user"].requests) == 4
    assert [tool.name for tool in there.tools()] == ["count_words"]


def test_tool_paths_when_they_name_files_or_nothing_are_read_as_they_are(exported, open_session):
    """A path may name a notebook; one that is not there is no error."""
    there = open_session(tool_paths=["absent", str(exported)])
    assert [offer.name for offer in there.shared()] == ["sort_words"]
    assert there.solve(["List: b a"])[0].text == "a b"


def test_a_shared_tool_when_the_cache_cannot_be_written_serves_all_the_same(exported, open_session, monkeypatch):
    """What could not be remembered is verified again next time."""
    from latm_magic.errors import CacheError

    there = open_session()
    share(there, exported)
    told = notes(there)

    def unwritable(*_):
        raise CacheError("The disk is full.")

    monkeypatch.setattr(there.cache.shared, "keep", unwritable)
    assert there.tools()[0].name == "sort_words"
    assert told == ["The disk is full."]


def test_a_notebook_when_written_by_the_library_alone_is_the_same(here, exported):
    """The session adds nothing to what the library writes."""
    assert exported.read_bytes() == notebook_bytes([here.tool("sort_words").record])


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


def test_shared_tools_when_the_wall_is_missing_leave_yours_alone(exported, open_session, monkeypatch):
    """Where seccomp is missing, your own tools serve, and one note says why the shared ones do not."""
    there = open_session()
    there.add("sort_more", MODULE.replace("sort_words", "sort_more"), examples(), description="Sort more.")
    share(there, exported)
    walls = replace(there.sandbox.walls, active=("limits",), missing=("seccomp",))
    monkeypatch.setattr(type(there.sandbox), "walls", walls)
    told = notes(there)
    assert there.solve(["List: b a", "List: d c"]).tools == ["sort_more"] * 2
    assert len(told) == 1
    assert "allow_imported_without_seccomp" in told[0]


def test_a_tool_when_loaded_takes_its_questions_out_of_what_is_pending(exported, open_session):
    """Questions that no tool fitted are pending no more once a loaded tool's parser answers them."""
    there = open_session()
    question = examples()[0][0]
    there.cache.feedback.keep_pending([question, "Who wrote Middlemarch?"])
    there.load(exported)
    assert there.cache.feedback.pending() == ("Who wrote Middlemarch?",)
