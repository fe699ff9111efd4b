"""Slugs of headings."""

import re

WORDINGS = (
    r'Make a slug of the heading "(.+)"\.',
    r"Heading: (.+)\nSlug:",
    r"How does the heading <(.+)> look in the address of a page\?",
)


def parse(question: str) -> dict[str, str]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            return {"heading": found[1]}
    raise ValueError("no heading to make a slug of")


def slug(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
