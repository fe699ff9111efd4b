"""`%latm use`, tools, show, edit, drop and verify, through a real shell."""

from cells import MODULE, examples

from latm_magic.tools.function import Tool
from latm_magic.verification import Verification


def test_use_when_given_a_name_brings_one_tool_back(two_tools):
    """A tool comes back as a function, without being made again."""
    assert "sort_words(words: list[str])" in two_tools.printed("%latm use sort_words")
    assert two_tools.run("sort_words(words=['b', 'a'])") == ["a", "b"]
    assert "sort_more" not in two_tools


def test_use_when_given_a_star_brings_all_tools_back(two_tools):
    """`*` is all tools of the project."""
    two_tools.run("%latm use *")
    assert isinstance(two_tools["sort_words"], Tool)
    assert isinstance(two_tools["sort_more"], Tool)


def test_use_when_one_name_is_taken_brings_none(two_tools):
    """All names are checked first, and the error lists every one that is taken."""
    two_tools["sort_words"] = two_tools["sort_more"] = 3
    line = two_tools.fail("%latm use *")
    assert "'sort_more' is a variable of yours (int)" in line
    assert "'sort_words' is a variable of yours (int)" in line
    two_tools.run("%latm use * --replace")
    assert isinstance(two_tools["sort_more"], Tool)


def test_use_when_a_name_among_all_is_taken_leaves_that_one_out(two_tools):
    """One tool named as a builtin, or as a variable of yours, keeps none of the others away."""
    two_tools.session.add("print", MODULE.replace("sort_words", "print"), examples(), description="Sort.")
    two_tools["sort_more"] = 3
    shown = " ".join(two_tools.printed("%latm use *").split())
    assert "Left out: 'print' is a Python builtin, 'sort_more' is a variable of yours (int)." in shown
    assert isinstance(two_tools["sort_words"], Tool)
    assert two_tools["sort_more"] == 3
    assert "print" not in two_tools
    assert "'print' is a Python builtin" in two_tools.fail("%latm use print")


def test_tools_when_listed_shows_each_with_its_verification(two_tools):
    """The list has name, version, verification, description and maker."""
    shown = two_tools.printed("%latm tools")
    assert "sort_words" in shown
    assert "6/6" in shown
    assert "Sort for sort_more." in shown
    assert "2 tools" in shown


def test_show_when_run_gives_the_tool_and_leaves_variables_alone(two_tools):
    """Looking at a tool changes nothing."""
    assert two_tools.run("%latm show sort_words").name == "sort_words"
    assert "sort_words" not in two_tools


def test_edit_when_run_puts_the_source_into_the_next_cell(two_tools, monkeypatch):
    """The next input is a %%latm_tool cell with the source; running it makes a version with the same examples."""
    cells = []
    monkeypatch.setattr(type(two_tools.shell), "set_next_input", lambda _shell, text, replace=False: cells.append(text))
    two_tools.run("%latm edit sort_words")
    assert cells == [f"%%latm_tool sort_words\n{MODULE}"]
    tool = two_tools.run(cells[0].replace("sorted(words)", "sorted(list(words))"))
    assert (tool.version, len(tool.record.samples)) == (2, 6)


def test_drop_when_run_takes_the_tool_out_of_cache_and_namespace(two_tools):
    """A dropped tool is gone; a variable of that name that is not a tool stays."""
    two_tools.run("%latm use sort_words")
    two_tools["sort_more"] = 3
    two_tools.run("%latm drop sort_words")
    two_tools.run("%latm drop sort_more")
    assert "sort_words" not in two_tools
    assert two_tools["sort_more"] == 3
    assert two_tools.session.tools() == ()


def test_verify_when_run_gives_the_record(two_tools):
    """Every sample is run again."""
    verification = two_tools.run("%latm verify sort_words")
    assert isinstance(verification, Verification)
    assert verification.passed


def test_a_column_is_tried_without_a_model(sorting):
    sorting["questions"] = ["Sort. List: b a", *["Why?"] * 30]
    shown = sorting.printed("%latm try sort_words questions --rows 4")
    assert "a b" in shown
    assert "1 by parser, 30 not asked; 0 USD" in shown
