"""`series.latm.solve()` in a notebook: its session answers, from the cell on that imports pandas."""


def test_a_column_answers_on_its_index(sorting):
    """Also in the cell that imports pandas; the Series goes by the index, and what no tool answers has none."""
    sorting.run(
        "import pandas as pd\ns = pd.Series(['List: b a', 'hello'], index=[7, 3])\n"
        "out = s.latm.solve(ask=False)\nways = s.latm.answers(ask=False).ways"
    )
    assert sorting["out"].fillna("-").to_dict() == {7: "a b", 3: "-"}
    assert list(sorting["ways"]) == ["parser", "unasked"]


def test_errors_are_those_of_solve(sorting):
    """One line, as everywhere."""
    said = sorting.fail("import pandas as pd\npd.Series(['List: b a']).latm.solve(tool='sort_word')")
    assert "sort_words" in said
