"""What one generation changed against another: Arrow and numpy joins, no row becomes an object.

What was not stated and now is has become known, which is not told as a change of the model: a
license, a base or a size counts as changed when a stated one became another or vanished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

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
NOISE = 0.001  # a manifest beside the sum of its layers: 14 kB in 5 GB
ALIAS_SOURCE = "ollama"  # the one whose rows change their names
BLOCK_ROWS = 1 << 17  # looked at in one go; 3.1M rows are 24
_SHORT_REVISION = 12  # hex digits of a manifest as the Ollama site shows it
_NOTHING = pa.scalar(None, pa.string())

Changed = Callable[[Array, Array], Array]  # old and new rows of the same models to a mask
Codes = Callable[[Array], Array]  # rows to codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The changes, how many of each kind, whose they are, and the best known of them."""

    rows: pa.Table  # of SCHEMA
    counts: Mapping[str, int] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    examples: tuple[Change, ...] = ()

    def by_ref(self, rows: int) -> Iterator[pa.Table]:
        """The changes sorted by ref, in pieces of so many rows: there may be millions."""
        order = pc.sort_indices(self.rows["ref"])
        for start in range(0, self.rows.num_rows, rows):
            yield self.rows.take(order[start : start + rows])


@dataclass(frozen=True, slots=True)
class _Found:
    """Changes of one kind: rows of `batch` in rising order, which is that of popularity."""

    kind: str
    batch: pa.RecordBatch
    rows: Array
    before: pa.Array | None = None
    after: pa.Array | None = None


def compare(old: pa.RecordBatch, new: pa.RecordBatch) -> Comparison:
    """The changes from one `models.arrow` to another."""
    at = _old_rows(old, new)
    _follow_renamed(old, new, at)
    stayed = np.flatnonzero(at >= 0)
    before = at[stayed]
    found = [
        _Found("added", new, np.flatnonzero(at < 0)),
        _Found("removed", old, np.flatnonzero(_unmatched(old, at))),
        _changed("license", old, new, _where(_licenses(old, new), before, stayed), _terms_text),
        _changed("base", old, new, _where(_bases(old, new), before, stayed), _bases_text),
        _changed("size", old, new, _where(_sizes(old, new), before, stayed), _size_text),
    ]
    tables = [_table(one) for one in found]
    touched = {name for one in found for name in _sources(one)}
    return Comparison(
        rows=pa.concat_tables(tables),
        counts={one.kind: len(one.rows) for one in found},
        sources=tuple(name for name in SOURCES if name in touched),
        examples=tuple(change for table in tables for change in changes_of(table[:EXAMPLES])),
    )


def changes_of(rows: pa.Table) -> tuple[Change, ...]:
    """Rows of SCHEMA as records, those of a kind that nobody knows left out."""
    named = rows.select(["ref", "kind", "before", "after"]).to_pylist()
    return tuple(Change(**row) for row in named if row["kind"] in CHANGES)


def _refs(batch: pa.RecordBatch, rows: Array) -> pa.Array:
    return decode.all_refs(batch.select(["ref", "repo_id", "source"]).take(pa.array(rows)))


def _old_rows(old: pa.RecordBatch, new: pa.RecordBatch) -> Array:
    """For each row of `new` the row of `old` with its ref, else -1; block by block.

    The order of rows hardly changes from one publish to the next, so most are found in the block
    at the same place, and little is left for the others.
    """
    at = np.full(new.num_rows, -1, np.int32)
    free = np.ones(old.num_rows, bool)
    starts = product(range(0, old.num_rows, BLOCK_ROWS), range(0, new.num_rows, BLOCK_ROWS))
    for first, start in sorted(starts, key=lambda pair: abs(pair[0] - pair[1])):
        old_rows = first + np.flatnonzero(free[first : first + BLOCK_ROWS])
        new_rows = start + np.flatnonzero(at[start : start + BLOCK_ROWS] < 0)
        if len(old_rows) and len(new_rows):
            found = pc.index_in(_refs(new, new_rows), value_set=_refs(old, old_rows))
            places = _numbers(found)
            hit = places >= 0
            at[new_rows[hit]] = old_rows[places[hit]]
            free[old_rows[places[hit]]] = False
    return at


def _unmatched(old: pa.RecordBatch, at: Array) -> Array:
    free = np.ones(old.num_rows, bool)
    free[at[at >= 0]] = False
    return free


def _follow_renamed(old: pa.RecordBatch, new: pa.RecordBatch, at: Array) -> None:
    """Find the old row of those that have another ref now and name the other as an alias.

    An Ollama row is called by its shortest tag, so a tag that comes or goes renames it.
    """
    for old_names_new in (False, True):
        fresh, gone = np.flatnonzero(at < 0), np.flatnonzero(_unmatched(old, at))
        fresh, gone = _of_alias_source(new, fresh), _of_alias_source(old, gone)
        if not len(fresh) or not len(gone):
            return
        if old_names_new:
            before, after = _by_alias(old, gone, _refs(new, fresh))
        else:
            after, before = _by_alias(new, fresh, _refs(old, gone))
        at[fresh[after]] = gone[before]


