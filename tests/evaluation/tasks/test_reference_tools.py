"""The reference tools in the real sandbox: each is verified, and answers fresh questions of every wording right."""

import pytest

from latm_magic.evaluation.tasks.registry import generate, names, reference_source, task_type

FRESH = 200


@pytest.mark.slow
def test_every_reference_tool_answers_fresh_questions(session):
    """All tools in one cache and no model: each question is answered by its own tool's parser, and right."""
    rows = []
    for name in names():
        examples = generate(name, 9, 1)
        kept = session.add(name, reference_source(name), examples, description=task_type(name).description)
        assert kept is not None, name
        known = {question for question, _ in examples}
        fresh = [row for row in generate(name, FRESH + 9, 2, difficulty=2) if row[0] not in known][:FRESH]
        rows += [(name, question, answer) for question, answer in fresh]
    answers = session.solve([question for _, question, _ in rows])
    wrong = [
        (name, question, answer, got.text, got.way)
        for (name, question, answer), got in zip(rows, answers, strict=True)
        if (got.tool, got.text, got.way) != (name, answer, "parser")
    ]
    assert not wrong[:3]
    assert len(rows) == FRESH * len(names())
