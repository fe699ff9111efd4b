"""Made-up tools by the template of their questions, the same in other words, and a lexical router loaded again."""

from __future__ import annotations

import random

from latm_magic.routing.lexical.router import LexicalRouter

NAMES = ["amber", "basil", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jetty", "kayak", "lemon"]
TEMPLATES = {
    "interest": "A loan of {a} dollars is taken at {b} percent a year. How much is owed after {c} years?",
    "distance": "How far apart are the towns of {n} and {m} if a train at {a} km/h needs {b} minutes?",
    "roman": "Write the number {a} in Roman numerals, please.",
    "anagram": "Are the words '{n}' and '{m}' anagrams of each other? Answer yes or no.",
    "choice": "Which of these is heavier?\nOptions:\n(A) {a} kg of {n}\n(B) {b} kg of {m}",
    "recipe": "A recipe for {a} people needs {b} grams of {n}. How many grams of {n} are needed for {c} people?",
}
REWORDED = {
    "interest": "Borrowing ${a} with a yearly rate of {b} %: what do I pay back when {c} years have passed",
    "distance": "{n} - {m}: {b} min by rail, speed {a}. Give the length of the line",
    "roman": "{a} -> which letters would Caesar use?",
}


def questions(template: str, count: int, seed: int = 0) -> list[str]:
    """Fill a template `count` times."""
    draw = random.Random(seed)
    return [
        template.format(
            a=draw.randint(1, 9999),
            b=draw.randint(1, 99),
            c=draw.randint(1, 30),
            n=draw.choice(NAMES),
            m=draw.choice(NAMES),
        )
        for _ in range(count)
    ]


def loaded(content: bytes) -> LexicalRouter:
    """Return the router that was saved."""
    router = LexicalRouter()
    router.load(content)
    return router
