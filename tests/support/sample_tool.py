"""A tool record for tests that need one and do not care which."""

from __future__ import annotations

from typing import Any

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


def sample_tool(
    name: str = "sort_words", *, samples: tuple[Instance, ...] | None = None, **changes: Any
) -> ToolVersion:
    """Return a tool with six samples, all right, changed as asked."""
    samples = samples or tuple(Instance(f"pear apple {number}", f"{number} apple pear") for number in range(6))
    results = tuple(
        SampleResult(s.question, s.answer or "", "demonstration", "right", s.answer, seconds=0.25, call=f"{name}()")
        for s in samples
    )
    fields: dict[str, Any] = {
        "name": name,
        "version": 1,
        "description": "Sort the words.",
        "source": SOURCE,
        "function": "sort_words",
        "parameters": (Parameter("words", "positional_or_keyword", "list[str]"),),
        "returns": "str",
        "doc": "Sort words.",
        "calling": "parser",
        "has_format": False,
        "kind": "text",
        "samples": samples,
        "earlier": (),
        "verification": Verification(results, policy="1", python="3.11"),
        "use_cases": (UseCase(samples[0].question, f"{name}(words=['pear'])"),),
        "provenance": Provenance("maker-model", "2026-01-02T03:04:05+00:00", cost_usd=0.5),
    }
    return ToolVersion(**{**fields, **changes})
