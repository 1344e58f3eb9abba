"""A seeded catalog of any number of rows with the skew and correlation of the real one.

The first rows are the bundled ones word for word. The others are drawn from them whole, so that
task, license, library, size, format and quantization stay together as they are on the Hub; the
draw is weighted to the shares of the whole Hub rather than to what is popular, numbers are
shaken, and every row has a name of its own.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench import pool as pools
from bench.pool import Pool
from catalog.store.schema import FILES, MODELS

DATA = Path(__file__).parent / "data"
STARTER = Path(__file__).resolve().parents[1] / "catalog" / "starter"
CHUNK = 400_000  # rows built at once; the list columns of a chunk stay below 2 GB
BASES = 60_000  # derived rows name one of the first rows of the catalog as their base
DAY = 86_400
TIME = MODELS.field("created_at").type
FIRST_DAY = 1_646_263_744  # 2022-03-02T23:29:04Z: no Hub repository is older
LAST_DAY = 1_795_000_000  # November 2026

# Drawing whole rows alone would never make a combination of values that no real row has, while
# real ones keep coming: their number grows with rows to the power 0.6 to 0.7 (measured on the
# bundled rows and on 12,915 Hub rows of one day). So a few rows take one fact from another row of
# the same task; with these shares 3.1M rows have about as many combinations as the powers say.
SWAPPED = (
    (("license", "license_raw", "commercial_use"), 0.03),
    (("library_name",), 0.02),
    (("formats", "quantizations"), 0.02),
    (("kind",), 0.012),
    (("gated",), 0.004),
    (("context_length",), 0.012),
    (("languages",), 0.016),
    (("parameter_count", "parameter_count_origin", "size_bytes"), 0.016),
)

SOURCES = np.array(["huggingface", "civitai", "ollama"])
SOURCE_SHARES = (0.935, 0.055, 0.01)
WORDS = ("finetuned", "lora", "v2", "instruct", "merged", "sft", "dpo", "test", "gguf", "chat")


@dataclass(frozen=True, slots=True)
class Draw:
    """Which pool row each catalog row comes from, and how often it was drawn before."""

    origin: np.ndarray
    occurrence: np.ndarray
    verbatim: int  # so many first rows are the bundled ones unchanged


def tables(rows: int, *, seed: int = 1) -> tuple[pa.Table, pa.Table]:
    """Models and files of a generated catalog, from the cache in bench/data where it is there."""
    folder = DATA / f"{rows}-{seed}-{recipe()}"
    if not (folder / "files.parquet").exists():
        forget(f"{rows}-{seed}-*")
        folder.mkdir(parents=True)
        models, files = generate(rows, seed=seed)
        pq.write_table(models, folder / "models.parquet", compression="zstd", compression_level=1)
        pq.write_table(files, folder / "files.parquet", compression="zstd", compression_level=1)
        return models, files
    return pq.read_table(folder / "models.parquet"), pq.read_table(folder / "files.parquet")


def generate(rows: int, *, seed: int = 1) -> tuple[pa.Table, pa.Table]:
    """Models and files of a generated catalog; the same for the same rows, seed and starter."""
    models, files = zip(*chunks(rows, seed=seed), strict=True)
    return pa.concat_tables(models), pa.concat_tables(files)


def chunks(rows: int, *, seed: int = 1) -> Iterator[tuple[pa.Table, pa.Table]]:
    """The same models and files, some hundred thousand at a time."""
    starter = pools.load(STARTER, seed=seed)
    draw = _draw(starter, rows, np.random.default_rng([seed, rows]))
    heads: pa.Array | None = None
    seen: set[str] = set()
    for number, start in enumerate(range(0, rows, CHUNK)):
        end = min(rows, start + CHUNK)
        rng = np.random.default_rng([seed, rows, number])
        chunk = _chunk(starter, draw, (start, end), rng, heads, seen)
        heads = chunk["ref"].combine_chunks()[:BASES] if heads is None else heads
        yield chunk, _files(starter, draw.origin[start:end], chunk["ref"], rng)


def forget(pattern: str) -> None:
    """Drops what older recipes have left under bench/data."""
    for folder in DATA.glob(pattern):
        shutil.rmtree(folder)


def recipe() -> str:
    """Short hash of everything a generated catalog depends on but rows and seed."""
    digest = hashlib.sha256(repr((MODELS, FILES)).encode())
    here = Path(__file__).parent
    for path in (*sorted(STARTER.glob("*.parquet")), here / "generate.py", here / "pool.py"):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _draw(pool: Pool, rows: int, rng: np.random.Generator) -> Draw:
    verbatim = min(len(pool.weights), rows // 4)
    first = rng.choice(len(pool.weights), verbatim, replace=False)
    others = rng.choice(len(pool.weights), rows - verbatim, p=pool.weights)
    origin = np.concatenate([first, others])
    occurrence = pd.Series(origin).groupby(origin, sort=False).cumcount().to_numpy()
    return Draw(origin, occurrence, verbatim)


def _chunk(
    pool: Pool,
    draw: Draw,
    span: tuple[int, int],
    rng: np.random.Generator,
    heads: pa.Array | None,
    seen: set[str],
) -> pa.Table:
    start, end = span
    size = end - start
    row_numbers = np.arange(start, end)
    new = row_numbers >= draw.verbatim
    columns = _facts(pool, draw.origin[start:end], new, rng)
    source = SOURCES[rng.choice(3, size, p=SOURCE_SHARES)]
    source[~new] = "huggingface"
    columns["source"] = pa.array(source)
    columns["author"] = _authors(pool, columns["author"], new, rng)
    columns["name"] = _names(columns["name"], draw.occurrence[start:end], new, rng)
    repo_id = pc.binary_join_element_wise(
        columns["author"], columns["name"], "/", null_handling="skip"
    )
    ref = pc.binary_join_element_wise(columns["source"], repo_id, ":")
    for row in _repeated(ref, seen):
        # Two draws met under one author: the row number tells them apart.
        columns["name"] = _replaced(columns["name"], row, f"{columns['name'][row]}-r{start + row}")
        repo_id = _replaced(repo_id, row, f"{repo_id[row]}-r{start + row}")
        ref = _replaced(ref, row, f"{ref[row]}-r{start + row}")
    columns |= {"repo_id": repo_id, "ref": ref}
    columns["url"] = pc.binary_join_element_wise("https://huggingface.co", repo_id, "/")
    columns |= _numbers(columns, new, rng)
    columns |= _dates(columns, new, rng)
    columns["tags"] = _tags(columns["tags"], new, rng)
    columns["base_models"] = _bases(columns, ref if heads is None else heads, row_numbers, new, rng)
    return pa.table({name: columns[name] for name in MODELS.names}).cast(MODELS)


def _facts(
    pool: Pool, origin: np.ndarray, new: np.ndarray, rng: np.random.Generator
) -> dict[str, pa.Array]:
    """The columns of the rows drawn, a few facts swapped within the task."""
    donor_of = {name: origin for name in pool.models.column_names}
    for names, share in SWAPPED:
        swapped = new & (rng.random(len(origin)) < share)
        donor_of |= dict.fromkeys(names, np.where(swapped, pool.of_same_task(origin, rng), origin))
    return {
        name: pool.models[name].take(pa.array(rows)).combine_chunks()
        for name, rows in donor_of.items()
    }


def _authors(pool: Pool, own: pa.Array, new: np.ndarray, rng: np.random.Generator) -> pa.Array:
    """Some rows keep their real author, the others get one from a long-tailed crowd."""
    size = len(new)
    crowd = max(50, size * 2 // 3)
    uniform = rng.random(size)
    busy = rng.random(size) < 0.35
    rank = np.where(busy, crowd**uniform - 1, crowd * uniform**1.4).astype(np.int64)
    known = len(pool.authors)
    name = pool.authors.take(pa.array(rank % known))
    number = pa.array(rank // known, mask=rank < known).cast(pa.string())
    invented = pc.binary_join_element_wise(name, number, "-", null_handling="skip")
    return pc.if_else(pa.array(new & (rng.random(size) > 0.3)), invented, own)


def _names(
    real: pa.Array, occurrence: np.ndarray, new: np.ndarray, rng: np.random.Generator
) -> pa.Array:
    """Real name, for some a word, then a number or a piece of a hash as people's scripts add it."""
    size = len(new)
    word = pa.array(np.array(WORDS)[rng.integers(0, len(WORDS), size)], mask=rng.random(size) > 0.4)
    digits = pa.array([f"{number:03x}" for number in range(4096)])
    hashed = pc.binary_join_element_wise(
        digits.take(pa.array(rng.integers(0, 4096, size))),
        digits.take(pa.array(rng.integers(0, 4096, size))),
        "",
    )
    ending = pc.if_else(
        pa.array(rng.random(size) < 0.2), hashed, pa.array(occurrence).cast(pa.string())
    )
    name = pc.binary_join_element_wise(real, word, ending, "-", null_handling="skip")
    return pc.if_else(pa.array(new), name, real)


