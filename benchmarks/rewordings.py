"""The same instances put in other words: five wordings of ten tasks, for measuring the router.

Each task has a pattern that takes a question of the task files apart, and templates that put its parts together again.
Written by hand, to be replaced by rewordings that a model wrote: `read` prefers those of `tests/data/rewordings.jsonl`
(one {"task", "wording", "question"} a line) where that file exists.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parents[1]

PATTERNS = {
    "word_sorting": r".*List: (?P<words>.*)",
    "dyck_languages": r".*Input: (?P<input>.*)",
    "boolean_expressions": r"(?P<expression>.*) is",
    "multistep_arithmetic_two": r"(?P<expression>.*) =",
    "object_counting": r"I have (?P<things>.*)\. How many (?P<kind>.*) do I have\?",
    "hyperbaton": r"[^\n]*\nOptions:\n\(A\) (?P<a>.*)\n\(B\) (?P<b>.*)",
    "movie_recommendation": r"Find a movie similar to (?P<movies>.*):\n(?P<options>(?s:.*))",
    "sports_understanding": r'.*plausible\? "(?P<sentence>.*)"',
    "date_understanding": r"(?P<facts>(?s:.*)) What is the date (?P<when>.*) in MM/DD/YYYY\?\nOptions:\n"
    r"(?P<options>(?s:.*))",
    "schedule_meeting": r"A and B want to schedule a (?P<hours>.*)-hour meeting together\.\n"
    r"A's availability: (?P<a>.*)\n"
    r"B's availability: (?P<b>.*)\n.*",
}

TEMPLATES = {
    "word_sorting": (
        "Put these words into alphabetical order: {words}",
        "{words}\nWhich order would a dictionary list the words above in?",
        "Please arrange from A to Z the terms given here. {words}",
        "I need the following vocabulary in lexicographic sequence - {words} - thanks!",
        "Alphabetise: {words}",
    ),
    "dyck_languages": (
        "Which brackets are missing at the end of this text so that it is balanced?\n{input}",
        "{input} <- add what closes every open bracket, nothing else.",
        "Here is an unfinished bracket string: {input}. Finish it.",
        "Give me the closing characters, in the right order, for: {input}",
        "Balance it. {input}",
    ),
    "boolean_expressions": (
        "Evaluate this logical expression and say whether it holds: {expression}",
        "What does Python print for `{expression}`?",
        "{expression}\nTrue or False, which one is the value of the line above?",
        "Tell me the truth value of the formula [{expression}], please.",
        "Simplify to a single constant => {expression}",
    ),
    "multistep_arithmetic_two": (
        "Work out the value of {expression}.",
        "What is {expression}? Give a whole number.",
        "Please compute the following step by step and report only the result: {expression}",
        "calc> {expression}",
        "If x = {expression}, then what number is x?",
    ),
    "object_counting": (
        "In my house there are {things}. Count the {kind} for me.",
        "How many {kind} are in this list: {things}?",
        "Inventory: {things}. Number of {kind}:",
        "My aunt owns {things}; tell me what number of those belong to the {kind}.",
        "Someone hands you {things}. Of these, the total of {kind} is what?",
    ),
    "hyperbaton": (
        "One of these two phrases puts its adjectives in the natural English order. Which one?\n(A) {a}\n(B) {b}",
        'Is it "{a}" or "{b}" that a native speaker would say?',
        "First phrase: {a}. Second phrase: {b}. Choose the one with properly arranged adjectives.",
        "Option 1 - {a}\nOption 2 - {b}\nWhich option sounds right to an English teacher, 1 or 2?",
        "Adjective arrangement quiz!\n- {a}\n- {b}\nPick the correct line.",
    ),
    "movie_recommendation": (
        "I liked {movies}. What should I watch next?\n{options}",
        "People who enjoyed {movies} would probably enjoy which of these films?\n{options}",
        "Recommend one film to a fan of {movies}, choosing from:\n{options}",
        "Given the favourites {movies}, select the closest match below.\n{options}",
        "{options}\nWhich title above goes best with {movies}?",
    ),
    "sports_understanding": (
        "Could this happen in a game: {sentence}",
        'Does the statement "{sentence}" make sense to somebody who knows sport? Answer yes or no.',
        "{sentence} Plausible or nonsense?",
        "A commentator says: '{sentence}' Would you believe him?",
        "Judge whether what follows is realistic. Claim: {sentence}",
    ),
    "date_understanding": (
        "{facts} Tell me which day it is {when}, written month first.\nChoices:\n{options}",
        "Work out the calendar day {when}, knowing this: {facts}\n{options}",
        "Read the note and pick the date of {when}. Note: {facts}\nOptions:\n{options}",
        "Calendar puzzle. {facts} Now which of these stands for {when}?\n{options}",
        "{options}\nWhich of the dates above is the one {when}, if the following is true? {facts}",
    ),
    "schedule_meeting": (
        "Find the first time at which two can meet for {hours} hours.\nFirst one free: {a}\nSecond one free: {b}",
        "When can we talk for {hours} h? I have {a} and she has {b}.",
        "Person one: {a}\nPerson two: {b}\nGive the first common window of at least {hours} hours.",
        "Calendars to match ({hours} hours needed): [{a}] versus [{b}]. Earliest start and end?",
        "Slots of Ann are {a}, slots of Bo are {b}; book {hours} hours for both as early as possible.",
    ),
}


def reword(task: str, question: str) -> list[str]:
    """Return the question in each of the task's wordings; none where the pattern does not know the question."""
    found = re.fullmatch(PATTERNS[task], question, re.DOTALL if "(?s:" in PATTERNS[task] else 0)
    return [template.format(**found.groupdict()) for template in TEMPLATES[task]] if found else []


def read(questions: Mapping[str, Sequence[str]]) -> dict[str, dict[str, list[str]]]:
    """Return rewordings as task -> wording -> questions: those of the file, or else those made here."""
    found: dict[str, dict[str, list[str]]] = {}
    kept = ROOT / "tests" / "data" / "rewordings.jsonl"
    if kept.exists():
        for line in kept.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.setdefault(row["task"], {}).setdefault(str(row["wording"]), []).append(row["question"])
        return found
    for task in PATTERNS.keys() & questions.keys():
        for question in questions[task]:
            for wording, text in enumerate(reword(task, question)):
                found.setdefault(task, {}).setdefault(str(wording), []).append(text)
    return dict(sorted(found.items()))
