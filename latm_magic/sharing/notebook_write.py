"""Writing tools as a notebook that a person can read, edit and run: the same tools give the same bytes.

Nothing of the moment goes in: no date of today, no version of Python, no random id. What may be read back from it is
`notebook_read.py`'s.
"""

from __future__ import annotations

import hashlib
import html
import json
import math
import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from latm_magic.cache.codec import as_plain
from latm_magic.errors import NotebookError
from latm_magic.sharing.literals import literal, quoted
from latm_magic.sharing.notebooks import FORMAT, KEY, Claims
from latm_magic.task import to_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latm_magic.provenance import Provenance
    from latm_magic.task import AnswerKind, Instance
    from latm_magic.tool import ToolVersion

_INTRODUCTION = """\
# Tools

Each tool below stands with its description, who made it, how it was verified, its examples and its source. Run this
notebook from the top and each is verified again, in the sandbox, and put into the cache of your project. Or read it
without running anything: `%latm load`, with this notebook's name, shows what it holds, verifies every tool and admits
what passes."""
_MARKDOWN = re.compile(r"[\\`*_{}\[\]#|~$^]")
_LINE_START = re.compile(r"^(\d{1,9})(?=[.)])|^(?=[-+=:])")
_LINK = re.compile(r"(?<=\w):(?=//)|(?<=www)\.|(?<=\w)@(?=\w)", re.IGNORECASE)


def notebook_bytes(tools: Iterable[ToolVersion]) -> bytes:
    """Return the notebook (nbformat 4.5) of these tools, in their order; raises `NotebookError`."""
    cells = [_markdown("", "introduction", _INTRODUCTION), _code("", "load", "%load_ext latm_magic")]
    for tool in tools:
        cells += [
            _markdown(tool.name, "heading", _heading(tool)),
            _code(tool.name, "examples", _examples(tool)),
            _code(tool.name, "tool", f"{_magic(tool)}\n{tool.source}", {KEY: _claims(tool)}),
        ]
    document = {"cells": cells, "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}
    try:
        return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()
    except UnicodeEncodeError as fault:
        character = fault.object[fault.start]
        raise NotebookError(f"A notebook cannot hold {character!r}, which is in a source or a use case.") from None


_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    KEY: {"format": FORMAT},
    "language_info": {"name": "python"},
}