def _repeated(ref: pa.Array, seen: set[str]) -> Iterator[int]:
    """Rows whose ref was used before; compared by hash, so 3.1M refs stay small."""
    hashes = pd.util.hash_array(ref.to_numpy(zero_copy_only=False))
    repeated = pd.Series(hashes).duplicated().to_numpy() | np.isin(
        hashes, np.fromiter(seen, dtype=np.uint64, count=len(seen))
    )
    seen.update(hashes.tolist())
    yield from np.flatnonzero(repeated).tolist()


def _replaced(column: pa.Array, row: int, text: str) -> pa.Array:
    return pa.concat_arrays([column[:row], pa.array([text]), column[row + 1 :]])


def _numbers(
    columns: dict[str, pa.Array], new: np.ndarray, rng: np.random.Generator
) -> dict[str, pa.Array]:
    size = len(new)
    odd = np.where(new & (rng.random(size) < 0.3), np.exp(rng.normal(0, 0.02, size)), 1.0)
    # Most repositories of the Hub are hardly used; the bundled ones are what people use.
    fewer = np.where(new, np.exp(rng.normal(-2.0, 1.5, size)), 1.0)
    downloads = _scaled(columns["downloads_30d"], fewer)
    tail = pa.array(np.exp(rng.normal(2, 1.5, size)).astype(np.int64))
    on_hub = pc.equal(columns["source"], "huggingface")
    nothing = pa.nulls(size, pa.int64())
    return {
        "parameter_count": _scaled(columns["parameter_count"], odd),
        "size_bytes": _scaled(columns["size_bytes"], odd),
        "downloads_30d": pc.if_else(on_hub, pc.coalesce(downloads, tail), nothing),
        "downloads_total": pc.if_else(on_hub, nothing, pc.multiply(tail, 40)),
        "likes": _scaled(columns["likes"], np.minimum(1.0, fewer * 2)),
    }


