"""The serving form of a catalog: what the table form becomes when a generation is written.

`models.arrow` has one fixed-width or text column per field of a record, in the order of rank, and
the columns of the facet engine. `files.arrow` has the files in the same order. `postings.arrow` is
one row whose columns are the arrays of the engine that are not as long as the catalog.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.errors import CatalogError
from catalog.store import bins, groups, lineage, packing, search
from catalog.store.columns import Chosen, Columns, Shelf, texts
from catalog.store.encode import (
    NULL_INT,
    Array,
    flat_lists,
    floats,
    ints,
    lean,
    list_codes,
    plain,
    postings,
    smallest,
    text_codes,
    written_out,
)
from catalog.store.popularity import popularity
from catalog.store.schema import FILES, MODELS

LISTS_BY_ITEM = ("tags", "base_models")  # too many distinct lists for one code each
UNKNOWN_IS_NULL = ("commercial_use", "gated")
FEW_NUMBERS = ("downloads_as_of", "fetched_at", "trending", "bits_per_weight")  # for records only
HUB_URL = "https://huggingface.co"
TEXTS = ("ref", "repo_id", "name", "url", "revision")
_LARGE = 1 << 20  # bytes of an array that does not wait in memory
_REQUIRED = ("ref", "source", "repo_id", "name")

# Single-valued facets: the key and the field that it counts.
FIELDS = {
    "source": "source",
    "modality": "modality",
    "task": "pipeline_tag",
    "library": "library_name",
    "kind": "kind",
    "gated": "gated",
    "commercial": "commercial_use",
    "license": "license",
    "family": "family",
    "author": "author",
}
LIST_FIELDS = {"flag": "flags", "lang": "languages"}
RANGE_FIELDS = {
    "params": "parameter_count",
    "context": "context_length",
    "downloads": "downloads_30d",
    "updated": "last_modified",
}
PATTERN, SIZES = "pattern", "sizes"  # packed columns: sets of format and quant, sets of size bars
_PACKING_ORDER = (
    *("source", "modality", "task", "library", PATTERN, "kind", "gated", "commercial", "license"),
    *("flag", "context", "lang", "params", SIZES, "updated", "downloads", "family", "author"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """The three Arrow record batches of a generation."""

    models: pa.RecordBatch
    files: pa.RecordBatch
    postings: pa.RecordBatch


def build(models: Columns, files: Columns, shelf: Shelf) -> Serving:
    """Rank, sort and encode tables of schema MODELS and FILES; what is done waits on the shelf."""
    _check(models)
    models = Ranked(models)
    files, file_rows = _files_in_order(files, texts(models, "ref"))
    columns: dict[str, pa.Array] = {}
    codes: dict[str, Array] = {}
    for field in MODELS:
        columns[field.name] = shelf.parked(_column(models, field, codes))
    lists: dict[str, pa.Array | Array] = {}
    engine = _engine(models, codes, lists)
    _group_columns(groups.build(models, files, file_rows), engine, lists)
    layout = []
    for number, pack in enumerate(packing.packed({name: engine[name] for name in _PACKING_ORDER})):
        columns[f"pack.{number}"] = pa.array(pack.codes)
        layout.append(list(pack.members))
        for name, table in pack.members.items():
            lists[f"pack.{number}.{name}"] = table
    del engine, codes
    columns["root"] = pa.array(_bases(models, columns, lists, shelf).astype(np.int32))
    columns["drawn"] = pa.array(_drawn(models))
    columns["name_rank"] = pa.array(_name_ranks(models))
    for name, array in lists.items():
        if array.nbytes > _LARGE:
            lists[name] = shelf.parked(array)
    words = search.build(models)
    columns["name_at"] = pa.array(words.pop("name_at"))
    lists |= {f"words.{name}": shelf.parked(words.pop(name)) for name in tuple(words)}
    batch = pa.record_batch(columns)
    meta = {"packs": json.dumps(layout)}
    return Serving(
        models=batch.replace_schema_metadata(meta),
        files=_one_batch(files, file_rows, shelf),
        postings=pa.record_batch({name: _as_list(array) for name, array in lists.items()}),
    )


class Ranked:
    """The rows in the default order, with their popularity."""

    def __init__(self, models: Columns) -> None:
        self._models = models
        self.num_rows = models.num_rows
        rank = popularity(models)
        recent = ints(plain(models.column("downloads_30d")))
        ever = ints(plain(models.column("downloads_total")))
        downloads = np.where(recent != NULL_INT, recent, ever)
        by_ref = pc.sort_indices(texts(models, "ref")).to_numpy()
        keys = (-downloads[by_ref].astype(np.float64), -np.nan_to_num(rank[by_ref], nan=-1.0))
        order = by_ref[np.lexsort(keys)]
        self._order = pa.array(order.astype(np.uint32))
        self._popularity = pa.array(rank, mask=np.isnan(rank)).take(self._order)

    def column(self, name: str, /) -> pa.Array:
        """One column in the order of rank."""
        if name == "popularity":
            return self._popularity
        return plain(self._models.column(name)).take(self._order)


def _check(models: Columns) -> None:
    for name in _REQUIRED:
        nulls = models.column(name).null_count
        if nulls:
            raise CatalogError(f"{nulls} rows have no {name}: not published.")
    if pc.count_distinct(texts(models, "ref")).as_py() != models.num_rows:
        raise CatalogError("Two rows have the same ref: not published.")


def _files_in_order(files: Columns, refs: pa.Array) -> tuple[Columns, Array]:
    """Files of the catalog's rows in the order of the rows, and the row of each."""
    rows = owners(files, refs)
    order = np.argsort(rows, kind="stable")
    order = order[rows[order] >= 0]
    return Chosen(files, order, FILES), rows[order]


