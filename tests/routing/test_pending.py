"""Questions that no tool fits, by wording."""

from wordings import REWORDED, TEMPLATES, questions

from latm_magic.routing.pending import LOOSE, cluster_questions, group_pending


def test_questions_of_several_wordings_are_told_apart():
    """Each cluster holds the positions of one wording's questions; what is unlike any other is in none."""
    one, two = questions(TEMPLATES["interest"], 70, seed=1), questions(TEMPLATES["recipe"], 70, seed=2)
    mixed = ["Who wrote it?", *(question for pair in zip(one, two, strict=True) for question in pair)]
    assert cluster_questions(mixed) == ([list(range(1, 141, 2)), list(range(2, 141, 2))], [0])
    assert cluster_questions(one[:2]) == ([], [0, 1])
    assert cluster_questions([]) == ([], [])


def test_a_group_says_what_its_questions_share():
    """The line has the words that all have, a gap for what changes, and is never long."""
    texts = questions(REWORDED["roman"], 4)
    group, loose = group_pending([*texts, "Who wrote it?"])
    assert (group.number, group.questions) == (1, tuple(texts))
    assert group.line == "… -> which letters would Caesar use?"
    assert (loose.number, loose.questions) == (LOOSE, ("Who wrote it?",))
    (group,) = group_pending([text + " and so on" * 50 for text in texts])
    assert len(group.line) == 120
    assert group.line.endswith("…")