def _of_alias_source(batch: pa.RecordBatch, rows: Array) -> Array:
    """Those of the rows that can have aliases or be one."""
    column = batch.column("source")
    code = column.dictionary.index(ALIAS_SOURCE).as_py()
    kept: Array = rows[column.indices.to_numpy()[rows] == code]
    return kept


def _by_alias(batch: pa.RecordBatch, rows: Array, names: pa.Array) -> tuple[Array, Array]:
    """Pairs of a place in `rows` and the place in `names` that one of its aliases is at."""
    part = batch.select(["aliases"]).take(pa.array(rows))
    aliases = decode.columns(part, ["aliases"])["aliases"].combine_chunks()
    owners = pc.list_parent_indices(aliases).to_numpy()
    places = _numbers(pc.index_in(pc.list_flatten(aliases), value_set=names))
    owners, places = owners[places >= 0], places[places >= 0]
    for _ in range(2):  # each owner and each name in one pair at most
        first = np.sort(np.unique(owners, return_index=True)[1])
        places, owners = owners[first], places[first]
    return owners, places


def _where(changed: Changed, before: Array, after: Array) -> tuple[Array, Array]:
    """The pairs of rows that changed, looked at block by block."""
    masks = [np.empty(0, bool)]
    for start in range(0, len(after), BLOCK_ROWS):
        end = start + BLOCK_ROWS
        masks.append(changed(before[start:end], after[start:end]))
    chosen = np.concatenate(masks)
    return before[chosen], after[chosen]


def _licenses(old: pa.RecordBatch, new: pa.RecordBatch) -> Changed:
    columns = [_codes(old.column(name), new.column(name)) for name in ("license", "commercial_use")]

    def changed(before: Array, after: Array) -> Array:
        found = np.zeros(len(after), bool)
        for of_old, of_new in columns:
            was = of_old(before)
            found |= (was != 0) & (was != of_new(after))
        return found

    return changed


def _bases(old: pa.RecordBatch, new: pa.RecordBatch) -> Changed:
    lists = old.column("base_models"), new.column("base_models")
    offsets = [column.offsets.to_numpy() for column in lists]
    of_old, of_new = _codes(lists[0].values, lists[1].values)

    def changed(before: Array, after: Array) -> Array:
        old_owners, old_items = _sets(offsets[0], of_old, before)
        new_owners, new_items = _sets(offsets[1], of_new, after)
        sizes = np.bincount(old_owners, minlength=len(before))
        differs: Array = sizes != np.bincount(new_owners, minlength=len(before))
        old_kept, new_kept = ~differs[old_owners], ~differs[new_owners]
        others = old_items[old_kept] != new_items[new_kept]
        differs[old_owners[old_kept][others]] = True
        differs &= sizes > 0
        return differs

    return changed


def _sizes(old: pa.RecordBatch, new: pa.RecordBatch) -> Changed:
    sizes = old.column("size_bytes").to_numpy(), new.column("size_bytes").to_numpy()

    def changed(before: Array, after: Array) -> Array:
        was, now = sizes[0][before], sizes[1][after]
        differs: Array = (was != NULL_INT) & (was != now)
        known = np.flatnonzero(differs & (now != NULL_INT))
        a, b = was[known], now[known]
        differs[known] = np.abs(a - b) >= NOISE * np.maximum(a, b)
        near = known[differs[known] & (np.abs(a - b) <= ROUNDING * np.maximum(a, b))]
        other = _other_revision(old, new, before[near], after[near])
        differs[near] = other & ~_is_round(was[near]) & ~_is_round(now[near])
        return differs

    return changed


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


def _codes(old: pa.DictionaryArray, new: pa.DictionaryArray) -> tuple[Codes, Codes]:
    """Readers of both columns as codes of one dictionary, in which null is 0."""
    values = pa.concat_arrays([pa.nulls(1, pa.string()), old.dictionary, new.dictionary])
    place = _numbers(pc.index_in(values, value_set=values.unique())).astype(np.int32)
    in_old, in_new = place[1 : 1 + len(old.dictionary)], place[1 + len(old.dictionary) :]
    old_indices, new_indices = old.indices.to_numpy(), new.indices.to_numpy()
    return lambda rows: in_old[old_indices[rows]], lambda rows: in_new[new_indices[rows]]


def _sets(offsets: Array, codes: Codes, rows: Array) -> tuple[Array, Array]:
    """The items of some rows, each once and in rising order: positions into `rows`, codes."""
    owners, places = expand(offsets, rows)
    items = codes(places)
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


def _table(found: _Found) -> pa.Table:
    """The changes as rows of SCHEMA, made block by block."""
    starts = range(0, len(found.rows), BLOCK_ROWS)
    return pa.concat_tables([SCHEMA.empty_table(), *(_piece(found, start) for start in starts)])


def _piece(found: _Found, start: int) -> pa.Table:
    rows = found.rows[start : start + BLOCK_ROWS]
    popularity = pa.array(found.batch.column("popularity").to_numpy()[rows])
    texts = (
        pa.nulls(len(rows), pa.string()) if text is None else text[start : start + BLOCK_ROWS]
        for text in (found.before, found.after)
    )
    columns = [
        _refs(found.batch, rows),
        pa.repeat(pa.scalar(found.kind), len(rows)),
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
