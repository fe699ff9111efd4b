"""How the cache beside this file was written, by the first version of latm_magic. Not to be written again once released.

    python tests/data/cache_format_1/write.py EMPTY_FOLDER

writes `cache.sqlite`, the key that sealed it (made for this, it seals nothing else) and `content.json`, which says what
any later version must read from them. `records.json` says which fields the stored records had.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from latm_magic.cache.cache import Audit, Cache, Decision, Refusal, StoredAnswer
from latm_magic.cache.codec import shape_of
from latm_magic.models.ledger import Entry
from latm_magic.task import Instance
from latm_magic.tool import Parameter, Provenance, SampleResult, ToolVersion, UseCase, Verification

SOURCE = """def parse(question):
    return {"words": question.split()}


def sort_words(words):
    return " ".join(sorted(words))
"""
ODD = "{x} \0 $y '=>' --- שלום 👩‍👩‍👧‍👦 \ud800 \r\n\u2028"


def fill(cache: Cache) -> None:
    """Put something into every table."""
    first = cache.add(_sort_words())
    cache.add(_count())
    second = cache.add(replace(_sort_words(), samples=(*first.samples, Instance("fig date", "date fig"))))
    cache.add(replace(second, doc="A third version, from which you went back."))
    cache.set_current("sort_words", 2)
    answer = StoredAnswer(ODD, "sort_words", 2, second.fingerprint, ODD, "user", confirmed=False, created="2026-11-22")
    cache.keep_answers(
        [
            answer,
            replace(answer, question="old", version=1, fingerprint=first.fingerprint),
            StoredAnswer("direct", None, None, "", "text", "direct", confirmed=True, created="2026-11-22"),
        ]
    )
    cache.ledger.add(Entry("2026-11-22", "maker", "sort_words", "m", 9, 1, 2, None, 0.5, recorded=True, ok=False))
    cache.ledger.add(Entry("2026-11-22", "user", "", "m", 9, 0, 2, 0.25, 1.5, recorded=False, ok=True))
    cache.keep_refusals([Refusal("sort_words", 1, "q"), Refusal("sort_words", 2, ODD)])
    cache.keep_correction("sort_words", 2, ODD, "wanted", "got")
    cache.keep_decisions([Decision(ODD, "sort_words", "parser"), Decision("q", "count_words", "you")])
    cache.keep_pending(["q", ODD])
    cache.keep_audits([Audit("sort_words", 2, ODD, agreed=False, tool_text="a", model_text="b")])
    cache.keep_mark("sort_words", 2, "3 of 10 agreed")
    cache.keep_router(b"\0router\xff")


def content_of(cache: Cache) -> dict[str, object]:
    """Give everything that a cache holds, as plain data."""
    names = cache.names()
    return {
        "names": list(names),
        "current": [asdict(tool) for tool in cache.tools()],
        "versions": {name: [asdict(tool) for tool in cache.versions(name)] for name in names},
        "summaries": [asdict(summary) for summary in cache.summaries()],
        "trusted": {name: [cache.is_trusted(tool) for tool in cache.versions(name)] for name in names},
        "answers": {question: asdict(answer) for question, answer in cache.answers([ODD, "old", "direct"]).items()},
        "ledger": [asdict(entry) for entry in cache.ledger.entries()],
        "refusals": [asdict(refusal) for refusal in cache.refusals("sort_words")],
        "corrections": [asdict(correction) for correction in cache.corrections("sort_words")],
        "decisions": [asdict(decision) for decision in cache.decisions()],
        "pending": list(cache.pending()),
        "audits": [asdict(audit) for audit in cache.audits("sort_words")],
        "marks": cache.marks(),
        "router": (cache.router() or b"").hex(),
    }


def records() -> dict[str, object]:
    """Give the fields of the records that are stored as JSON."""
    return {"ToolVersion": shape_of(ToolVersion)}


def _sort_words() -> ToolVersion:
    samples = tuple(Instance(f"pear apple {number}", f"{number} apple pear") for number in range(6))
    results = [
        SampleResult(s.question, s.answer or "", "demonstration", "right", s.answer, seconds=0.25, call="sort_words()")
        for s in samples
    ]
    results[4] = replace(results[4], role="held out", outcome="refused", got=None, detail=ODD, call="", by="user")
    return ToolVersion(
        name="sort_words",
        version=1,
        description=f"Sort the words. {ODD}",
        source=SOURCE,
        function="sort_words",
        parameters=(Parameter("words", "positional_or_keyword", "list[str]", "[]"),),
        returns="str",
        doc="Sort words.",
        has_parser=True,
        has_format=False,
        by_snippet=False,
        kind="text",
        samples=samples,
        earlier=(Instance(ODD, ODD),),
        verification=Verification(tuple(results), 0.5, policy="1", python="3.11"),
        use_cases=(UseCase(samples[0].question, "sort_words(words=['pear'])"),),
        provenance=Provenance("maker-model", "2026-11-22T03:04:05+00:00", 2, 100, 50, None, "a recording"),
    )


def _count() -> ToolVersion:
    tool = replace(_sort_words(), name="count_words", kind="int", has_parser=False, fingerprint="")
    return replace(tool, provenance=Provenance("you"), earlier=(), fingerprint="")


def main() -> None:
    """Write everything into the folder named on the command line."""
    folder = Path(sys.argv[1])
    with Cache(folder, home=folder) as cache:
        fill(cache)
        content = content_of(cache)
    (folder / ".gitignore").unlink()
    for name, value in {"content": content, "records": records()}.items():
        (folder / f"{name}.json").write_text(json.dumps(value, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
