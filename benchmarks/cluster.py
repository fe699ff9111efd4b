"""A large column on a Dask cluster of processes, while workers and the session are killed: what it takes and costs.

    python benchmarks/cluster.py [--rows 200000] [--workers 4] [--kill-every 20] [--rows-a-partition 10000]

Writes a parquet data set, answers it with `session.solve(column, to=folder, ask=True)` in a process of its own, kills a
worker every so many seconds (SIGKILL), and the session once, amid the cluster's part, and starts it again. One row in
20,000 needs a model, which is a server on loopback that counts what it is asked. Every answer is checked against the
bare function. Prints the figures and ends with status 1 where one is not as it should be. Linux only. For the ten
million of docs/scale.md: `--rows 10000000 --rows-a-partition 100000`; it takes 2 GB of disk.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import dask.dataframe as dd
import distributed
import pyarrow as pa
import pyarrow.parquet as pq

from latm_magic import Session

SORT = """
def parse(question):
    head, _, words = question.partition(": ")
    if head != "Sort these words by alphabet":
        raise ValueError("not a list to sort")
    return {"words": words.split()}

def sort_words(words: list[str]) -> str:
    return " ".join(sorted(words))
"""
COUNT = """
def parse(question):
    head, _, words = question.partition(": ")
    if head != "Count the words that follow":
        raise ValueError("nothing to count")
    return {"words": words.split()}

def count_words(words: list[str]) -> int:
    return len(words)
"""
HARD = "Please put in order, would you: "
EVERY = 20_000


def question(number):
    """Return a row of the column: sorted, counted, or for a model."""
    drawn = random.Random(number)
    words = " ".join(f"{drawn.getrandbits(24):x}" for _ in range(4)) + f" n{number}"
    if number % EVERY == EVERY // 2:
        return HARD + words
    return ("Count the words that follow: " if number % 3 == 0 else "Sort these words by alphabet: ") + words


def bare(text):
    """Return the right answer."""
    head, _, words = text.partition(": ")
    return str(len(words.split())) if head.startswith("Count") else " ".join(sorted(words.split()))


def write_column(folder, rows, size):
    """Write the data set, a file a partition."""
    folder.mkdir()
    for part, start in enumerate(range(0, rows, size)):
        numbers = range(start, min(rows, start + size))
        table = pa.table({"number": numbers, "q": [question(number) for number in numbers]})
        pq.write_table(table, folder / f"in.{part:05}.parquet")


class CountingModel(BaseHTTPRequestHandler):
    """An endpoint that fills in the call, and counts what it was asked about."""

    asked = Counter()  # noqa: RUF012  one server
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        """Answer a request: as dispatcher with the tool, as user model with the call."""
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        words = text.rpartition(HARD)[2].split("\\")[0].split('"')[0].split("<")[0].split()
        is_call = '"tools"' in text
        self.asked[f"{'user' if is_call else 'dispatcher'} {' '.join(words[:5])}"] += 1
        call = {"name": "sort_words", "arguments": json.dumps({"words": words[:5]})}
        calls = {"content": None, "tool_calls": [{"id": "1", "type": "function", "function": call}]}
        message = {"role": "assistant", **(calls if is_call else {"content": "sort_words"})}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 100, "completion_tokens": 10}
        body = json.dumps({"object": "chat.completion", "model": "m", "choices": [choice], "usage": usage}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Print nothing."""


def open_session(folder, endpoint, **more):
    """Open the session of the project, with both tools."""
    session = Session(
        folder / "project", api_key="none", base_url=endpoint, user_model="m", dispatcher_model="m", **more
    )
    if not session.tools():
        session.add(
            "sort_words",
            SORT,
            [
                ("Sort these words by alphabet: b a", "a b"),
                ("Sort these words by alphabet: d c", "c d"),
                ("Sort these words by alphabet: f e", "e f"),
            ],
            description="S",
        )
        session.add(
            "count_words",
            COUNT,
            [
                ("Count the words that follow: b a", 2),
                ("Count the words that follow: d", 1),
                ("Count the words that follow: f e g", 3),
            ],
            description="C",
        )
    return session


def solve(folder, endpoint, address):
    """Be the session: solve the column into the folder, and print what it took here."""
    notes = []
    with (
        distributed.Client(address) as client,
        open_session(
            folder, endpoint, cluster=client, on_event=lambda event: notes.append(getattr(event, "text", ""))
        ) as session,
    ):
        session.solve(dd.read_parquet(folder / "in", columns=["q"])["q"], to=folder / "answers", ask=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"peak_mb": peak, "said": [note for note in notes if note][-1]}))


