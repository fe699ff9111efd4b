"""`%latm samples` and `example`, through a real shell."""


def test_samples_when_listed_come_as_a_cell_that_gives_the_same_ones(sorting, monkeypatch):
    """What is in the next cell can be run as it is."""
    cells = []
    monkeypatch.setattr(type(sorting.shell), "set_next_input", lambda _shell, text, **_: cells.append(text))
    before = sorting.session.samples("sort_words")
    assert before[0].question.splitlines()[0] in sorting.printed("%latm samples sort_words")
    sorting.run(cells[0])
    assert sorting.session.samples("sort_words") == before


def test_an_example_when_added_and_removed_needs_no_other_typed_again(sorting):
    """The function follows."""
    assert "version 2" in sorting.printed('%latm example sort_words --add "Sort. List: z x y => x y z"')
    assert sorting["sort_words"].version == 2
    assert "%latm grow" in sorting.printed('%latm example sort_words --add "Sort. List: d c => d c"')
    assert "version 3" in sorting.printed("%latm example sort_words --remove 1")
    assert "Say which" in sorting.fail("%latm example sort_words")
