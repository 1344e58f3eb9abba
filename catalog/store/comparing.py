"""What one generation changed against another: Arrow and numpy joins, no row becomes an object.

What was not stated and now is has become known, which is not told as a change of the model: a
license, a base or a size counts as changed when a stated one became another or vanished.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.records import Change
from catalog.store import decode
from catalog.store.encode import NULL_INT, Array, expand
from catalog.vocabulary import CHANGES, SOURCES, UNKNOWN

SCHEMA = pa.schema(
    [
        ("ref", pa.string()),
        ("kind", pa.string()),
        ("before", pa.string()),
        ("after", pa.string()),
        ("popularity", pa.float64()),
    ]
)
EXAMPLES = 5  # of each kind
# The Ollama library writes "4.7 GB", other tables two or three digits: up to 4.1 % off (measured
# on 1,010 tags with exact sizes), so a step from one to the other is none of the model.
ROUNDING = 0.05
ROUND_DIGITS = 3
_SHORT_REVISION = 12  # hex digits of a manifest as the Ollama site shows it
_NOTHING = pa.scalar(None, pa.string())


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The changes sorted by ref, how many of each kind, whose they are, and the best known."""

    rows: pa.Table  # of SCHEMA
    counts: Mapping[str, int] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    examples: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """Changes of one kind: rows of `batch` in rising order, which is that of popularity."""

    kind: str
    batch: pa.RecordBatch
    rows: Array
    before: pa.Array | pa.Scalar = _NOTHING
    after: pa.Array | pa.Scalar = _NOTHING


def compare(old: pa.RecordBatch, new: pa.RecordBatch) -> Comparison:
    """The changes from one `models.arrow` to another."""
    old_refs, new_refs = decode.all_refs(old), decode.all_refs(new)
    at = _numbers(pc.index_in(new_refs, value_set=old_refs))
    _follow_renamed(old, new, old_refs, new_refs, at)
    stayed = np.flatnonzero(at >= 0)
    gone = np.ones(len(old_refs), bool)
    gone[at[stayed]] = False
    found = [
        _Found("added", new, np.flatnonzero(at < 0)),
        _Found("removed", old, np.flatnonzero(gone)),
        *(of(old, new, at[stayed], stayed) for of in (_licenses, _bases, _sizes)),
    ]
    tables = [_table(one, old_refs if one.batch is old else new_refs) for one in found]
    rows = pa.concat_tables(tables)
    order = pc.sort_indices(rows, sort_keys=[("ref", "ascending"), ("kind", "ascending")])
    touched = {name for one in found for name in _sources(one)}
    return Comparison(
        rows=rows.take(order),
        counts={one.kind: len(one.rows) for one in found},
        sources=tuple(name for name in SOURCES if name in touched),
        examples=tuple(change for table in tables for change in changes_of(table[:EXAMPLES])),
    )


def changes_of(rows: pa.Table) -> tuple[Change, ...]:
    """Rows of SCHEMA as records, those of a kind that nobody knows left out."""
    named = rows.select(["ref", "kind", "before", "after"]).to_pylist()
    return tuple(Change(**row) for row in named if row["kind"] in CHANGES)


def _follow_renamed(
    old: pa.RecordBatch, new: pa.RecordBatch, old_refs: pa.Array, new_refs: pa.Array, at: Array
) -> None:
    """Find the old row of those that have another ref now and name the other as an alias.

    An Ollama row is called by its shortest tag, so a tag that comes or goes renames it.
    """
    for old_names_new in (False, True):
        gone = np.ones(len(old_refs), bool)
        gone[at[at >= 0]] = False
        fresh_rows, gone_rows = np.flatnonzero(at < 0), np.flatnonzero(gone)
        if not len(fresh_rows) or not len(gone_rows):
            return
        if old_names_new:
            names = new_refs.take(pa.array(fresh_rows))
            before, after = _by_alias(old, gone_rows, names)
        else:
            names = old_refs.take(pa.array(gone_rows))
            after, before = _by_alias(new, fresh_rows, names)
        at[fresh_rows[after]] = gone_rows[before]


def _by_alias(batch: pa.RecordBatch, rows: Array, names: pa.Array) -> tuple[Array, Array]:
    """Pairs of a place in `rows` and the place in `names` that one of its aliases is at."""
    aliases = decode.columns(batch, ["aliases"])["aliases"].combine_chunks().take(pa.array(rows))
    owners = pc.list_parent_indices(aliases).to_numpy()
    places = _numbers(pc.index_in(pc.list_flatten(aliases), value_set=names))
    owners, places = owners[places >= 0], places[places >= 0]
    for _ in range(2):  # each owner and each name in one pair at most
        first = np.sort(np.unique(owners, return_index=True)[1])
        places, owners = owners[first], places[first]
    return owners, places


def _licenses(old: pa.RecordBatch, new: pa.RecordBatch, before: Array, after: Array) -> _Found:
    changed = np.zeros(len(after), bool)
    for name in ("license", "commercial_use"):
        was, now, _ = _codes(old.column(name), new.column(name))
        was, now = was[before], now[after]
        changed |= (was != 0) & (was != now)
    return _changed("license", old, new, (before[changed], after[changed]), _terms_text)


