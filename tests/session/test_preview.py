"""A column looked at without a model."""

from solving_tools import TOOLS, asked

QUESTIONS = [f"Sort: {chr(97 + number % 26)} a" for number in range(200)]


def test_a_preview_asks_no_model_and_counts_every_row(open_session):
    session = open_session(tools=TOOLS, audit_first=5)
    column = [*QUESTIONS, "what?", *["why?"] * 100]
    preview = session.preview(column, tool="sort_words")
    assert asked(session) == (0, 0)
    assert preview.answers.counts() == {"parser": 200, "unasked": 101}
    assert len(preview.positions) == 20
    assert preview.positions == tuple(sorted(preview.positions))
    ways = [preview.answers.ways[position] for position in preview.positions]
    assert (ways.count("unasked"), ways.count("parser")) == (5, 15)
    assert preview.positions[0] == 0


def test_a_short_column_is_shown_whole(open_session):
    session = open_session(tools=TOOLS)
    assert session.preview(["Sort: b a", "what?"], tool="sort_words").positions == (0, 1)
    assert session.preview([], tool="sort_words").positions == ()
    assert session.preview(QUESTIONS, rows=1).positions == (0,)
