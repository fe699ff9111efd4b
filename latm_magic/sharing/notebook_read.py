"""Reading what a notebook offers, without running a cell and without trusting one.

Looked at are `%%latm_tool` cells and the plain assignment of literals that each names as its examples. What is wrong
with one tool is kept beside it and leaves the others alone; what is wrong with the file is a `NotebookError`.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from latm_magic.cache.codec import CodecError, build
from latm_magic.errors import NotebookError, TaskError
from latm_magic.examples import read_examples
from latm_magic.sharing.files import read_json
from latm_magic.sharing.literals import AssignmentReader, NotLiteral
from latm_magic.sharing.notebooks import FORMAT, KEY, Claims, Offer, ToolNotebook
from latm_magic.task import Task, check_name
from latm_magic.text import quoted as text_quoted
from latm_magic.text import with_line_feeds

if TYPE_CHECKING:
    from pathlib import Path

    from latm_magic.example_rows import Examples

MAX_NOTEBOOK_BYTES = 32_000_000
MAX_CELLS = 20_000
MAX_SOURCE_CHARACTERS = 200_000
MAX_EXAMPLES_CHARACTERS = 4_000_000
MAX_SAMPLES = 5_000
MAX_DESCRIPTION_CHARACTERS = 20_000
MAX_CLAIM_CHARACTERS = 200
MAX_USE_CASES = 50
MAX_NOTEBOOKS = 1_000

_MAGIC = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*%%latm_tool(?:[ \t]+(?P<line>[^\n]*))?(?:\n|\Z)")
_WORD = re.compile(r"""\s*(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(?=\s|\Z)|\s*(?P<bare>\S+)|\s*\Z""")
_ASSIGNS = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*[A-Za-z_]\w*[ \t]*=(?!=)")
_ASSIGNED = re.compile(r"^([A-Za-z_]\w*)[ \t]*=(?!=)", re.MULTILINE)
_LOADS = re.compile(r"\s*%(?:re)?load_ext[ \t]+latm_magic\s*\Z")


def find_notebooks(path: Path) -> tuple[Path, ...]:
    """Return the notebook at `path`, or those of the folder there, by name; raises `NotebookError`."""
    try:
        if not path.is_dir():
            return (path,)
        found = sorted(p for p in path.iterdir() if p.suffix == ".ipynb" and not p.name.startswith("."))
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or fault
        raise NotebookError(f"{text_quoted(str(path), 200)} cannot be looked into ({reason}).", path=path) from None
    if len(found) > MAX_NOTEBOOKS:
        raise NotebookError(f"{str(path)!r} holds {len(found):,} notebooks: name those that you mean.", path=path)
    return tuple(found)


def read_notebook(path: Path) -> ToolNotebook:
    """Read the tools that a notebook offers; raises `NotebookError` for what is not a notebook of version 4."""
    cells = _cells(_document(path), path)
    assigned: dict[str, str] = {}
    literals = AssignmentReader()
    offers: list[Offer] = []
    others = 0
    for source, metadata in cells:
        if magic := _MAGIC.match(source):
            offers.append(_offer(magic["line"] or "", source[magic.end() :], metadata, assigned, literals, path.name))
        elif _ASSIGNS.match(source):
            assigned.update(dict.fromkeys(_ASSIGNED.findall(source), source))
        else:
            others += not _LOADS.match(source)
    named = Counter(offer.name for offer in offers)
    twice = f"{path.name} holds more than one tool of this name"
    offers = [replace(offer, fault=twice) if named[offer.name] > 1 else offer for offer in offers]
    return ToolNotebook(path, tuple(offers), others, () if offers else (f"{path.name} holds no %%latm_tool cell.",))


def _document(path: Path) -> dict[str, Any]:
    document = read_json(path, MAX_NOTEBOOK_BYTES, "a notebook")
    version = document.get("nbformat") if isinstance(document, dict) else None
    if not isinstance(document, dict) or type(version) is not int:
        raise NotebookError(f"{path.name!r} is not a notebook: it names no version of the format.", path=path)
    if version != 4:  # noqa: PLR2004  the one version that Jupyter has written since 2015
        raise NotebookError(
            f"{path.name!r} is a notebook of version {version}, and version 4 is read: open it in Jupyter and save it.",
            path=path,
        )
    return document


def _cells(document: dict[str, Any], path: Path) -> list[tuple[str, Any]]:
    cells = document.get("cells")
    mark = _mark(document.get("metadata"))
    if isinstance(mark, dict) and type(mark.get("format")) is int and mark["format"] > FORMAT:
        raise NotebookError(f"{path.name!r} was written by a newer latm_magic: pip install -U latm_magic.", path=path)
    if not isinstance(cells, list) or len(cells) > MAX_CELLS:
        raise NotebookError(f"{path.name!r} has no list of cells, or more than {MAX_CELLS:,}.", path=path)
    code = [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    return [(_joined(cell.get("source"), path), _mark(cell.get("metadata"))) for cell in code]


def _mark(metadata: Any) -> Any:
    return metadata.get(KEY) if isinstance(metadata, dict) else None


def _joined(source: Any, path: Path) -> str:
    lines = [source] if isinstance(source, str) else source
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise NotebookError(f"{path.name!r} is damaged: a cell's source is not text.", path=path)
    return with_line_feeds("".join(lines), typed=False)


def _offer(
    line: str, source: str, metadata: Any, assigned: dict[str, str], literals: AssignmentReader, origin: str
) -> Offer:
    offer = Offer(name="", origin=origin, source=source[:MAX_SOURCE_CHARACTERS])
    try:
        options = _options(line.strip())
        offer = replace(offer, name=options["name"], description=options["description"])
        check_name(offer.name)
        if (length := len(source)) > MAX_SOURCE_CHARACTERS:
            raise ValueError(f"its source has {length:,} characters, and at most {MAX_SOURCE_CHARACTERS:,} are read")  # noqa: TRY301
        offer = replace(offer, min_accuracy=_share(options["min_accuracy"]), claims=_claims(metadata))
        return _with_samples(offer, _samples(options["examples"], assigned, literals))
    except (ValueError, TaskError) as fault:
        return replace(offer, fault=str(fault).rstrip("."))


def _options(line: str) -> dict[str, str]:
    """Read the line of a %%latm_tool cell, for which a literal stands where IPython would take any expression."""
    found = {"name": "", "examples": "", "description": "", "min_accuracy": "1.0"}
    words = _words(line)
    found["name"] = words.pop(0) if words else ""
    while words:
        option = words.pop(0)
        name = option.removeprefix("--").replace("-", "_")
        if option == "--replace":
            continue
        if not option.startswith("--") or name not in found or not words:
            raise ValueError(f"the line of its cell cannot be read at {option[:60]!r}")
        found[name] = words.pop(0)
    if len(found["description"]) > MAX_DESCRIPTION_CHARACTERS:
        raise ValueError(f"its description has {len(found['description']):,} characters")
    return found


def _words(line: str) -> list[str]:
    words: list[str] = []
    position = 0
    while (match := _WORD.match(line, position)) and match.lastgroup:
        words.append(_text(match["text"]) if match["text"] else match["bare"])
        position = match.end()
    return words


def _text(quoted: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return str(ast.literal_eval(quoted))
        except (SyntaxError, ValueError):
            raise ValueError(f"the line of its cell cannot be read at {quoted[:60]!r}") from None


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"its --min-accuracy {text[:40]!r} is not a number from 0 to 1")
    return share


def _samples(name: str, assigned: dict[str, str], literals: AssignmentReader) -> Examples:
    if name not in assigned:
        what = f"its examples {name[:60]!r} stand in no cell above it" if name else "it comes without examples"
        raise ValueError(what)
    if len(assigned[name]) > MAX_EXAMPLES_CHARACTERS:
        raise ValueError(f"its examples have {len(assigned[name]):,} characters")
    try:
        examples = literals.read(assigned[name])[name]
    except NotLiteral as fault:
        raise ValueError(f"its examples are not all literals: {fault}") from None
    except KeyError:
        raise ValueError(f"its examples {name[:60]!r} stand in no cell above it") from None
    if isinstance(examples, str):
        raise ValueError("its examples name a file, which is not opened")  # noqa: TRY004  told as every other fault
    read = read_examples(examples)
    if len(read.samples) > MAX_SAMPLES:
        raise ValueError(f"it has {len(read.samples):,} examples, and at most {MAX_SAMPLES:,} are tried")
    return read


def _with_samples(offer: Offer, examples: Examples) -> Offer:
    task = Task(offer.name, offer.description, *examples).check()
    claims = offer.claims
    own = claims.samples if claims and 2 < claims.samples <= len(task.samples) else len(task.samples)  # noqa: PLR2004
    return replace(
        offer,
        samples=task.samples[:own],
        earlier=task.samples[own:],
        kind=task.kind,
        by_snippet=bool(claims and claims.by_snippet),
        use_cases=claims.use_cases if claims else (),
    )


def _claims(metadata: Any) -> Claims | None:
    if metadata is None:
        return None
    if isinstance(metadata, dict) and type(metadata.get("format")) is int and metadata["format"] > FORMAT:
        raise ValueError("it was written by a newer latm_magic: pip install -U latm_magic")
    try:
        claims = build(Claims, metadata)
    except CodecError as fault:
        raise ValueError(f"what its cell's metadata says cannot be read ({fault})") from None
    said = claims.provenance
    texts = (claims.fingerprint, said.maker, said.created, said.recorded, said.imported_from)
    cases = [case.question + case.call for case in claims.use_cases]
    is_long = len(cases) > MAX_USE_CASES or sum(map(len, cases)) > MAX_SOURCE_CHARACTERS
    if is_long or any(len(text) > MAX_CLAIM_CHARACTERS for text in texts):
        raise ValueError("what its cell's metadata says is too long")
    return claims