def _markdown(tool: str, part: str, text: str) -> dict[str, Any]:
    # One id for the same part of the same tool, in every notebook.
    id_ = hashlib.sha256(f"{tool} {part}".encode()).hexdigest()[:16]
    return {"cell_type": "markdown", "id": id_, "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(tool: str, part: str, text: str, metadata: Any = None) -> dict[str, Any]:
    cell = _markdown(tool, part, text)
    return {**cell, "cell_type": "code", "execution_count": None, "metadata": metadata or {}, "outputs": []}


def _claims(tool: ToolVersion) -> Any:
    provenance = told(tool.provenance)
    cases = tool.use_cases if tool.by_snippet else ()
    claims = Claims(FORMAT, tool.fingerprint, len(tool.samples), provenance, tool.by_snippet, cases, tool.shown)
    plain = as_plain(claims)
    del plain["provenance"]["column"], plain["provenance"]["rows_shown"]
    if not tool.shown:  # older versions read no key that they do not know
        del plain["shown"]
    return plain


def told(provenance: Provenance) -> Provenance:
    """Return what a stranger is told: not "you", who is another there, not whence it came, and no row of yours."""
    maker = "a person" if provenance.maker == "you" else provenance.maker
    return replace(provenance, imported_from="", column=None, rows_shown=(), maker=maker)


def _magic(tool: ToolVersion) -> str:
    accuracy = tool.verification.min_accuracy
    less = f" --min-accuracy {accuracy!r}" if accuracy < 1.0 else ""
    return f"%%latm_tool {tool.name} --examples {tool.name}_examples --description {quoted(tool.description)}{less}"


def _examples(tool: ToolVersion) -> str:
    samples = tool.all_samples
    is_exact = _is_exact(samples, tool.kind)
    pairs = "".join(f"    {_pair(sample, tool.kind if is_exact else 'text')},\n" for sample in samples)
    if is_exact:
        return f"{tool.name}_examples = [\n{pairs}]"
    return f'{tool.name}_examples = {{"kind": "{tool.kind}", "examples": [\n{pairs}]}}'


def _is_exact(samples: Iterable[Instance], kind: AnswerKind) -> bool:
    """Return whether literals of the answers' kind would be read back as the very same texts."""
    try:
        answers = [sample.answer or "" for sample in samples if sample.expects == "answer"]
        return kind == "text" or all(answer_literal(answer, kind) == answer for answer in answers)
    except ValueError:
        return False


def _pair(sample: Instance, kind: AnswerKind) -> str:
    question = literal(sample.question, "        ")
    if sample.expects == "refusal":
        return f'{{"question": {question}, "expects": "refusal"}}'
    answer = "None" if sample.expects == "missing" else answer_literal(sample.answer or "", kind, "        ")
    if "\n" in question + answer or len(question) + len(answer) > 100:  # noqa: PLR2004  what a line holds
        return f"(\n        {question},\n        {answer},\n    )"
    return f"({question}, {answer})"


def answer_literal(text: str, kind: AnswerKind, indent: str = "") -> str:
    """Write an answer as Python, in its kind."""
    if kind == "text":
        return literal(text, indent)
    value = to_value(text, kind)
    is_finite = not isinstance(value, float) or math.isfinite(value)
    return repr(value) if is_finite else f'float("{value}")'


def _heading(tool: ToolVersion) -> str:
    verification, (right, unseen) = tool.verification, tool.unseen
    rows = _origin(told(tool.provenance))
    rows += [("verified", f"{verification.right:,} of {len(verification.samples):,} samples right")]
    rows += [("unseen by the maker", f"{right:,} of {unseen:,} right")] if unseen else []
    rows += [("fingerprint", f"`{tool.fingerprint[:16]}`")]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"## `{tool.name}`\n\n{as_markdown(tool.description)}\n\n| | |\n|:--|:--|\n{table}"


def _origin(provenance: Provenance) -> list[tuple[str, str]]:
    tokens = provenance.prompt_tokens + provenance.completion_tokens
    cost = "unknown" if provenance.cost_usd is None else f"{provenance.cost_usd:.4f} USD"
    rows = [("made by", _in_row(provenance.recorded or provenance.maker))]
    rows += [("on", _in_row(provenance.created[:10]))] if provenance.created else []
    rows += [("proposals", str(provenance.attempts)), ("tokens", f"{tokens:,}"), ("cost", cost)] if tokens else []
    return rows


def _in_row(text: str) -> str:
    return as_markdown(" ".join(text.split()))


def as_markdown(text: str) -> str:
    """Return a text that Markdown and HTML show as it stands: no markup, no link, no formula, nothing invisible."""
    return "  \n".join(_line_as_markdown(line.strip()) for line in text.split("\n") if line.strip())


def _line_as_markdown(line: str) -> str:
    shown = "".join(_visible(character) for character in line)
    escaped = _MARKDOWN.sub(r"\\\g<0>", html.escape(shown, quote=True).replace("&#x27;", "'"))
    # A backslash after the number, or before the sign, that would begin a list or a rule.
    escaped = _LINE_START.sub(lambda found: f"{found[1]}\\" if found[1] else "\\", escaped)
    return _LINK.sub(lambda found: f"&#{ord(found[0])};", escaped)


def _visible(character: str) -> str:
    # The joiners U+200C and U+200D stay: scripts and emoji need them.
    if character in " \u200c\u200d" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return character
    return f"⟨U+{ord(character):04X}⟩" if character != "\t" else " "
