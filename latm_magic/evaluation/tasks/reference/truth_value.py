"""The value of a Boolean expression, from the innermost parentheses outwards."""

import re

EXPRESSION = r"((?:True|False|not|and|or|[() ])+)"
WORDINGS = (
    f"{EXPRESSION} is",
    f"What is the value of the expression {EXPRESSION}\\?",
    f"Evaluate: {EXPRESSION}",
)


def parse(question: str) -> dict[str, str]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            return {"expression": found[1]}
    raise ValueError("no expression")


def flat(text: str) -> str:
    """Return the value of an expression without parentheses: "and" binds closer than "or", "not" closest."""
    value = False
    for part in text.split(" or "):
        every = True
        for word in part.split(" and "):
            words = word.split()
            if words[-1] not in {"True", "False"} or set(words[:-1]) > {"not"}:
                raise ValueError("no Boolean expression")
            every = every and (words[-1] == "True") == (len(words) % 2 == 1)
        value = value or every
    return str(value)


def truth_value(expression: str) -> str:
    while "(" in expression:
        shorter = re.sub(r"\(([^()]*)\)", lambda found: flat(found[1]), expression)
        if shorter == expression:
            raise ValueError("parentheses that do not match")
        expression = shorter
    return flat(expression)
