"""The lexical router: which cached tool is a question for, how sure is that, and why; without a model, in microseconds.

It compares the question with the wordings that each tool's questions show (`features` says how), and is *sure* of a
tool when the confidence passes `SURE` and no other tool comes close (`ranking`).

Adding, teaching or dropping a tool changes what is known of that tool and the intercepts of its nearest neighbours,
nothing else. What one decision costs hardly grows with the number of tools. Saving is left to `file`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.routing.lexical import file
from latm_magic.routing.lexical.calibration import confidence, logit
from latm_magic.routing.lexical.cluster import Cluster
from latm_magic.routing.lexical.clustering import JOINS, Clustering, cluster, cluster_mixed
from latm_magic.routing.lexical.features import Wording, extract_features, leave_one_out
from latm_magic.routing.lexical.index import Index
from latm_magic.routing.lexical.ranking import decide, rank
from latm_magic.routing.lexical.tokens import Lexicon, TokenizedQuestion, merge_unknown, truncate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latm_magic.routing.router import Decision

MOST_QUESTIONS = 12
"""Questions that a wording keeps; a further one takes the place of the oldest."""

MOST_WORDINGS = 32
"""Wordings that a tool keeps."""

REMEMBERED = 2_000
"""Masked questions whose decision is kept, until a tool is added, taught or dropped."""

_MOST_RELATED = 10_000
"""Entries of the index that are read where all tools with something in common are looked for."""

_COMPARED, _NEIGHBOURS = 3, 2
"""Questions of a new wording that are compared with other tools' clusters, and the nearest clusters that each meets."""

_NOTHING_NEW = 0.95
"""The confidence from which a full cluster learns nothing from one more question."""


