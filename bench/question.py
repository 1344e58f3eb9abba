"""What every engine is asked, and the one form in which they answer so that answers compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

PAGE_SIZE = 50
TOP = 12  # values of a facet that the page shows
SAMPLE = 500  # marks of the scatter chart: what the app asks for
UNKNOWN = "unknown"

# Key of the query language to column of the catalog: one value for each row ...
SINGLE = {
    "source": "source",
    "task": "pipeline_tag",
    "license": "license",
    "commercial": "commercial_use",
    "kind": "kind",
    "library": "library_name",
    "gated": "gated",
    "family": "family",
    "author": "author",
}
LANGUAGE = "lang"  # ... several for each row ...
GROUPED = ("format", "quant")  # ... or of the file groups of the row.
FACETS = (*SINGLE, LANGUAGE, *GROUPED)
HISTOGRAMS = ("params", "size", "context", "updated")
PAGE_COLUMNS = (
    "ref",
    "name",
    "author",
    "pipeline_tag",
    "license",
    "commercial_use",
    "parameter_count",
    "size_bytes",
    "downloads_30d",
    "likes",
    "last_modified",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One search: terms are AND, values of a term OR; `quants` must be met by a file group."""

    name: str
    text: str  # the same in the query language
    values: dict[str, tuple[str, ...]]
    quants: tuple[str, ...]
    params: tuple[int, int]  # inclusive


FacetCounts = tuple[int, tuple[tuple[str, int], ...]]  # distinct values; the first ones
Bars = tuple[tuple[tuple[int, int], ...], int]  # (low end, rows) of each bar; rows without a value


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one interaction gives."""

    total: int
    page: tuple[str, ...]  # refs; every engine fetches the columns of the page as well
    facets: dict[str, FacetCounts]
    histograms: dict[str, Bars]
    sample: int  # marks of the scatter chart; which ones is each engine's own choice


class Engine(Protocol):
    """One way of answering; made once, then asked many times."""

    name: str

    def ask(self, question: Question, *, values: int | None = TOP) -> Answer:
        """One whole interaction: page, count, all facets, histograms and sample."""


def ranked(counts: Iterable[tuple[str, int]], values: int | None) -> FacetCounts:
    """The most frequent first, then by value: the order in which facets are shown."""
    ordered = sorted(((value, count) for value, count in counts if count), key=_by_count)
    return len(ordered), tuple(ordered[:values])


def leaders(counts: pd.Series, values: int | None) -> FacetCounts:
    """`ranked` for counts in pandas: only what can be among the first becomes Python values."""
    counted = counts[counts.to_numpy() > 0]
    shown = counted
    if values is not None and len(counted) > values:
        numbers = counted.to_numpy()
        shown = counted[numbers >= np.partition(numbers, -values)[-values]]
    return len(counted), ranked(zip(shown.index, shown.tolist(), strict=True), values)[1]


def _by_count(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def make_question(
    name: str,
    *,
    tasks: Sequence[str],
    licenses: Sequence[str],
    quants: Sequence[str],
    params: tuple[int, int],
) -> Question:
    """A question in both forms; unknown is one of the values where it is wanted."""
    terms = (
        f"task:{','.join(tasks)}",
        f"license:{','.join(licenses)}",
        f"quant:{','.join(quants)}",
        f"params:{params[0]}..{params[1]}",
    )
    return Question(
        name=name,
        text=" ".join(terms),
        values={"task": tuple(tasks), "license": tuple(licenses)},
        quants=tuple(quants),
        params=params,
    )


SELECTIVE = make_question(
    "selective",
    tasks=("text-generation",),
    licenses=("Apache-2.0", "MIT"),
    quants=("Q4_K_M", "Q5_K_M", "Q8_0", "Q4_0"),
    params=(3_000_000_000, 14_000_000_000),
)
BROAD = make_question(
    "broad",
    tasks=(
        "text-generation", "image-text-to-text", "text-to-speech", "image-classification",
        "feature-extraction", "robotics", "text-classification", "fill-mask", "translation",
        "automatic-speech-recognition", "text-to-image", "sentence-similarity", "summarization",
        "question-answering", "token-classification", "text2text-generation", "any-to-any",
        "object-detection", "image-to-image", "image-to-text", "reinforcement-learning",
        "zero-shot-classification", "audio-classification", "text-ranking", "image-to-video",
    ),
    licenses=(
        UNKNOWN, "Apache-2.0", "MIT", "CC-BY-NC-4.0", "CC-BY-4.0", "CC-BY-SA-4.0",
        "CC-BY-NC-SA-4.0",
        "BSD-3-Clause", "GPL-3.0-only", "AFL-3.0", "LicenseRef-gemma", "LicenseRef-lfm1.0",
        "LicenseRef-llama2", "LicenseRef-llama3", "LicenseRef-llama3.1", "LicenseRef-llama3.2",
        "LicenseRef-openrail", "LicenseRef-creativeml-openrail-m", "LicenseRef-qwen", "Unlicense",
    ),
    quants=(
        UNKNOWN, "Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0", "Q4_0", "Q3_K_M", "BF16", "F16", "Q2_K",
    ),
    params=(100_000_000, 20_000_000_000),
)  # fmt: skip
QUESTIONS = (SELECTIVE, BROAD)
