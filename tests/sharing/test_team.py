"""Tools of a folder that a team shares: verified on first use, never taken, behind the walls."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cells import MODULE, examples
from shared_notebooks import edited, with_source


def share(session, exported, name="team.ipynb"):
    """Put a notebook into a project's latm_tools."""
    folder = session.project.folder / "latm_tools"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(exported.read_bytes())
    return folder / name


def into(told):
    """Return what puts the texts of a session's notes into a list."""
    return lambda event: told.append(event.text) if hasattr(event, "text") else None


def test_a_shared_tool_when_a_question_comes_serves_without_being_taken(exported, open_session, monkeypatch):
    """It is verified on first use, remembered, never written to, and stays behind the walls."""
    there = open_session()
    path = share(there, exported)
    before = path.read_bytes()
    assert there.solve(["List: b a"])[0].text == "a b"
    assert (there.cache.tools.names(), path.read_bytes()) == ((), before)
    (tool,) = there.tools()
    assert (tool.name, tool.version) == ("sort_words", 0)
    walls, run = [], there.sandbox.run
    monkeypatch.setattr(
        there.sandbox, "run", lambda *a, **named: walls.append(named["require_walls"]) or run(*a, **named)
    )
    assert there.tool("sort_words")(words=["b", "a"]) == ["a", "b"]
    assert walls == [("seccomp",)]
    assert there.solve(["List: d c"], tool="sort_words")[0].text == "c d"


def test_a_shared_tool_when_verified_is_remembered_until_its_file_changes(exported, open_session):
    """The next session does not verify it again; a changed file is verified, and refused where it no longer passes."""
    there = open_session()
    path = share(there, exported)
    assert there.solve(["List: b a"])[0].answered
    (seconds,) = {tool.verification.samples[0].seconds for tool in there.tools()}
    there.close()
    told = []
    again = open_session(on_event=into(told))
    assert again.tools()[0].verification.samples[0].seconds == seconds
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
    told = []
    there = open_session(on_event=into(told))
    share(there, exported)
    (there.project.folder / "latm_tools" / "broken.ipynb").write_text("{")
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
    told = []
    there = open_session(user=reply, on_event=into(told))
    share(there, tmp_path / "count.ipynb")
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

    told = []
    there = open_session(on_event=into(told))
    share(there, exported)

    def unwritable(*_):
        raise CacheError("The disk is full.")

    monkeypatch.setattr(there.cache.shared, "keep", unwritable)
    assert there.tools()[0].name == "sort_words"
    assert told == ["The disk is full."]


def test_shared_tools_when_the_wall_is_missing_leave_yours_alone(exported, open_session, monkeypatch):
    """Where seccomp is missing, your own tools serve, and one note says why the shared ones do not."""
    told = []
    there = open_session(on_event=into(told))
    there.add("sort_more", MODULE.replace("sort_words", "sort_more"), examples(), description="Sort more.")
    share(there, exported)
    walls = replace(there.sandbox.walls, active=("limits",), missing=("seccomp",))
    monkeypatch.setattr(type(there.sandbox), "walls", walls)
    assert there.solve(["List: b a", "List: d c"]).tools == ["sort_more"] * 2
    assert len(told) == 1
    assert "allow_imported_without_seccomp" in told[0]