class LexicalRouter:
    """A `Router` that goes by the words of questions, in order. See the Protocol for what each method promises."""

    def __init__(self) -> None:
        self._lexicon = Lexicon()
        self._index = Index()
        self._clusters: dict[int, Cluster] = {}
        self._numbers: dict[str, list[int]] = {}
        """For each tool, the numbers of its clusters."""
        self._negative_in: dict[str, set[int]] = {}
        """For each tool, the clusters of other tools that keep negatives of it; some may be gone."""
        self._next = 0
        self._decided: dict[tuple[tuple[int, ...], int, int], Decision] = {}

    @property
    def tools(self) -> tuple[str, ...]:
        """Names of the tools, in the order in which they were added."""
        return tuple(self._numbers)

    def __contains__(self, tool: object) -> bool:
        return tool in self._numbers

    def add(self, tool: str, questions: Sequence[str]) -> None:
        """Take a tool in with the questions that it owns, in place of what was known of it.

        The first twelve are clustered together; what comes after them is learned one by one.
        """
        self.drop(tool)
        self._numbers[tool] = []
        texts = list(dict.fromkeys(map(truncate, questions)))
        first = [(text, self._add_words(text)) for text in texts[:MOST_QUESTIONS]]
        self._add_clusters(tool, first, cluster([question for _, question in first]))
        for text in texts[MOST_QUESTIONS:]:
            self._learn(tool, text)

    def learn(self, tool: str, question: str) -> bool:
        """Take in one more question that is confirmed to be the tool's; return whether anything changed by it.

        Three questions of a new wording make the next ones of that wording local.
        """
        text = truncate(question)
        if tool not in self._numbers:
            self.add(tool, [text])
            return True
        return self._learn(tool, text)

    def drop(self, tool: str) -> None:
        """Forget a tool, if it is known."""
        for number in list(self._numbers.get(tool, ())):
            self._remove(number)
        self._numbers.pop(tool, None)
        for number in self._negative_in.pop(tool, ()):
            if number in self._clusters:
                self._clusters[number].forget(tool)
        self._decided.clear()

    def decide(self, question: str, top: int = 5) -> Decision:
        """Return which tool a question is for, with at most `top` candidates; any text will do."""
        ids, dropped = merge_unknown(self._lexicon.ids(question))
        key = (tuple(ids), dropped, top)
        decision = self._decided.get(key)
        if decision is None:
            if len(self._decided) >= REMEMBERED:
                self._decided.clear()
            read = TokenizedQuestion.of(ids, dropped)
            ranked = rank(read, self._index.nearest(read.bigrams), self._clusters, top)
            decision = self._decided[key] = decide(ranked, top)
        return decision

    def decide_many(self, questions: Iterable[str]) -> list[Decision]:
        """Return a decision for each question, in order; a masked question that was just decided costs no ranking."""
        return [self.decide(question) for question in questions]

    def related(self, question: str) -> list[str]:
        """Return the names of all tools that share a bigram with a question, the likeliest first."""
        read = TokenizedQuestion.of(*merge_unknown(self._lexicon.ids(question)))
        nearest = self._index.nearest(read.bigrams, most_entries=_MOST_RELATED)
        return list(dict.fromkeys(self._clusters[number].tool for _, number in nearest))

    def save(self) -> bytes:
        """Return everything that was learned, as bytes for `load`."""
        return file.write(self._lexicon.added(), self.tools, list(self._clusters.values()))

    def load(self, content: bytes) -> None:
        """Take in what `save` returned, in place of everything known; raises `NotReadable` and changes nothing then."""
        words, tools, clusters = file.read(content)
        self._lexicon, self._index = Lexicon(words), Index()
        self._clusters, self._negative_in = {}, {}
        self._numbers = {tool: [] for tool in tools}
        self._decided.clear()
        for known in clusters:
            self._insert(known)

    def _add_words(self, text: str) -> TokenizedQuestion:
        return TokenizedQuestion.of(self._lexicon.add(text))

    def _read(self, text: str) -> TokenizedQuestion:
        return TokenizedQuestion.of(*merge_unknown(self._lexicon.ids(text)))

    def _add_clusters(self, tool: str, rows: Sequence[tuple[str, TokenizedQuestion]], clustering: Clustering) -> None:
        wordings, loose = clustering
        for members in wordings[: MOST_WORDINGS - len(self._numbers[tool])]:
            self._add_cluster(tool, [rows[position] for position in members[-MOST_QUESTIONS:]])
        if loose:
            self._add_cluster(tool, [rows[position] for position in loose[-MOST_QUESTIONS:]], certain=False)

    def _add_cluster(self, tool: str, rows: list[tuple[str, TokenizedQuestion]], *, certain: bool = True) -> None:
        """Make a cluster of questions of one wording; it and its nearest neighbours become each other's negatives."""
        questions = [question for _, question in rows]
        positives = [logit(features) for features in leave_one_out(questions)] if certain else []
        made = Cluster(tool, [text for text, _ in rows], Wording.of(questions), certain, positives)
        if certain:
            for neighbour in self._add_negatives(tool, questions[:_COMPARED]):
                for text in neighbour.questions[:_COMPARED]:
                    made.add_negative(neighbour.tool, logit(extract_features(made.wording, self._read(text))))
        made.fit()
        self._insert(made)

    def _add_negatives(self, tool: str, questions: Sequence[TokenizedQuestion]) -> list[Cluster]:
        """Show a tool's questions to the nearest clusters of other tools; return the nearest few."""
        highest: dict[int, float] = {}
        for question in questions:
            near = [number for _, number in self._index.nearest(question.bigrams)]
            others = [number for number in near if self._clusters[number].tool != tool]
            for number in others[:_NEIGHBOURS]:
                other = self._clusters[number]
                value = logit(extract_features(other.wording, question))
                highest[number] = max(value, highest.get(number, value))
                if other.add_negative(tool, value):
                    self._negative_in.setdefault(tool, set()).add(number)
                    other.fit()
        nearest = sorted(highest, key=lambda number: -highest[number])[:_NEIGHBOURS]
        return [self._clusters[number] for number in nearest]

    def _insert(self, made: Cluster) -> None:
        number = self._next
        self._next += 1
        self._clusters[number] = made
        self._numbers[made.tool].append(number)
        self._index.add(number, made.indexed)
        for tool in made.negatives:
            self._negative_in.setdefault(tool, set()).add(number)
        self._decided.clear()

    def _remove(self, number: int) -> Cluster:
        removed = self._clusters.pop(number)
        self._numbers[removed.tool].remove(number)
        self._index.drop(number, removed.indexed)
        self._decided.clear()
        return removed

    def _learn(self, tool: str, text: str) -> bool:
        """Put a question where it belongs; what is known well is not looked at twice."""
        clusters = {number: self._clusters[number] for number in self._numbers[tool]}
        if any(text in known.questions for known in clusters.values()):
            return False
        question = self._read(text)
        logits = {
            number: logit(extract_features(known.wording, question))
            for number, known in clusters.items()
            if known.certain
        }
        number = max(logits, key=logits.__getitem__, default=-1)
        if number < 0 or logits[number] < JOINS:
            self._add_loose(tool, text)
            return True
        best = clusters[number]
        if len(best.questions) >= MOST_QUESTIONS and confidence(logits[number] + best.intercept) > _NOTHING_NEW:
            return False
        texts = [*self._remove(number).questions[-MOST_QUESTIONS + 1 :], text]
        self._add_cluster(tool, [(text, self._add_words(text)) for text in texts])
        return True

    def _add_loose(self, tool: str, text: str) -> None:
        """Keep a question of a wording that is not known yet; three alike make one.

        Wordings that do not hold together well are clustered again: they were made before better company came.
        """
        weak = [number for number in self._numbers[tool] if self._clusters[number].is_weak]
        texts = [*(known for number in weak for known in self._remove(number).questions), text]
        rows = [(each, self._add_words(each)) for each in texts]
        self._add_clusters(tool, rows, cluster_mixed([question for _, question in rows]))
