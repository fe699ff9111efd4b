"""What you do with tools after they are made: look at their versions, go back to one, and have them grow.

`Care` is the part of `Session` for this; correcting and confirming is `teaching.py`, what is pending `pending.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from latm_magic.errors import TaskError
from latm_magic.events import Grown
from latm_magic.making.lessons import gather
from latm_magic.making.versions import difference
from latm_magic.session.feedback import Teaching
from latm_magic.session.pending import Pending
from latm_magic.tools.function import Tool, ToolHost

if TYPE_CHECKING:
    from latm_magic.events import OnEvent
    from latm_magic.making.growing import Growth
    from latm_magic.making.lessons import Lessons
    from latm_magic.tool import ToolVersion

__all__ = ["Care"]


class Care(Teaching, Pending):
    """The part of a session that looks after tools."""

    def versions(self, name: str) -> tuple[Tool, ...]:
        """Give all versions of a tool, oldest first; `tool(name).version` is the current one. Raises `ToolNotFound`."""
        return tuple(Tool(version, cast("ToolHost", self)) for version in self._parts.cache.tools.versions(name))

    def diff(self, name: str, old: int | None = None, new: int | None = None) -> str:
        """Give what changed between two versions: their sources as a unified diff, and the samples; "" for nothing.

        Without `new` the current version is meant, without `old` the one before it (for the first version: the last
        one). Raises `ToolNotFound`, and `TaskError` where there is only one version.
        """
        versions = self._parts.cache.tools.versions(name)
        if len(versions) == 1 and old is None:
            raise TaskError(f"{name!r} has one version only, so there is nothing to compare it with.")
        after = self._parts.cache.tools.get(name, new)
        older = [version for version in versions if version.version < after.version]
        before = self._parts.cache.tools.get(name, old) if old is not None else older[-1] if older else versions[-1]
        return difference(before, after)

    def rollback(self, name: str, version: int) -> Tool:
        """Make an older version, or a newer one again, the current one; you vouch for it, so it is no longer suspect.

        Raises `ToolNotFound`, which names the versions that there are.
        """
        if not isinstance(version, int) or isinstance(version, bool):
            raise TaskError(f"{version!r} is no version of {name!r}: give its number.")
        cache = self._parts.cache
        cache.tools.set_current(name, version)
        cache.tools.unmark_suspect(name)
        self._parts.forget_tools()
        record = cache.tools.get(name)
        self._take_over(record)
        return Tool(record, cast("ToolHost", self))

    def grow(self, name: str, *, on_event: OnEvent | None = None) -> Tool:
        """Have the maker model write the next version of a tool from what it refused and what it got wrong.

        It must pass every sample that a version passed before, and every corrected answer. Raises `TaskError` where
        there is nothing to learn from, `ModelError`, or `MakingFailed`, after which the version stays as it is.
        """
        current, cache = self._own(name), self._parts.cache
        lessons = gather(cache, current)
        if not lessons:
            raise TaskError(
                f"Nothing to grow {name!r} from: no refused question, no corrected answer and no dispute is kept."
                " Solve more questions with it, or say what is right with %latm correct."
            )
        with self._parts.listening(on_event):
            growth = self._parts.grower(current).grow(current, cache.tools.versions(name), lessons)
            tool = self._keep(growth.tool)
            cache.tools.unmark_suspect(name)
            self._parts.tell(_grown(tool.record, growth, lessons))
        return tool


def _grown(tool: ToolVersion, growth: Growth, lessons: Lessons) -> Grown:
    learned = len(growth.answered) + len(lessons.corrected)
    left = len(lessons.refused) - len(growth.answered)
    return Grown(tool.name, tool.version, growth.before, growth.after, learned, left)
