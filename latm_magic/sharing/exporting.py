"""Writing tools for others: all of them as a notebook, or one as a plain module with its tests.

How a notebook and a module look is told in `notebook_write.py` and `plain_code.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from latm_magic.errors import NotebookError
from latm_magic.sharing.files import write_files
from latm_magic.sharing.notebook_write import notebook_bytes
from latm_magic.sharing.plain_code import check_module_name, module_text, pytest_text
from latm_magic.shown import Shown
from latm_magic.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latm_magic.tool import ToolVersion


@dataclass(frozen=True, slots=True)
class Exported(Shown):
    """What was written."""

    paths: tuple[Path, ...]
    tools: tuple[str, ...]
    changed: bool
    """False where the files held just this already."""


def export(
    path: str | Path,
    names: Sequence[str],
    *,
    find: Callable[[str], ToolVersion],
    all_tools: Callable[[], Sequence[ToolVersion]],
    force: bool,
) -> Exported:
    """Write the tools of these names (none: all, or the one named as the module); see `Session.export`."""
    try:
        target = Path(path).expanduser()
    except RuntimeError as fault:
        raise NotebookError(f"{quoted(str(path), 200)} cannot be the path of a file ({fault}).") from None
    if target.suffix == ".py":
        tools = [find(_only(target, names or [target.stem]))]
        test_file = target.with_name(f"test_{target.name}")
        texts = {target: module_text(tools[0]), test_file: pytest_text(tools[0], target.stem)}
        contents = {path: text.encode("utf-8", "backslashreplace") for path, text in texts.items()}
    elif target.suffix == ".ipynb":
        tools = [find(name) for name in names] or list(all_tools())
        contents = {target: notebook_bytes(sorted(tools, key=lambda tool: tool.name))}
    else:
        raise NotebookError(f"{target.name!r} is neither .ipynb nor .py: name a notebook or a module.")
    if not tools:
        raise NotebookError("There are no tools to export yet: make one with %%latm.")
    changed = write_files(contents, force=force)
    return Exported(tuple(contents), tuple(tool.name for tool in tools), changed)


def _only(target: Path, names: Sequence[str]) -> str:
    if len(names) != 1:
        raise NotebookError(f"{target.name!r} can hold one tool, and {len(names)} are named: export a notebook.")
    check_module_name(target.stem)
    return names[0]
