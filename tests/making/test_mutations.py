"""Samples that are changed until they ask for something else."""

from hypothesis import given
from hypothesis import strategies as st

from latm_magic.making.mutations import MOST_MUTATIONS, mutate

SORT = [
    "Sort these words in ascending order. List: pear apple 3",
    "Sort these words in ascending order. List: kiwi fig 12",
    "Sort these words in ascending order. List: lime date 7",
]


def test_each_change_comes_before_its_second_case():
    found = mutate(SORT)
    assert [m.change for m in found[:5]] == ["negated", "negated", "negated", "two joined", "reversed"]
    questions = [m.question for m in found]
    assert "Do not sort these words in ascending order. List: pear apple 3" in questions
    assert "Sort these words in descending order. List: pear apple 3" in questions
    assert f"{SORT[0]}\n{SORT[1]}" in questions


def test_words_of_the_data_stay_as_they_are():
    for mutation in mutate(SORT):
        if mutation.change in {"negated", "reversed", "a word replaced"}:
            assert mutation.question.endswith(mutation.sample.partition("List:")[2])


def test_questions_without_words_of_a_task_are_joined_and_lose_a_number():
    found = mutate(["232 Dubei Ct", "3215 West Street", "Cabot Drive"])
    assert {m.change for m in found} == {"a number dropped", "two joined"}


def test_nothing_comes_of_nothing():
    assert mutate([]) == ()
    assert mutate(["7"]) == ()


@given(st.lists(st.text(max_size=60), max_size=8))
def test_mutations_of_any_questions_are_new_few_and_the_same_each_time(questions):
    found = mutate(questions)
    assert found == mutate(questions)
    assert len(found) <= MOST_MUTATIONS
    assert len({m.question for m in found}) == len(found)
    assert not {m.question for m in found} & set(questions)
    assert all(m.question.strip() for m in found if m.change != "two joined")
