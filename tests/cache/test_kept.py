"""Of a large batch only what may be kept is looked up, and nothing that is kept is missed."""

from __future__ import annotations

import pytest

from latm_magic.cache import kept, table
from latm_magic.cache.cache import Cache
from latm_magic.cache.records import StoredAnswer
from latm_magic.environment import home_folder

COLUMN = [f"question {number}" for number in range(1_000)]


def answers(*questions, text="text"):
    return [StoredAnswer(each, None, None, "", text, "direct", confirmed=True, created="") for each in questions]


@pytest.fixture
def digested(monkeypatch):
    """Return the list of the questions whose digest is made."""
    made, digest = [], table.digest
    monkeypatch.setattr(table, "digest", lambda question: made.append(question) or digest(question))
    return made


def test_a_batch_when_few_answers_are_kept_makes_digests_of_those_alone(cache, digested):
    """A row that is not kept costs no digest and no place in a statement."""
    cache.answers.keep(answers("question 7", "another"))
    digested.clear()
    assert list(cache.answers.find(COLUMN)) == ["question 7"]
    assert digested == ["question 7"]


def test_an_answer_when_kept_later_is_found_whoever_keeps_it(cache, folder):
    """What was read before is added to here, and read again where another program wrote."""
    cache.answers.keep(answers("question 1"))
    assert set(cache.answers.find(COLUMN)) == {"question 1"}
    cache.answers.keep(answers("question 2"))
    assert set(cache.answers.find(COLUMN)) == {"question 1", "question 2"}
    with Cache(folder, home_folder()) as other:
        other.answers.keep(answers("question 3"))
        other.answers.drop(answers("question 1"))
        assert set(cache.answers.find(COLUMN)) == {"question 2", "question 3"}
        other.answers.drop(answers("question 3"))
        other.answers.keep(answers("question 4"))
    assert set(cache.answers.find(COLUMN)) == {"question 2", "question 4"}
    cache.close()
    assert set(cache.answers.find(COLUMN)) == {"question 2", "question 4"}


def test_an_answer_when_kept_while_the_questions_are_read_is_found_afterwards(cache, monkeypatch):
    """What is read beside a change is used once and not held."""
    cache.answers.keep(answers("question 1"))
    rows = cache._database.rows

    def meanwhile(statement, parameters=()):
        found = rows(statement, parameters)
        if statement.startswith("SELECT question"):
            monkeypatch.undo()
            cache.answers.keep(answers("question 2"))
        return found

    monkeypatch.setattr(cache._database, "rows", meanwhile)
    cache.answers.find(COLUMN)
    assert set(cache.answers.find(COLUMN)) == {"question 1", "question 2"}


def test_more_answers_than_are_worth_reading_are_looked_up_as_before(cache, digested, monkeypatch):
    """With far more kept than asked, each question is looked up; a damaged row takes that way too."""
    monkeypatch.setattr(kept, "_MOST", 2)
    cache.answers.keep(answers("question 1", "question 2", "other"))
    digested.clear()
    assert set(cache.answers.find(COLUMN)) == {"question 1", "question 2"}
    assert len(digested) == len(COLUMN)


def test_a_damaged_question_hides_no_other(cache, edit):
    """Where a kept question cannot be read, the batch is looked up as before."""
    cache.answers.keep(answers("question 1", "question 2"))
    edit("UPDATE answer SET question = x'ff' WHERE id = 2")
    assert set(cache.answers.find(COLUMN)) == {"question 1"}