def _scaled(column: pa.Array, factor: np.ndarray) -> pa.Array:
    known = pc.is_valid(column).to_numpy(zero_copy_only=False)
    values = column.fill_null(0).to_numpy(zero_copy_only=False) * factor
    return pa.array(values.astype(np.int64), mask=~known)


def _dates(
    columns: dict[str, pa.Array], new: np.ndarray, rng: np.random.Generator
) -> dict[str, pa.Array]:
    size = len(new)
    created = columns["created_at"].cast(TIME).cast(pa.int64())
    known = pc.is_valid(created).to_numpy(zero_copy_only=False)
    start = created.fill_null(FIRST_DAY).to_numpy(zero_copy_only=False)
    spread = rng.integers(-60 * DAY, 60 * DAY, size)
    # The Hub doubles within about a year: undated rows are mostly young.
    drawn = LAST_DAY - (rng.exponential(0.8, size) * 365 * DAY).astype(np.int64)
    start = np.clip(
        np.where(known, np.where(new, start + spread, start), drawn), FIRST_DAY, LAST_DAY
    )
    changed = np.clip(start + (rng.exponential(25, size) * DAY).astype(np.int64), start, LAST_DAY)
    silent = rng.random(size) < 0.03
    return {
        "created_at": pa.array(start).cast(TIME),
        "last_modified": pa.array(changed, mask=silent).cast(TIME),
    }


