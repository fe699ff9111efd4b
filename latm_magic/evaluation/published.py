"""Figures that others published, which ours stand beside; as summaries of their papers give them.

Sources: T. Cai and others, "Large Language Models as Tool Makers", arXiv 2305.17126 (accuracy in percent, 240 instances
a task); S. Arora and others, "Language Models Enable Simple Systems for Generating Structured Views of Heterogeneous
Data Lakes" (Evaporate-Code+), arXiv 2304.09433.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Paper:
    """What the LATM paper reports of one task, in percent."""

    light_direct: float
    light_latm: float
    strong_direct: float
    strong_latm: float
    made_in_five: int
    """Of five tries of the strong maker, how many gave a tool."""


LATM: Mapping[str, Paper] = {
    "logical_deduction_five_objects": Paper(66.4, 79.7, 88.8, 86.6, 3),
    "tracking_shuffled_objects_five_objects": Paper(61.6, 99.6, 100.0, 100.0, 4),
    "dyck_languages": Paper(20.4, 92.2, 63.6, 87.5, 5),
    "word_sorting": Paper(59.2, 98.3, 90.9, 99.1, 5),
    "chinese_remainder_theorem": Paper(0.0, 100.0, 0.0, 100.0, 5),
    "schedule_meeting": Paper(18.9, 100.0, 55.6, 100.0, 3),
}

MAKING_TOKENS = 5_339
"""Strong-model tokens of making a tool, the mean of the conversations that the paper's authors published."""

STRONG_TO_LIGHT = 15
"""The paper's ratio of prices: a strong model costs over 15 times what a light one does."""

RATIOS: tuple[tuple[str, int, str], ...] = (
    ("LATM, GPT-4 maker and GPT-3.5 user", 240, "8.9"),
    ("LATM, GPT-4 maker and GPT-3.5 user", 10_000, "11.9"),
    ("Evaporate-Code+, in tokens", 10_000, "110"),
    ("optimized AI functions of databases", 10_000, "> 100"),
)
"""By whom, at how many instances, and how many times cheaper than asking for each."""
