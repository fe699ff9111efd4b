"""How the cache beside this file was written, by the first version of latm_magic. Not to be written again once released.

    PYTHONPATH=tests/support python tests/data/cache_format_1/write.py EMPTY_FOLDER

writes `cache.sqlite`, the key that sealed it (made for this, it seals nothing else) and `content.json`, which says what
any later version must read from them. `records.json` says which fields the stored records had.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from record_shape import shape_of

from latm_magic.cache.cache import Cache
from latm_magic.cache.records import Audit, ConfirmedRoute, Correction, Refusal, StoredAnswer
from latm_magic.models.ledger import Entry
from latm_magic.provenance import Provenance
from latm_magic.signature import Parameter
from latm_magic.task import Instance
from latm_magic.tool import ToolVersion, UseCase
from latm_magic.verification import SampleResult, Verification

SOURCE = """def parse(question):
    return {"words": question.split()}


def sort_words(words):
    return " ".join(sorted(words))
"""
ODD = "{x} \0 $y '=>' --- שלום 👩‍👩‍👧‍👦 \ud800 \r\n\u2028"


def fill(cache: Cache) -> None:
    """Put something into every table."""
    first = cache.tools.keep(_sort_words())
    cache.tools.keep(_count())
    second = cache.tools.keep(replace(_sort_words(), samples=(*first.samples, Instance("fig date", "date fig"))))
    cache.tools.keep(replace(second, doc="A third version, from which you went back."))
    cache.tools.set_current("sort_words", 2)
    answer = StoredAnswer(ODD, "sort_words", 2, second.fingerprint, ODD, "user", confirmed=False, created="2026-11-22")
    cache.answers.keep(
        [
            answer,
            replace(answer, question="old", version=1, fingerprint=first.fingerprint),
            StoredAnswer("direct", None, None, "", "text", "direct", confirmed=True, created="2026-11-22"),
        ]
    )
    cache.ledger.add(Entry("2026-11-22", "maker", "sort_words", "m", 9, 1, 2, None, 0.5, recorded=True, ok=False))
    cache.ledger.add(Entry("2026-11-22", "user", "", "m", 9, 0, 2, 0.25, 1.5, recorded=False, ok=True))
    cache.feedback.keep_refusals([Refusal("sort_words", 1, "q"), Refusal("sort_words", 2, ODD)])
    cache.feedback.keep_corrections([Correction("sort_words", 2, ODD, "wanted", "got")])
    cache.routes.keep(
        [
            ConfirmedRoute(tool="sort_words", question=ODD, by="parser"),
            ConfirmedRoute(tool="count_words", question="q", by="you"),
        ]
    )
    cache.feedback.keep_pending(["q", ODD])
    cache.feedback.keep_audits([Audit("sort_words", 2, ODD, agreed=False, tool_text="a", model_text="b")])
    cache.tools.mark_suspect("sort_words", 2, "3 of 10 agreed")
    cache.routes.keep_router_state(b"\0router\xff")


def content_of(cache: Cache) -> dict[str, object]:
    """Give everything that a cache holds, as plain data."""
    names = cache.tools.names()
    return {
        "names": list(names),
        "current": [plain(tool) for tool in cache.tools.current()],
        "versions": {name: [plain(tool) for tool in cache.tools.versions(name)] for name in names},
        "summaries": [asdict(summary) for summary in cache.tools.summaries()],
        "trusted": {name: [cache.tools.is_trusted(tool) for tool in cache.tools.versions(name)] for name in names},
        "answers": {
            question: asdict(answer) for question, answer in cache.answers.find([ODD, "old", "direct"]).items()
        },
        "ledger": [asdict(entry) for entry in cache.ledger.entries()],
        "refusals": [asdict(refusal) for refusal in cache.feedback.refusals("sort_words")],
        "corrections": [asdict(correction) for correction in cache.feedback.corrections("sort_words")],
        "decisions": [asdict(decision) for decision in cache.routes.confirmed()],
        "pending": list(cache.feedback.pending()),
        "audits": [asdict(audit) for audit in cache.feedback.audits("sort_words")],
        "marks": cache.tools.suspects(),
        "router": (cache.routes.router_state() or b"").hex(),
    }


def plain(tool: ToolVersion) -> dict[str, object]:
    """Give a tool as plain data, with the fields that formats 1 and 2 had in place of `calling`."""
    return {**asdict(tool), "has_parser": tool.has_parser, "by_snippet": tool.by_snippet}


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
        calling="parser",
        has_format=False,
        kind="text",
        samples=samples,
        earlier=(Instance(ODD, ODD),),
        verification=Verification(tuple(results), 0.5, policy="1", python="3.11"),
        use_cases=(UseCase(samples[0].question, "sort_words(words=['pear'])"),),
        provenance=Provenance("maker-model", "2026-11-22T03:04:05+00:00", 2, 100, 50, None, "a recording"),
    )


def _count() -> ToolVersion:
    tool = replace(_sort_words(), name="count_words", kind="int", calling="arguments", fingerprint="")
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