def _bases(
    columns: dict[str, pa.Array],
    heads: pa.Array,
    row_numbers: np.ndarray,
    new: np.ndarray,
    rng: np.random.Generator,
) -> pa.Array:
    """Derived rows name an earlier row: a few of them very often, most of them never."""
    size = len(new)
    own = columns["base_models"]
    kind = columns["kind"]
    derived = pc.is_in(kind, pa.array(["finetune", "adapter", "quantized", "merge"]))
    derived = derived.fill_null(False).to_numpy(zero_copy_only=False)
    states_none = pc.list_value_length(own).fill_null(0).to_numpy(zero_copy_only=False) == 0
    gets_one = new & derived & (states_none | (rng.random(size) < 0.5)) & (row_numbers > 0)
    target = (np.minimum(row_numbers, len(heads)) * rng.random(size) ** 4).astype(np.int64)
    one = pa.ListArray.from_arrays(
        pa.array(np.arange(size + 1, dtype=np.int32)), heads.take(pa.array(target))
    )
    both = pa.concat_arrays([own.cast(one.type), one])
    return both.take(pa.array(np.where(gets_one, np.arange(size, 2 * size), np.arange(size))))


def _tags(own: pa.Array, new: np.ndarray, rng: np.random.Generator) -> pa.Array:
    """The tags of the real row and up to four of a long-tailed crowd of people's own tags."""
    size = len(new)
    added = np.where(new, rng.integers(0, 5, size), 0)
    lengths = pc.list_value_length(own).fill_null(0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(lengths + added)])
    is_own = np.ones(offsets[-1], dtype=bool)
    first = np.repeat(offsets[:-1] + lengths, added)
    inside = np.arange(len(first)) - np.repeat(np.cumsum(added) - added, added)
    is_own[first + inside] = False
    rank = np.floor(60_000 ** rng.random(len(first))).astype(np.int64)
    crowd = pc.binary_join_element_wise("tag", pa.array(rank).cast(pa.string()), "-")
    values = pa.concat_arrays([pc.list_flatten(own).cast(pa.string()), crowd])
    places = np.empty(offsets[-1], dtype=np.int64)
    places[is_own] = np.arange(is_own.sum())
    places[~is_own] = is_own.sum() + np.arange(len(first))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values.take(pa.array(places)))


def _files(
    pool: Pool, origin: np.ndarray, refs: pa.ChunkedArray, rng: np.random.Generator
) -> pa.Table:
    """The files of the pool rows again under the new refs; some rows lack some of them."""
    counts = pool.file_counts[origin]
    rows = np.repeat(np.arange(len(origin)), counts)
    first = np.cumsum(counts) - counts
    inside = np.arange(len(rows)) - np.repeat(first, counts)
    partial = rng.random(len(origin)) < 0.3
    kept = ~partial[rows] | (rng.random(len(rows)) > 0.15)
    places = np.repeat(pool.file_starts[origin], counts) + inside
    rows = rows[kept]
    table = pool.files.take(pa.array(places[kept]))
    shaken = np.exp(rng.normal(0, 0.02, len(origin)))[rows]
    columns = {name: table[name].combine_chunks() for name in FILES.names}
    columns["ref"] = refs.combine_chunks().take(pa.array(rows))
    columns["size_bytes"] = _scaled(columns["size_bytes"], shaken)
    return pa.table(columns).cast(FILES)
