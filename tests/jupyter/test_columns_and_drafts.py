"""Making with a column in a notebook, what a making that fails leaves to look at, and a draft that is kept."""

from sorting_replies import EXAMPLES, GOOD, HELD_OUT

COLUMN = [f"Sort: {one} {other}" for one in "kji" for other in "hgf"] + ["Order b, a", "Order d, c"]
BROAD = GOOD.replace(
    "    head, mark, words",
    "    if question.startswith('Order '):\n        return {'words': question[6:].split(', ')}\n    head, mark, words",
)
OTHER = GOOD.replace('"""Sort words."""', '"""Sort some words."""')


def cell(examples):
    """Return the body of a cell."""
    return "Sort the words.\n---\n" + "\n---\n".join(f"{question}\n=> {answer}" for question, answer in examples)


def test_latm_when_given_a_column_shows_what_its_rounds_gained(notebook):
    """--on takes a column, --rounds a number; the card says how much of the column is answered."""
    notebook.script(GOOD, BROAD)
    notebook["df"] = {"text": COLUMN}
    shown = notebook.printed(f"%%latm sort_words --on df['text'] --rounds 1\n{cell([*EXAMPLES, *HELD_OUT])}")
    assert "11 of 11 questions answered, 9 before; no answer changed" in shown
    assert "questions of the column go to the maker" in shown
    assert "answers 11 of 11 questions of its column, 9 before 1 coverage round" in shown
    assert (
        "Order b, a" in notebook.run(f"%%latm sort_more --on df['text'] --by-hand\n{cell([*EXAMPLES, *HELD_OUT])}").text
    )


def test_a_making_when_it_fails_shows_its_attempts_and_its_draft_which_can_be_kept(notebook, capsys):
    """A table of attempts, what the draft does wrong, and two subcommands."""
    notebook.script(GOOD, OTHER, OTHER)
    notebook.shell.run_cell(f"%%latm sort_words\n{cell([*EXAMPLES, ('Sort: n m', 'n m')])}")
    shown = capsys.readouterr().out
    assert all(text in shown for text in ("failed verification", "is it right?", "left as a draft"))
    assert "3 of 3  Sort: n m  m n       n m" in shown
    assert "sort_words" in notebook.run("%latm drafts").text
    assert "draft, not a tool" in notebook.run("%latm drafts sort_words").text
    tool = notebook.run("%latm keep sort_words")
    assert (tool.version, notebook["sort_words"](words=["b", "a"])) == (1, ["a", "b"])
    assert "No drafts" in notebook.run("%latm drafts").text


def test_rows_on_which_proposals_differ_are_on_the_card_and_in_check(notebook):
    """What a round changed stands on the card, and beside the row in `%latm check`."""
    notebook.script(GOOD, BROAD.replace("return sorted(words)", "return sorted(words, reverse='k' in words)"))
    notebook["df"] = {"text": COLUMN}
    shown = notebook.printed(f"%%latm sort_words --on df['text'] --rounds 1\n{cell([*EXAMPLES, *HELD_OUT])}")
    assert "3 answers changed, which %latm check shows first" in shown
    assert "Sort: k h  h k     k h" in shown.partition("which %latm check shows first")[2], "the card"
    assert "differ" not in shown, "each row is told once"
    shown = notebook.run("%latm check sort_words df['text']").text
    assert "proposals differ, like 2 more" in shown
    assert "k h (proposal 2)" in shown


def test_drafts_of_two_makings_are_numbered_and_either_can_be_kept(notebook, capsys):
    """`%latm drafts NAME N` shows one of them, `%latm keep NAME N` takes it."""
    notebook.script(GOOD, OTHER, OTHER.replace("some", "more"), GOOD, OTHER.replace("some", "all"), OTHER)
    for label in ("n m", "n  m"):
        notebook.shell.run_cell(f"%%latm sort_words\n{cell([*EXAMPLES, ('Sort: n m', label)])}")
    assert "this draft is number 2" in capsys.readouterr().out
    shown = notebook.run("%latm drafts").text
    assert [line.split()[:2] for line in shown.splitlines()[1:3]] == [["sort_words", "1"], ["sort_words", "2"]]
    assert "n  m" not in notebook.run("%latm drafts sort_words 1").text
    assert "n  m" in notebook.run("%latm drafts sort_words").text
    assert notebook.run("%latm keep sort_words 1").record.verification.excused == ("Sort: n m",)


def test_why_and_edit_start_from_what_failed(notebook):
    """The failure can be seen again, and the draft's cell below it runs without naming the examples anew."""
    notebook.script(GOOD, GOOD)
    notebook.shell.run_cell(f"%%latm sort_words\n{cell([*EXAMPLES, ('Sort: n m', 'n m'), *HELD_OUT[1:]])}")
    shown = notebook.run("%latm why sort_words").text
    assert "No tool 'sort_words' after 2 proposals" in shown
    assert "Sort: n m" in shown
    view = notebook.run("%latm edit sort_words")
    assert "The next cell holds sort_words, a draft" in view.text
    assert "start from 'Sort: n m'" in view.text
    below = notebook.shell.rl_next_input
    line = notebook.fail(below)
    assert "Sort: n m" in line


def test_edit_starts_from_the_failing_row_that_was_chosen(notebook):
    """Its facts stand beside numbered source, with a mark where it raised; the others are listed; no such row is told."""
    raising = GOOD.replace(
        "    return sorted(words)", "    if 'm' in words:\n        return [1 / 0]\n    return sorted(words)"
    )
    notebook.script(raising, raising)
    samples = [*EXAMPLES, ("Sort: n m", "m n"), ("Sort: <b> a", "<b>  a"), *HELD_OUT[1:]]
    notebook.shell.run_cell(f"%%latm sort_words\n{cell(samples)}")
    failing = notebook.run("%latm edit sort_words")
    assert "2 samples not right: %latm edit sort_words --row N" in failing.text
    rows = [line.split()[1] for line in failing.text.splitlines() if line.startswith("    ")]
    assert sorted(rows) == ["error", "wrong"]
    (raised,) = [str(number) for number, outcome in enumerate(rows, 1) if outcome == "error"]
    (wrong,) = {"1", "2"} - {raised}
    view = notebook.run(f"%latm edit sort_words --row {raised}")
    assert "start from 'Sort: n m': error" in view.text
    assert "called as  sort_words(words=['n', 'm'])" in view.text
    (marked,) = [line for line in view.html.splitlines() if "▸" in line]
    assert "return [1 / 0]" in marked
    view = notebook.run(f"%latm edit sort_words --row {wrong}")
    assert "start from 'Sort: <b> a': wrong, wanted '<b>  a', got '<b> a'" in view.text
    assert "▸" not in view.html
    assert "<b>" not in view.html
    assert notebook.shell.rl_next_input.startswith("%%latm_tool sort_words\n")
    assert "'sort_words' has 2 samples not right: choose --row 1 to 2." in notebook.fail(
        "%latm edit sort_words --row 3"
    )
    assert "choose --row 1 to 2" in notebook.fail("%latm edit sort_words --row 0")
    notebook.session.add("sort_more", GOOD.replace("sort_words", "sort_more"), EXAMPLES, description="Sort.")
    assert "has 0 samples not right: leave out --row." in notebook.fail("%latm edit sort_more --row 1")
