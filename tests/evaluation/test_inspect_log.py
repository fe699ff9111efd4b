"""Logs for inspect-ai: the shape that its documentation gives, and the figures of the run.

The required fields and their types are those of the records EvalLog, EvalSpec, EvalDataset, EvalSample, Score and
ModelUsage at https://inspect.aisi.org.uk/reference/inspect_ai.log.html; all others have defaults there.
"""

import json

import pytest
from cells import MODULE, fenced
from pydantic import AwareDatetime, BaseModel, ConfigDict, NonNegativeInt

from latm_magic.errors import TaskError
from latm_magic.evaluation.inspect_log import write_logs
from latm_magic.evaluation.task_files import read_tasks


class Record(BaseModel):
    """A record as documented: a field that it does not know is an error here, so that a slip is found."""

    model_config = ConfigDict(extra="forbid", strict=True, protected_namespaces=())


class Usage(Record):
    input_tokens: NonNegativeInt
    output_tokens: NonNegativeInt
    total_tokens: NonNegativeInt


class Metric(Record):
    name: str
    value: int | float
    params: dict


class EvalScore(Record):
    name: str
    scorer: str
    scored_samples: int
    unscored_samples: int
    params: dict
    metrics: dict[str, Metric]


class Results(Record):
    total_samples: int
    completed_samples: int
    scores: list[EvalScore]


class Message(Record):
    role: str
    content: str
    source: str | None = None


class Choice(Record):
    message: Message
    stop_reason: str


class Output(Record):
    model: str
    choices: list[Choice]
    completion: str


class SampleScore(Record):
    value: str
    answer: str
    explanation: str


class Sample(Record):
    id: str
    epoch: int
    input: str
    target: str
    messages: list[Message]
    output: Output
    scores: dict[str, SampleScore]
    metadata: dict
    model_usage: dict[str, Usage]
    total_time: float


class Dataset(Record):
    name: str
    samples: int
    sample_ids: list[str]
    shuffled: bool


class Spec(Record):
    eval_id: str
    run_id: str
    created: AwareDatetime
    task: str
    task_id: str
    task_version: int
    task_args: dict
    solver: str
    dataset: Dataset
    model: str
    config: dict
    packages: dict[str, str]
    metadata: dict
    scorers: list[dict]


class Step(Record):
    solver: str
    params: dict


class Plan(Record):
    name: str
    steps: list[Step]
    config: dict


class Stats(Record):
    started_at: AwareDatetime
    completed_at: AwareDatetime
    model_usage: dict[str, Usage]


class Log(Record):
    version: int
    status: str
    eval: Spec
    plan: Plan
    results: Results
    stats: Stats
    samples: list[Sample]


@pytest.fixture
def finished(open_session, measure):
    """Return a run of two methods, twice each."""
    answers = {"maker": [fenced(MODULE)] + ["Answer: apple6 fig pear6"] * 3 + [fenced(MODULE)]}
    session = open_session(**answers, user=lambda _: "Answer: apple7 fig pear7", dispatcher=None)
    return measure(session, "compiled", "direct-light", limit=3, runs=2)


def test_a_log_has_the_shape_that_is_documented(finished, task_file, tmp_path):
    """One log a method; samples with question, answer, score and epoch; the figures are those of the run."""
    paths = write_logs(finished.run, tmp_path / "logs", read_tasks([task_file]), "2026-01-02T03:04:05+00:00")
    assert len({path.name for path in paths}) == 2
    assert paths[0].name.startswith("2026-01-02T03-04-05+00-00_sort-words-compiled_")
    for path in paths:
        text = path.read_text(encoding="utf-8")
        log = Log.model_validate_json(text)
        assert list(json.loads(text))[:3] == ["version", "status", "eval"]  # its reader takes them in this order
        assert (log.version, log.status, log.results.total_samples) == (2, "success", 6)
        assert log.eval.dataset.samples == len(set(log.eval.dataset.sample_ids)) == 3
        assert {(sample.id, sample.epoch) for sample in log.samples} == {
            (question, epoch) for question in log.eval.dataset.sample_ids for epoch in (1, 2)
        }
        assert log.samples[0].input == "Sort. List: pear6 fig apple6"
        metrics = log.results.scores[0].metrics
        values = [sample.scores["agrees"].value for sample in log.samples]
        assert metrics["accuracy"].value == pytest.approx(values.count("C") / 6)
    assert values.count("C") == 2


def test_without_the_tasks_a_log_holds_no_question(finished, tmp_path):
    """The run knows questions by digest alone, and so does its log."""
    path = write_logs(finished.run, tmp_path)[0]
    assert "pear6 fig apple6" not in path.read_text(encoding="utf-8").replace("apple6 fig pear6", "")
    assert Log.model_validate_json(path.read_text(encoding="utf-8")).samples[0].input.startswith("question ")


def test_a_folder_that_cannot_be_is_one_line(finished, task_file):
    """The file in its place is named."""
    with pytest.raises(TaskError, match="cannot be written"):
        write_logs(finished.run, task_file / "logs")
