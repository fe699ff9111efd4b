"""Generated tasks: many, the same each time, all different; what is not there is said in one line."""

import hashlib

import pytest

from latm_magic.errors import TaskError
from latm_magic.evaluation.tasks.registry import generate, names, task_type
from latm_magic.task import check_name, to_value

NAMES = names()
ROWS = "44a29d81"
"""The beginning of a digest over rows of every task: the same on every machine and Python."""


def test_there_are_tasks_of_many_domains():
    """At least 24 tasks of twelve domains, each in three wordings or more, with a name a tool can have."""
    domains = {task_type(name).domain for name in NAMES}
    assert len(NAMES) >= 24
    assert len(domains) >= 12
    for name in NAMES:
        check_name(name)
        assert len(set(task_type(name).wordings)) >= 3
        assert len(task_type(name).description) > 60


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_the_same_each_time_and_all_different(name):
    """A seed gives its rows again, fewer are their beginning, another seed gives others, and none comes twice."""
    for difficulty in (1, 2, 3):
        rows = generate(name, 500, 7, difficulty=difficulty)
        assert len({question for question, _ in rows}) == 500
        assert rows[:20] == generate(name, 20, 7, difficulty=difficulty)
        assert rows != generate(name, 500, 8, difficulty=difficulty)
        assert all(answer == answer.strip() != "" for _, answer in rows)
        assert len({answer for _, answer in rows}) > 1
        for _, answer in rows:
            to_value(answer, task_type(name).kind)


def test_rows_are_the_same_on_every_machine():
    """Whoever reports a figure on these tasks reports it on these rows."""
    every = [generate(name, 3, 1, difficulty=difficulty) for name in NAMES for difficulty in (1, 2, 3)]
    assert hashlib.sha256(repr(every).encode()).hexdigest()[:8] == ROWS


@pytest.mark.parametrize("name", NAMES)
def test_wordings_ask_the_same_in_other_words(name):
    """Each wording alone has as many rows as are wanted, and the same facts have one answer in all of them."""
    numbers = range(len(task_type(name).wordings))
    rows = [generate(name, 30, 3, wordings=[number]) for number in numbers]
    assert len({tuple(answer for _, answer in each) for each in rows}) == 1
    assert len({question for each in rows for question, _ in each}) == 30 * len(numbers)


@pytest.mark.parametrize("name", NAMES)
def test_harder_questions_are_other_questions(name):
    """The dial changes what is asked: most questions of the hardest are none of the easiest's."""
    easy, hard = (dict(generate(name, 200, 5, difficulty=difficulty)) for difficulty in (1, 3))
    assert len(easy.keys() & hard.keys()) < 20


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("slugs", {}, "No generated task 'slugs'. Did you mean 'slug'?"),
        ("slug", {"difficulty": 4}, "difficulty = 4: it is 1 to 3."),
        ("slug", {"wordings": [3]}, "wordings = [3]: slug has those of the numbers 0 to 2."),
        ("slug", {"wordings": []}, "wordings = []: slug has those of the numbers 0 to 2."),
    ],
)
def test_what_is_not_there_is_said(name, options, said):
    """A name, difficulty or wording that does not exist is one line."""
    with pytest.raises(TaskError) as caught:
        generate(name, 5, 1, **options)
    assert str(caught.value) == said


def test_a_task_says_when_it_has_no_more_questions():
    """A small task ends in a line, not in a loop."""
    with pytest.raises(
        TaskError, match=r"in_base has about \d+ questions of difficulty 1: ask for fewer, or harder ones"
    ):
        generate("in_base", 20_000, 1, difficulty=1)
