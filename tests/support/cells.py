"""A tool's module, its examples, and the cells that tests run with them."""

from __future__ import annotations

MODULE = '''\
def parse(question):
    head, found, words = question.partition("List: ")
    if not found or (head and not head.strip().endswith(("Sort.", "Count."))):
        raise ValueError("no list to sort")
    return {"words": words.split()}


def sort_words(words: list[str]) -> list[str]:
    """Sort words alphabetically."""
    return sorted(words)


def format_answer(result, question):
    return " ".join(result)
'''
NO_CASE = MODULE.replace("sorted(words)", "sorted(words, key=str.lower)")


def examples(number=6):
    """Return solved examples of sorting as pairs."""
    return [(f"Sort. List: pear{i} fig apple{i}", f"apple{i} fig pear{i}") for i in range(number)]


def cell_of(pairs, description="Sort the words alphabetically."):
    """Return the body of a %%latm cell."""
    return "\n---\n".join([description, *(f"{question}\n=> {answer}" for question, answer in pairs)])


def fenced(source):
    """Return a reply that holds a module."""
    return f"```python\n{source}```"