class Killer(threading.Thread):
    """Kills a worker of the cluster every so often, and knows how large any of them was."""

    def __init__(self, address, every_s):
        super().__init__(daemon=True)
        self.address, self.every_s = address, every_s
        self.killed, self.peak_mb, self.ended = 0, 0, threading.Event()

    def run(self):
        """Look every half second."""
        drawn, next_at = random.Random(0), time.monotonic() + self.every_s
        with distributed.Client(self.address, set_as_default=False) as client:
            while not self.ended.wait(0.5):
                pids = self.pids(client)
                self.peak_mb = max([self.peak_mb, *map(high_water, pids)])
                if pids and self.every_s and time.monotonic() > next_at:
                    next_at = time.monotonic() + self.every_s
                    os.kill(drawn.choice(pids), signal.SIGKILL)
                    self.killed += 1

    def pids(self, client):
        """Return the processes of the workers that are there."""
        try:
            return [pid for pid in client.run(os.getpid, on_error="ignore").values() if isinstance(pid, int)]
        except Exception:  # noqa: BLE001
            return []  # one died while it was asked


def high_water(pid):
    """Return the most memory that a process had, in MB."""
    try:
        return int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0]) // 1024
    except (OSError, IndexError):
        return 0


def check(folder, rows):
    """Return how many rows are there and how many are wrong, against the bare function, a partition at a time."""
    seen = wrong = 0
    for path in sorted((folder / "in").glob("*.parquet")):
        questions = pq.read_table(path)["q"].to_pylist()
        part = folder / "answers" / path.name.replace("in.", "part.")
        answers = pq.read_table(part, columns=["answer"])["answer"].to_pylist()
        seen += len(answers)
        wrong += sum(bare(text) != answer for text, answer in zip(questions, answers, strict=True))
    return seen, wrong + abs(rows - seen)


def run_twice(folder, endpoint, address, partitions):
    """Solve in a process that is killed when two fifths are done, then in another; return what the second said."""
    command = [sys.executable, __file__, "--be-session", str(folder), endpoint, address]
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    kept = folder / "answers" / "_latm"
    while len(list(kept.glob("part.*.json"))) < 2 * partitions // 5 and first.poll() is None:
        time.sleep(0.02)
    first.kill()
    first.wait()
    finished = len(list(kept.glob("part.*.json")))
    written = len(list((folder / "answers").glob("part.*.parquet")))
    began = time.perf_counter()
    for _ in range(5):  # where a partition met four kills, the session says so: run it again
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not done.returncode:
            break
    else:
        sys.exit(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1]), finished, written, time.perf_counter() - began


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=200_000)
    options.add_argument("--workers", type=int, default=4)
    options.add_argument("--kill-every", type=float, default=20.0, help="seconds; 0 kills no worker")
    options.add_argument("--rows-a-partition", type=int, default=10_000)
    chosen = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="latm-cluster-"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), CountingModel)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        measure(chosen, folder, f"http://127.0.0.1:{server.server_port}/v1")
    finally:
        server.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


def measure(chosen, folder, endpoint):
    """Do it all, and print what it took."""
    (folder / "project").mkdir()
    (folder / "project" / "pyproject.toml").touch()
    os.environ["LATM_HOME"] = str(folder / "home")
    write_column(folder / "in", chosen.rows, chosen.rows_a_partition)
    open_session(folder, endpoint).close()
    partitions = -(-chosen.rows // chosen.rows_a_partition)
    sample = [question(number) for number in range(min(chosen.rows, 50_000))]
    began = time.perf_counter()
    for text in sample:
        bare(text)
    bare_rate = len(sample) / (time.perf_counter() - began)
    with distributed.LocalCluster(
        n_workers=chosen.workers, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1",
        local_directory=str(folder / "scratch"),
    ) as cluster:  # fmt: skip
        killer = Killer(cluster.scheduler_address, chosen.kill_every)
        killer.start()
        began = time.perf_counter()
        try:
            second, finished, written, second_s = run_twice(folder, endpoint, cluster.scheduler_address, partitions)
        finally:
            killer.ended.set()
            killer.join(10)
        seconds = time.perf_counter() - began
    seen, wrong = check(folder, chosen.rows)
    hard = sum(1 for _ in range(EVERY // 2, chosen.rows, EVERY))
    asked = CountingModel.asked
    kept = int(second["said"].partition("partitions (")[2].partition(" of")[0].replace(",", "") or 0)
    print(
        f"{seen:,} rows in {partitions:,} partitions, {chosen.workers} workers on {os.cpu_count()} cores; {wrong} wrong"
    )
    rate = chosen.rows / seconds
    print(f"{seconds:.1f} s with both sessions, {rate:,.0f} rows a second; the bare loop: {bare_rate:,.0f}")
    print(f"the second session: {second_s:.1f} s for {partitions - kept} partitions")
    print(f"killed: {killer.killed} workers, 1 session")
    print(
        f"partitions finished at the kill: {finished} ({written - finished} more written and not sealed); kept: {kept}"
    )
    twice = sum(number - 1 for number in asked.values())
    print(f"model requests: {sum(asked.values())} for {hard} rows, a dispatcher's and a user's each; twice: {twice}")
    print(f"peak memory: session {second['peak_mb']} MB, largest worker {killer.peak_mb} MB")
    print(second["said"])
    if wrong or kept < finished or len(asked) != 2 * hard:
        sys.exit(1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--be-session"]:
        solve(Path(sys.argv[2]), sys.argv[3], sys.argv[4])
    else:
        main()