def owners(files: Columns, refs: pa.Array) -> Array:
    """The row of each file among the refs, -1 where it has none."""
    named = lean(files.column("ref"))
    rows = pc.index_in(named.dictionary, refs).fill_null(-1)
    found: Array = rows.to_numpy(zero_copy_only=False)[named.indices.to_numpy()]
    return found.astype(np.int64)


def _column(models: Columns, field: pa.Field, codes: dict[str, Array]) -> pa.Array:
    """One field of the records in its serving form; codes are put aside for the facets."""
    name = field.name
    if name in TEXTS:
        return _underived(name, models)
    column = lean(models.column(name))
    if name in LISTS_BY_ITEM:
        offsets, items = flat_lists(column)
        item_codes, values = text_codes(items)
        coded = pa.DictionaryArray.from_arrays(pa.array(item_codes.astype(np.uint32)), values)
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), coded)
    if pa.types.is_list(field.type):
        found, values = list_codes(column)
        return pa.DictionaryArray.from_arrays(pa.array(found), values)
    if pa.types.is_string(field.type):
        found, values = text_codes(column, "unknown" if name in UNKNOWN_IS_NULL else None)
        if name in FIELDS.values():
            codes[name] = found
        return pa.DictionaryArray.from_arrays(pa.array(found), values)
    column = column.cast(field.type)
    if pa.types.is_boolean(field.type):
        known = column.cast(pa.int8()).fill_null(-1).to_numpy(zero_copy_only=False)
        return pa.array((known + 1).astype(np.uint8))
    numbers = floats(column) if pa.types.is_floating(field.type) else ints(column)
    if name not in FEW_NUMBERS:
        return pa.array(numbers)
    values, found = np.unique(numbers, return_inverse=True)
    return pa.DictionaryArray.from_arrays(pa.array(found.astype(smallest(len(values)))), values)


def _underived(name: str, models: Columns) -> pa.Array:
    """A text column without what `derived` gives back: null (for url: "") where it would."""
    column = texts(models, name)
    if name in {"ref", "name"}:
        return _nulled(column, pc.equal(column, _derived_of(name, models)))
    if name == "url":
        column = _nulled(column, pc.equal(column, "").fill_null(False))
        same = pc.equal(column, _derived_of(name, models)).fill_null(False)
        return pc.if_else(same, "", column)
    return column


def _derived_of(name: str, models: Columns) -> pa.Array:
    stated = {"repo_id": texts(models, "repo_id")}
    if name == "ref":
        stated["source"] = texts(models, "source")
    return derived(name, stated)


def _nulled(column: pa.Array, dropped: pa.Array) -> pa.Array:
    """The column with nulls, which take no room, where `dropped` is true."""
    mask = dropped.to_numpy(zero_copy_only=False)
    return column.take(pa.array(np.arange(len(column)), mask=mask))


