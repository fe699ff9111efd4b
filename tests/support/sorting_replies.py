"""What a maker replies when it is asked for a tool that sorts: a good module, and ones with a fault each."""

EXAMPLES = [
    (f"Sort: {words}", " ".join(sorted(words.split()))) for words in ("pear apple", "b a", "d c b", "x", "q p", "z y")
]
HELD_OUT = [("Sort: n m", "m n"), ("Sort: 3 2 1", "1 2 3")]
GOOD = '''Here it is.

```python
def parse(question: str) -> dict:
    head, mark, words = question.partition(": ")
    if head != "Sort" or not words:
        raise ValueError("not a list to sort")
    return {"words": words.split()}


def sort_words(words: list[str]) -> list[str]:
    """Sort words."""
    return sorted(words)


def format_answer(result, question: str) -> str:
    return " ".join(result)
```
'''
WRONG = GOOD.replace("sorted(words)", "list(words)")
ESCAPES = GOOD.replace("return sorted(words)", "return sorted.__self__.open('x')")
BREAKS = GOOD.replace("return sorted(words)", "return {}['{']")
HANGS = GOOD.replace("return sorted(words)", "while True: pass")
STRICT = GOOD.replace('head != "Sort"', 'head != "Sort" or "3" in words')
