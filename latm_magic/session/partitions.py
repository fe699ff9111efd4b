"""Columns in partitions, as Dask has them: who answers which part, where the answers go, and what a worker is given.

The cluster does what is free; models are asked here, under one budget and one ledger. How a column is gone through is
in `partition_run.py`, what a worker does in `solving/partitions.py`.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latm_magic.cache.seal import Seal
from latm_magic.environment import home_folder
from latm_magic.errors import TaskError
from latm_magic.events import Note
from latm_magic.session.partition_run import PartitionRun
from latm_magic.solving.answer_frame import empty_frame
from latm_magic.solving.economy import AskOptions
from latm_magic.solving.partition_folder import PartitionFolder
from latm_magic.solving.partition_tasks import Target, load_partition
from latm_magic.solving.partitions import Bundle, answer_partition, made_by
from latm_magic.solving.questions import is_partitioned, read_column
from latm_magic.solving.suspects import way_on
from latm_magic.text import one_line

if TYPE_CHECKING:
    from latm_magic.session.parts import Parts
    from latm_magic.session.solving import Solving
    from latm_magic.tool import ToolVersion

_TO_A_FOLDER = 'models are asked where the answers go into a folder: give solve(column, to="answers/")'


class Partitions:
    """Solves the columns of a session that lie in partitions."""

    def __init__(self, parts: Parts, solving: Solving) -> None:
        self._parts = parts
        self._solving = solving

    def solve(
        self,
        column: Any,
        tool: ToolVersion | None,
        to: str | Path | None,
        *,
        direct: bool,
        ask: bool | None,
        retry: bool,
        replace: bool,
    ) -> Any:
        """Return the answers to a Dask column as a Dask DataFrame; see `Session.solve`. Raises `TaskError`."""
        _check_column(column)
        if to is None and (ask or direct):
            raise TaskError(f"No model is asked for a lazy column: {_TO_A_FOLDER}.")
        bundle = self._bundle(tool, direct=direct)
        self._tell_doubts(bundle)
        if to is None:
            return column.map_partitions(answer_partition, _delayed(bundle), meta=empty_frame(bundle.kind))
        target = Target(PartitionFolder(_address(to)), one_line(str(column.name), 200), column.npartitions)
        options = AskOptions(ask, self._parts.settings.ask_above, retry, direct)
        run = PartitionRun(self._parts, self._solving, target, bundle, Seal(home_folder()))
        stamp = run.go(column, _delayed(bundle), _numbers(column), self._client(), tool, options, replace=replace)
        meta = empty_frame(bundle.kind)
        return column.map_partitions(load_partition, _numbers(column), target, bundle.kind, stamp, meta=meta)

    def _bundle(self, tool: ToolVersion | None, *, direct: bool) -> Bundle:
        parts, tools = self._parts, self._parts.tools()
        used = tools if tool is None else (*tools, tool)
        known = {(each.name, each.version, each.fingerprint) for each in used}
        return Bundle(
            made_by=made_by(),
            tools=tools if tool is None else tuple(each for each in tools if each.name == tool.name),
            only=tool,
            walls={each.fingerprint: walls for each in used if (walls := parts.walls_for(each))},
            options=parts.sandbox_options(),
            suspects={
                name: why for name, why in parts.cache.tools.suspects().items() if tool is None or name == tool.name
            },
            confirmed=tuple(
                answer
                for answer in parts.cache.answers.confirmed()
                if answer.tool is None or (answer.tool, answer.version, answer.fingerprint) in known
            ),
            router=None if tool else parts.routing.state(tools),
            untested=parts.settings.untested,
            direct=direct,
        )

    def _tell_doubts(self, bundle: Bundle) -> None:
        """Tell once what each worker would tell of each partition."""
        if bundle.only is not None and bundle.only.is_draft:
            failed = bundle.only.verification.failures[0].summary
            self._parts.tell(Note(f"{bundle.only.name} is a draft, which fails for example on {failed}.", "warning"))
        for name in bundle.suspects:
            self._parts.tell(Note(f"{name} is suspect and answers nothing of the column. {way_on(name)}", "warning"))

    def _client(self) -> Any:
        """Return the client of the session, or the one that Dask uses here; raises `TaskError` without one."""
        from distributed import get_client

        client = self._parts.cluster
        try:
            client = client or get_client()
        except ValueError:
            raise TaskError(
                "No Dask cluster is connected: open one first, for example client = distributed.Client(),"
                " or give Session(cluster=client)."
            ) from None
        if client.status != "running":
            raise TaskError(f"The Dask client is {client.status}: connect one again, client = distributed.Client(...).")
        return client


def _check_column(column: Any) -> None:
    if not is_partitioned(column):
        read_column(column)
        raise TaskError(
            "to= is for a Dask column, and this one is in memory: leave to= out, or give dask.dataframe.from_pandas."
        )
    if column.ndim > 1:
        raise TaskError("A whole table was given: name the column with the questions, for example ddf['question'].")


def _address(to: str | Path) -> str:
    """Return an address as workers elsewhere understand it."""
    return str(to) if "://" in str(to) else os.path.abspath(Path(to).expanduser())  # noqa: PTH100  links stay links


def _delayed(bundle: Bundle) -> Any:
    """Return the bundle as a task of its own: it goes to each worker once, and a lost worker costs nothing."""
    from dask.delayed import delayed

    digest = hashlib.sha256(pickle.dumps(bundle)).hexdigest()
    return delayed(bundle, name=f"latm-tools-{digest}", traverse=False)


def _numbers(column: Any) -> Any:
    """Return a Series in the partitions of a column, with the number of each."""
    import dask.dataframe as dd
    import pandas as pd

    return dd.from_map(_number, range(column.npartitions), meta=pd.Series([0]))


def _number(number: int) -> Any:
    import pandas as pd

    return pd.Series([number])
