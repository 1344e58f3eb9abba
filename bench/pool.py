"""The real rows that a generated catalog is drawn from, and how often each is drawn.

The bundled rows are the popular ones. A rake gives them weights so that the draw has the shares
of the whole Hub in what matters to an engine: how much is unknown and how many rows are GGUF.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.store.schema import FILES, MODELS

# Shares of the whole Hub as the project's own material suggests them (rows of one day, 2026-08:
# 43 % without a task, 28 % without a license, and more of both in the unpopular tail).
UNKNOWN_PARAMETERS = 0.40
UNKNOWN_LICENSE = 0.40
UNKNOWN_TASK = 0.35
GGUF_WITH_FILES = 0.06

LANGUAGES = ("en", "zh", "fr", "de", "es", "ru", "ja", "ko", "pt", "it", "ar", "hi", "vi", "tr")
KINDS = ("finetune", "adapter", "quantized", "merge", "base")
LENT = (("pipeline_tag", "modality"), ("license", "commercial_use"), ("parameter_count",))
FILLED = ("kind", "family", "languages", "gated", "formats", "size_bytes")
KIND_SHARES = (0.45, 0.28, 0.12, 0.03, 0.12)


@dataclass(frozen=True, slots=True)
class Pool:
    """Real rows, where the files of each stand, the weight of each, and the known authors."""

    models: pa.Table
    files: pa.Table
    file_starts: np.ndarray
    file_counts: np.ndarray
    weights: np.ndarray
    authors: pa.Array
    by_task: np.ndarray  # all rows, those of one task together
    task_starts: np.ndarray  # for each row, where its task begins in `by_task`, and how many it has
    task_counts: np.ndarray

    def of_same_task(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """For each row some row of the same task."""
        steps = (rng.random(len(rows)) * self.task_counts[rows]).astype(np.int64)
        return self.by_task[self.task_starts[rows] + steps]


def load(folder: Path, *, seed: int) -> Pool:
    """The bundled catalog as a pool; what its rows say too seldom is filled to Hub-like shares."""
    models = pq.read_table(folder / "models.parquet").select(MODELS.names).cast(MODELS)
    files = pq.read_table(folder / "files.parquet").select(FILES.names).cast(FILES)
    # The generated catalog is one of Hub rows; tags of Ollama would be a fifth of it.
    models = models.filter(pc.equal(models["source"], "huggingface")).sort_by("ref")
    refs = models["ref"].to_pandas()
    files = files.filter(pc.is_in(files["ref"], models["ref"].combine_chunks())).sort_by("ref")
    counts = files["ref"].to_pandas().value_counts().reindex(refs, fill_value=0).to_numpy()
    rng = np.random.default_rng([seed, 0])
    filled = _filled(_of_the_base(models, counts > 0, rng), rng)
    tasks = filled["pipeline_tag"].combine_chunks().fill_null("").dictionary_encode()
    codes = tasks.indices.to_numpy(zero_copy_only=False)
    sizes = np.bincount(codes)
    authors = filled["author"].drop_null().to_pandas().value_counts(sort=True).index
    return Pool(
        models=filled,
        files=files.combine_chunks(),
        file_starts=np.cumsum(counts) - counts,
        file_counts=counts,
        weights=_weights(filled, counts),
        authors=pa.array(sorted(authors)),
        by_task=np.argsort(codes, kind="stable"),
        task_starts=(np.cumsum(sizes) - sizes)[codes],
        task_counts=sizes[codes],
    )


def _weights(models: pa.Table, file_counts: np.ndarray) -> np.ndarray:
    """Iterative proportional fitting to the four shares; a share no row can give is left out."""
    marks = [
        (_missing(models["parameter_count"]), UNKNOWN_PARAMETERS),
        (_missing(models["license"]), UNKNOWN_LICENSE),
        (_missing(models["pipeline_tag"]), UNKNOWN_TASK),
        (_lists_gguf(models) & (file_counts > 0), GGUF_WITH_FILES),
    ]
    weights = np.full(models.num_rows, 1 / models.num_rows)
    for mark, share in marks * 25:
        if mark.any() and not mark.all():
            weights[mark] *= share / weights[mark].sum()
            weights[~mark] *= (1 - share) / weights[~mark].sum()
    return weights / weights.sum()


def _missing(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(pc.is_null(column).to_numpy())


def _lists_gguf(models: pa.Table) -> np.ndarray:
    return models["formats"].to_pandas().map(lambda formats: "gguf" in formats).to_numpy()


def _filled(models: pa.Table, rng: np.random.Generator) -> pa.Table:
    """What the bundled rows say too seldom for a fair benchmark, drawn to a Hub-like share."""
    frame = models.select([*FILLED, "architecture", "modality", "parameter_count"]).to_pandas()
    size = len(frame)
    if frame["kind"].isna().mean() > 0.5:
        drawn = pd.Series(rng.choice(KINDS, size, p=KIND_SHARES))
        frame["kind"] = frame["kind"].fillna(drawn.where(rng.random(size) < 0.8))
    if frame["family"].isna().mean() > 0.8:
        frame["family"] = frame["architecture"].str.lower()
    if (frame["languages"].map(len) == 0).mean() > 0.9:
        frame["languages"] = _languages(frame["modality"].isin(["nlp", "audio"]).to_numpy(), rng)
    if (frame["formats"].map(len) == 0).mean() > 0.5:
        told = rng.random(size) < 0.6
        frame["formats"] = [
            ["safetensors"] if fill and len(own) == 0 else own
            for own, fill in zip(frame["formats"], told, strict=True)
        ]
    if frame["size_bytes"].isna().mean() > 0.8:
        weights = (frame["parameter_count"] * 2.0).where(rng.random(size) < 0.8)
        frame["size_bytes"] = frame["size_bytes"].fillna(weights.round())
    silent = (frame["gated"] == "unknown").to_numpy() & (rng.random(size) < 0.8)
    frame.loc[silent, "gated"] = rng.choice(
        ["no", "auto", "manual"], int(silent.sum()), p=(0.96, 0.025, 0.015)
    )
    for name in FILLED:
        place = MODELS.get_field_index(name)
        column = pa.array(frame[name], MODELS.field(name).type, from_pandas=True)
        models = models.set_column(place, MODELS.field(name), column)
    return models.combine_chunks()


def _of_the_base(models: pa.Table, has_files: np.ndarray, rng: np.random.Generator) -> pa.Table:
    """Repositories of converted weights mostly repeat task, license and size of their base.

    The facts about them at hand list files and little else; typical text generators lend the rest.
    """
    names = [name for together in LENT for name in together]
    frame = models.select(names).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    typical = frame["pipeline_tag"].eq("text-generation") & frame["parameter_count"].notna()
    lenders = np.flatnonzero(typical & frame["license"].notna() & ~has_files)
    for together in LENT:
        silent = has_files & frame[together[0]].isna().to_numpy()
        borrowers = np.flatnonzero(silent & (rng.random(len(frame)) < 0.8))
        if len(lenders):
            lent = frame[list(together)].iloc[rng.choice(lenders, len(borrowers))]
            frame.loc[borrowers, list(together)] = lent.to_numpy()
    for name in names:
        place = models.schema.get_field_index(name)
        column = pa.array(frame[name], MODELS.field(name).type, from_pandas=True)
        models = models.set_column(place, MODELS.field(name), column)
    return models


def _languages(speaks: np.ndarray, rng: np.random.Generator) -> pd.Series:
    many = np.where(rng.random(len(speaks)) < 0.1, rng.integers(2, len(LANGUAGES), len(speaks)), 1)
    some = speaks & (rng.random(len(speaks)) < 0.6)
    first = (len(LANGUAGES) * rng.random(len(speaks)) ** 4).astype(int)
    lists = [
        list(dict.fromkeys([LANGUAGES[start], *LANGUAGES[:count]]))[:count] if told else []
        for start, count, told in zip(first, many, some, strict=True)
    ]
    return pd.Series(lists)