def _bases(old: pa.RecordBatch, new: pa.RecordBatch, before: Array, after: Array) -> _Found:
    column = old.column("base_models"), new.column("base_models")
    was, now, _ = _codes(column[0].values, column[1].values)
    stated = np.flatnonzero(np.diff(column[0].offsets.to_numpy())[before])
    before, after = before[stated], after[stated]
    old_owners, old_items = _sets(column[0].offsets.to_numpy(), was, before)
    new_owners, new_items = _sets(column[1].offsets.to_numpy(), now, after)
    sizes = np.bincount(old_owners, minlength=len(before))
    changed = sizes != np.bincount(new_owners, minlength=len(before))
    old_kept, new_kept = ~changed[old_owners], ~changed[new_owners]
    differs = old_items[old_kept] != new_items[new_kept]
    changed[old_owners[old_kept][differs]] = True
    return _changed("base", old, new, (before[changed], after[changed]), _bases_text)


def _sizes(old: pa.RecordBatch, new: pa.RecordBatch, before: Array, after: Array) -> _Found:
    was = old.column("size_bytes").to_numpy()[before]
    now = new.column("size_bytes").to_numpy()[after]
    rows = np.flatnonzero((was != NULL_INT) & (was != now))
    was, now, before, after = was[rows], now[rows], before[rows], after[rows]
    wide = np.abs(was - now) > ROUNDING * np.maximum(was, now)
    changed = (now == NULL_INT) | wide
    near = np.flatnonzero(~changed)
    other = _other_revision(old, new, before[near], after[near])
    changed[near] = other & ~_is_round(was[near]) & ~_is_round(now[near])
    return _changed("size", old, new, (before[changed], after[changed]), _size_text)


def _changed(
    kind: str,
    old: pa.RecordBatch,
    new: pa.RecordBatch,
    rows: tuple[Array, Array],
    text: Callable[[pa.RecordBatch, Array], pa.Array],
) -> _Found:
    before, after = rows
    return _Found(kind, new, after, text(old, before), text(new, after))


def _terms_text(batch: pa.RecordBatch, rows: Array) -> pa.Array:
    """`Apache-2.0 commercial:yes`: behind `license:` it finds such rows."""
    terms = decode.columns(batch.take(pa.array(rows)), ["license", "commercial_use"])
    license_ = pc.fill_null(terms["license"], UNKNOWN).combine_chunks()
    use = pc.fill_null(terms["commercial_use"], UNKNOWN).combine_chunks()
    return pc.binary_join_element_wise(license_, use, " commercial:")


def _bases_text(batch: pa.RecordBatch, rows: Array) -> pa.Array:
    bases = decode.columns(batch.take(pa.array(rows)), ["base_models"])["base_models"]
    text = pc.binary_join(bases.combine_chunks().cast(pa.list_(pa.string())), ",")
    return pc.if_else(pc.equal(text, ""), _NOTHING, text)


def _size_text(batch: pa.RecordBatch, rows: Array) -> pa.Array:
    sizes = batch.column("size_bytes").to_numpy()[rows]
    return pa.array(sizes, mask=sizes == NULL_INT).cast(pa.string())


def _codes(old: pa.DictionaryArray, new: pa.DictionaryArray) -> tuple[Array, Array, pa.Array]:
    """Both columns as codes of one dictionary, in which null is 0."""
    values = pa.concat_arrays([pa.nulls(1, pa.string()), old.dictionary, new.dictionary])
    shared = values.unique()
    place = _numbers(pc.index_in(values, value_set=shared))
    old_places, new_places = place[1 : 1 + len(old.dictionary)], place[1 + len(old.dictionary) :]
    return old_places[old.indices.to_numpy()], new_places[new.indices.to_numpy()], shared


def _sets(offsets: Array, codes: Array, rows: Array) -> tuple[Array, Array]:
    """The items of some rows, each once and in rising order: positions into `rows`, codes."""
    owners, places = expand(offsets, rows)
    items = codes[places]
    order = np.lexsort((items, owners))
    owners, items = owners[order], items[order]
    new = np.ones(len(items), bool)
    new[1:] = (owners[1:] != owners[:-1]) | (items[1:] != items[:-1])
    return owners[new], items[new]


def _other_revision(old: pa.RecordBatch, new: pa.RecordBatch, before: Array, after: Array) -> Array:
    """Where both revisions are known and differ, also when one is the beginning of the other."""
    was, now = (
        pc.utf8_slice_codeunits(batch.column("revision").take(pa.array(rows)), 0, _SHORT_REVISION)
        for batch, rows in ((old, before), (new, after))
    )
    other: Array = pc.not_equal(was, now).fill_null(False).to_numpy(zero_copy_only=False)
    return other


def _is_round(sizes: Array) -> Array:
    """Figures of no more than three digits, zeros at the end aside."""
    digits = np.floor(np.log10(np.maximum(sizes, 1))).astype(np.int64) + 1
    rounded: Array = sizes % 10 ** np.maximum(digits - ROUND_DIGITS, 0) == 0
    return rounded


def _table(found: _Found, refs: pa.Array) -> pa.Table:
    size, rows = len(found.rows), pa.array(found.rows)
    popularity = pa.array(found.batch.column("popularity").to_numpy()[found.rows])
    texts = (
        pa.nulls(size, pa.string()) if isinstance(text, pa.Scalar) else text
        for text in (found.before, found.after)
    )
    columns = [
        refs.take(rows),
        pa.repeat(pa.scalar(found.kind), size),
        *texts,
        pc.if_else(pc.is_nan(popularity), pa.scalar(None, pa.float64()), popularity),
    ]
    return pa.table(columns, schema=SCHEMA)


def _sources(found: _Found) -> list[str]:
    column = found.batch.column("source")
    codes = np.unique(column.indices.to_numpy()[found.rows])
    names: list[str] = column.dictionary.take(pa.array(codes)).to_pylist()
    return names


def _numbers(places: pa.Array) -> Array:
    """Positions with -1 for null."""
    numbers: Array = places.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers
