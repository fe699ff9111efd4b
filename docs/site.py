"""The pages of the site that are not written by hand: README and CHANGELOG, magics and settings from the code.

A hook of MkDocs (`mkdocs.yml`); `make docs` builds the site. A link to a file that is not on the site becomes its name.
"""

from __future__ import annotations

import re
from inspect import cleandoc
from pathlib import Path
from textwrap import fill
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
_LINK = re.compile(r"\[([^\]\n]+)\]\((?!https?:|#|mailto:)([^)\s#]+)(#[^)\s]*)?\)")
_PAGES = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
_PYTHON = """# Python

Every magic is one call of a `Session`. `latm_magic.current()` is the notebook's own.

::: latm_magic.session.session.Session
::: latm_magic.tools.function.Tool
::: latm_magic.answer.Answer
::: latm_magic.answer.Answers
::: latm_magic.solving.tool_loop.asked.Asked
::: latm_magic.cache.trace_file.Traces
::: latm_magic.traces.Trace
::: latm_magic.traces.Step
::: latm_magic.session.checking.CheckSheet
::: latm_magic.session.checking.CheckRow
::: latm_magic.session.verdict.Verdict
::: latm_magic.accessor

## Errors

::: latm_magic.errors
    options: {show_root_heading: false}

## For tests

::: latm_magic.testing
    options: {show_root_heading: false}
"""

_HOW_TO_SET = (
    "`%config Latm.NAME = value` sets one for this session, the environment variable `LATM_NAME` for every one,"
    " `Session(NAME=value)` in a script, and `[tool.latm_magic]` in `pyproject.toml` for everybody in the project,"
    " where the last column allows it. `%latm config` shows all with where each comes from."
)


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are made."""
    made = {page: (ROOT / source).read_text(encoding="utf-8") for source, page in _PAGES.items()}
    made |= {"magics.md": magics(), "settings.md": settings(), "python.md": _PYTHON}
    for page, text in made.items():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, files: Files, **_: Any) -> str:
    """Have links go to pages of the site; those to other files of the repository become names."""
    start = ROOT if page.file.src_uri in _PAGES.values() else ROOT / "docs"

    def on_site(match: re.Match[str]) -> str:
        words, target, anchor = match[1], match[2], match[3] or ""
        path = (start / target).resolve()
        name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else target
        found = _PAGES.get(name, name.removeprefix("docs/") if name.startswith("docs/") else "")
        if found and files.get_file_from_path(found):
            words = words.removeprefix("docs/")
            return f"[{words}]({found}{anchor})"
        if not path.exists():
            return match[0]  # a warning, which is an error
        return words if words.startswith("`") else f"`{name}`" if words == target else f"{words} (`{name}`)"

    shown = _LINK.sub(on_site, markdown)
    return shown.replace('src="docs/', 'src="').replace('srcset="docs/', 'srcset="')


def magics() -> str:
    """Return the page of all magics and subcommands, with their options."""
    from latm_magic.jupyter import subcommands  # noqa: F401  registers them
    from latm_magic.jupyter.magics import LatmMagics
    from latm_magic.jupyter.subcommands.registry import SUBCOMMANDS

    parts = ["# Magics", "", "Every magic is one call on the session, which is named with it.", ""]
    for name in ("latm_cell", "latm_tool", "latm_solve", "latm_ask", "latm_check", "latm_flow"):
        function = getattr(LatmMagics, name, None)
        if function is not None and hasattr(function, "parser"):
            parts += _command(function.parser, "")
    for each in SUBCOMMANDS.values():
        parts += _command(each.parser, each.python)
    return "\n".join(parts)


def _command(parser: Any, python: str) -> list[str]:
    usage = fill(" ".join(parser.format_usage().replace("::", "").split()), 76, subsequent_indent="    ")
    description = (parser.description or "").strip()
    first, _, rest = description.partition("\n")
    name = usage.split()[0] if parser.prog.startswith("%") else f"%{parser.prog}"
    parts = [f"## `{name}`", "", first, ""]
    if rest.strip():
        parts += ["```text", _dedented(rest), "```", ""]
    parts += ["```text", usage, "```", ""]
    options = [action for action in parser._actions if action.help and action.help != "==SUPPRESS=="]
    if options:
        parts += ["| option | what it is |", "| --- | --- |"]
        parts += [f"| `{_typed(action)}` | {_cell(action.help)} |" for action in options]
        parts += [""]
    return [*parts, f"From Python: `{python}`", ""] if python else parts


def _typed(action: Any) -> str:
    value = f" {action.metavar or action.dest.upper()}" if action.nargs != 0 and action.option_strings else ""
    return (", ".join(action.option_strings) or action.metavar or action.dest) + value


def settings() -> str:
    """Return the page of all settings: default, what each is, and whether a project's file may give it."""
    from latm_magic.settings import Latm

    parts = [
        "# Settings",
        "",
        _HOW_TO_SET,
        "",
        "| setting | default | what it is | in a project's file |",
        "| --- | --- | --- | --- |",
    ]
    limits = {"most": "may only lower yours", "least": "may only raise yours"}
    for name, trait in sorted(Latm.class_own_traits(config=True).items()):
        allowed = limits.get(trait.metadata.get("limit"), "yes") if trait.metadata.get("project") else "no"
        parts.append(f"| `{name}` | `{trait.default()!r}` | {_cell(trait.help)} | {allowed} |")
    return "\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("%%", "%")


def _dedented(text: str) -> str:
    return cleandoc("\n" + text)