def derived(name: str, models: Mapping[str, pa.Array]) -> pa.Array:
    """What a ref, name or url almost always is, given source and repo_id."""
    ids = plain(models["repo_id"])
    if name == "name":
        return pc.replace_substring_regex(ids, r"^[\s\S]*/", "")
    if name == "ref":
        return pc.binary_join_element_wise(plain(models["source"]), ids, ":")
    return pc.binary_join_element_wise(pa.scalar(HUB_URL), ids, "/")


def _engine(
    models: Columns, codes: dict[str, Array], lists: dict[str, pa.Array | Array]
) -> dict[str, Array]:
    """Facet columns of single fields, of lists and of numbers."""
    engine = {key: codes[field] for key, field in FIELDS.items()}
    for key, field in LIST_FIELDS.items():
        engine[key], values, offsets, items = groups.item_sets(models.column(field))
        lists |= {f"{key}.values": values, f"{key}.offsets": offsets, f"{key}.items": items}
    for key, field in RANGE_FIELDS.items():
        engine[key] = bins.bin_codes(key, ints(plain(models.column(field))))
    return engine


def _group_columns(
    grouped: groups.Groups, engine: dict[str, Array], lists: dict[str, pa.Array | Array]
) -> None:
    pairs = grouped.formats.astype(np.int64) * (len(grouped.quant_values) + 1) + grouped.quants
    engine[PATTERN], offsets, items = groups.sets(grouped.offsets, pairs)
    owners = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    by_quant = np.lexsort((items % (len(grouped.quant_values) + 1), owners))
    lists |= {"pattern.offsets": offsets, "pattern.items": items, "pattern.by_quant": by_quant}
    bars = bins.bin_codes("size", grouped.sizes)
    bars[grouped.sizes == groups.HIDDEN_INT] = bins.size("size")
    engine[SIZES], offsets, items = groups.sets(grouped.offsets, bars)
    lists |= {
        "sizes.offsets": offsets,
        "sizes.items": items,
        "groups.offsets": grouped.offsets,
        "groups.format": grouped.formats,
        "groups.quant": grouped.quants,
        "groups.size": grouped.sizes,
        "groups.bar": bars,
        "groups.bits": grouped.bits,
        "format.values": grouped.format_values,
        "quant.values": grouped.quant_values,
    }


def _bases(
    models: Columns,
    columns: dict[str, pa.Array],
    lists: dict[str, pa.Array | Array],
    shelf: Shelf,
) -> Array:
    """Root of each row; the postings of tags and bases go into `lists`."""
    for key, field in (("tag", "tags"), ("base", "base_models")):
        column = columns[field]
        starts, rows = postings(
            column.offsets.to_numpy(),
            column.values.indices.to_numpy(),
            len(column.values.dictionary),
        )
        lists |= {f"{key}.offsets": starts, f"{key}.rows": shelf.parked(rows)}
    column = columns["base_models"]
    rows_of_bases = lineage.row_of_refs(models, column.values.dictionary)
    rows_of_bases[0] = -1
    codes = column.values.indices.to_numpy().astype(np.int64)
    return lineage.roots(models, column.offsets.to_numpy().astype(np.int64), codes, rows_of_bases)


def _drawn(models: Columns) -> Array:
    """1 for the rows that can be a mark of the chart of downloads against parameters."""
    known = [plain(models.column(name)).is_valid() for name in ("parameter_count", "downloads_30d")]
    drawn: Array = pc.and_(*known).to_numpy(zero_copy_only=False)
    return drawn.astype(np.uint8)


def _name_ranks(models: Columns) -> Array:
    """Rank of each row by name, letter case aside; equal names share a rank."""
    codes, _ = text_codes(pc.utf8_lower(texts(models, "name")))
    return codes.astype(np.uint32)


def _one_batch(files: Columns, rows: Array, shelf: Shelf) -> pa.RecordBatch:
    columns = {"row": pa.array(rows.astype(np.uint32))}
    for field in FILES:
        if field.name != "ref":
            whole = written_out(files.column(field.name), field.type)
            columns[field.name] = shelf.parked(whole)
    return pa.record_batch(columns)


def _as_list(array: pa.Array | Array) -> pa.Array:
    values = array if isinstance(array, pa.Array) else pa.array(array)
    return pa.LargeListArray.from_arrays(pa.array([0, len(values)], pa.int64()), values)
