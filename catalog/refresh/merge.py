"""New rows into the catalog: by ref, keeping what a list cannot say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.refresh.gathering import Catalog
from catalog.store.columns import Chosen, Columns, Joined, texts
from catalog.store.encode import Array, lean, plain, written_out
from catalog.store.schema import FILES, MODELS
from catalog.store.serving import owners

_SIZES_OF_A_FILE = ("size_bytes", "sha256")
_COUNTS = ("parameter_count", "parameter_count_origin", "active_parameter_count")
_KEPT_OF_A_MODEL = (
    "size_bytes",
    "bits_per_weight",
    "context_length",
    *_COUNTS,
    "pipeline_tag",
    "pipeline_tag_origin",
    "modality",
)
# What only a model's own files tell. A row that brings none of it did not ask for them.
_TOLD_WITH_FILES = (
    "kind",
    "formats",
    "license",
    "license_raw",
    "commercial_use",
    "license_reasons",
    *_COUNTS,
    "architecture",
    "quantizations",
    "family",
    "flags",
)
# A list answer leaves the bases out now and then; a revision has one card, which names them or not.
_TOLD_BY_THE_CARD = ("base_models", "base_model_relation")
_NEVER = -1  # the place of what is not there


def upsert(
    old: Catalog,
    new: Catalog,
    *,
    replaced_source: str | None = None,
    withdrawn: Collection[str] = (),
    walked: tuple[datetime, datetime] | None = None,
) -> Catalog:
    """`old` with every row of `new` in the place of the one with its ref.

    A fetched row replaces the old one whole, but for what a list answer cannot say. It names files
    without sizes or names none at all, and has neither context nor the count of a repository
    without a header: what the old row knew of these stays as long as the model has not changed
    since, by revision or else by time of modification.
    All other rows of `replaced_source` are left out: its walk was complete and did not see them.
    The refs in `withdrawn` are left out wherever they are.
    `walked` is when the walk began and ended. One that went on after a pause holds older facts than
    what another sync fetched meanwhile: that stays, whether or not the walk had seen it.
    """
    link = _linked(old, new)
    since = _fetched_within(old.models, walked)
    taken = ~(since[link.at] & _older(old.models, new.models, link.at))
    gone = np.zeros(old.models.num_rows, bool)
    gone[link.at[taken & (link.at != _NEVER)]] = True
    if replaced_source is not None:
        gone |= _numpy(pc.equal(texts(old.models, "source"), replaced_source)) & ~since[:-1]
    if withdrawn:
        refs = pa.array(sorted(withdrawn))
        gone |= _numpy(pc.is_in(texts(old.models, "ref"), refs))
        taken &= ~_numpy(pc.is_in(texts(new.models, "ref"), refs))
    kept_files = ~gone
    kept_files[link.at[link.silent & taken]] = True
    models = [
        Chosen(old.models, np.flatnonzero(~gone), MODELS),
        Chosen(_fresh_models(old.models, new.models, link), np.flatnonzero(taken), MODELS),
    ]
    files = [
        Chosen(old.files, _of_these(link.old_owner, kept_files), FILES),
        Chosen(_fresh_files(old, new.files, link), _of_these(link.owner, taken), FILES),
    ]
    return Catalog(Joined(models, MODELS), Joined(files, FILES))


def _fetched_within(old: Columns, walked: tuple[datetime, datetime] | None) -> Array:
    """The old rows that were fetched within a span; one more at the end, for what is not there."""
    result = np.zeros(old.num_rows + 1, bool)
    if walked is not None and old.num_rows:
        time = plain(old.column("fetched_at"))
        begun, ended = (pa.scalar(moment) for moment in walked)
        # A time that is yet to come is of a clock that was wrong: nothing may rest on it.
        within = pc.and_(pc.greater(time, begun), pc.less_equal(time, ended))
        result[:-1] = _numpy(within.fill_null(False))
    return result


def _older(old: Columns, new: Columns, at: Array) -> Array:
    """Which new rows were fetched before the old ones at these places."""
    before = plain(old.column("fetched_at")).take(_places(at))
    return _numpy(pc.less(plain(new.column("fetched_at")), before).fill_null(False))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """How new rows stand to old ones."""

    at: Array  # the old row of each new one
    same: Array  # whether the model is surely the same as then
    silent: Array  # ... and the new row names no files
    unasked: Array  # ... and is of the very revision we have, and tells nothing of them at all
    baseless: Array  # ... is of the very revision we have, whose bases are known, and names none
    owner: Array  # the new row of each new file
    old_owner: Array


def _linked(old: Catalog, new: Catalog) -> _Link:
    refs, old_refs = texts(new.models, "ref"), texts(old.models, "ref")
    at = _numpy(pc.index_in(refs, old_refs).fill_null(_NEVER)).astype(np.int64)
    owner = owners(new.files, refs)
    old_owner = owners(old.files, old_refs)
    of_revision = pc.equal(
        texts(old.models, "revision").take(_places(at)), texts(new.models, "revision")
    )
    same = _unchanged(old.models, new.models, at, of_revision)
    exactly = _numpy(of_revision.fill_null(False))
    told = np.zeros(len(refs), bool)
    told[owner[owner != _NEVER]] = True
    return _Link(
        at=at,
        same=same,
        silent=same & ~told,
        unasked=_unasked(new.models, exactly & ~told),
        baseless=exactly & ~_with_bases(new.models)[:-1] & _with_bases(old.models)[at],
        owner=owner,
        old_owner=old_owner,
    )


def _unchanged(old: Columns, new: Columns, at: Array, of_revision: pa.Array) -> Array:
    """Which new rows are of models that are surely the same as then."""
    places = _places(at)

    def before(name: str) -> pa.Array:
        return plain(old.column(name)).take(places)

    changed_at = plain(new.column("last_modified"))
    since = pc.or_kleene(
        pc.equal(before("last_modified"), changed_at),
        pc.less_equal(changed_at, before("fetched_at")),
    )
    # A null on either side compares to null: then the time decides, and a null there is no.
    return _numpy(pc.coalesce(of_revision, since).fill_null(False))


class _Fresh:
    """A table with some columns as a function gives them."""

    def __init__(self, base: Columns, changed: Mapping[str, Callable[[str], pa.Array]]) -> None:
        self._base = base
        self._changed = dict(changed)
        self.num_rows = base.num_rows

    def column(self, name: str, /) -> pa.Array | pa.ChunkedArray:
        """One column, changed or not."""
        return self._changed[name](name) if name in self._changed else self._base.column(name)


def _fresh_models(old: Columns, new: Columns, link: _Link) -> Columns:
    """The new rows with what the old ones know better."""
    known = np.where(link.same, link.at, _NEVER)
    if not len(known) or known.max() == _NEVER:
        return new
    sure = np.where(_has_flag(old, "params_disagree", known), _NEVER, known)

    def column(name: str) -> pa.Array:
        kind = MODELS.field(name).type
        result = written_out(new.column(name), kind)
        if name in _KEPT_OF_A_MODEL:
            # A count in doubt is not carried, its flag would be lost.
            places = _places(sure if name in _COUNTS else known)
            result = pc.coalesce(result, written_out(lean(old.column(name)).take(places), kind))
        if name in _TOLD_WITH_FILES:
            result = _as_before(result, old.column(name), link.at, link.unasked)
        if name in _TOLD_BY_THE_CARD:
            result = _as_before(result, old.column(name), link.at, link.baseless)
        return result

    changed = (*_KEPT_OF_A_MODEL, *_TOLD_WITH_FILES, *_TOLD_BY_THE_CARD)
    return _Fresh(new, dict.fromkeys(changed, column))


def _as_before(
    column: pa.Array, old: pa.Array | pa.ChunkedArray, at: Array, rows: Array
) -> pa.Array:
    """A new column with the old values in some rows."""
    if not rows.any():
        return column
    # Rows of the new table, or behind them those of the old one.
    behind = lean(old).take(_places(at[rows]))
    source = np.arange(len(column))
    source[rows] = len(column) + np.arange(len(behind))
    return pa.concat_arrays([lean(column), lean(behind)]).take(pa.array(source))


def _with_bases(models: Columns) -> Array:
    """Which rows name a base; the one more at the end stands for a row that is not there."""
    lengths = pc.list_value_length(plain(models.column("base_models"))).fill_null(0)
    return np.append(_numpy(pc.greater(lengths, 0)), False)


def _unasked(new: Columns, rows: Array) -> Array:
    """Those of some rows whose files were left alone: no license, none missed."""
    nothing = pc.and_(
        plain(new.column("size_bytes")).is_null(), plain(new.column("license_raw")).is_null()
    )
    at = np.flatnonzero(rows & _numpy(nothing))
    result = np.zeros(new.num_rows, bool)
    result[at[~_has_flag(new, "license_missing", at)]] = True
    return result


def _has_flag(models: Columns, flag: str, rows: Array) -> Array:
    """Whether each of some rows has a flag; a row that is not there has none."""
    lists = lean(models.column("flags"))
    code = lists.values.dictionary.index(flag).as_py()
    marked = np.zeros(models.num_rows + 1, bool)
    owner = np.repeat(np.arange(models.num_rows), np.diff(lists.offsets.to_numpy()))
    marked[owner[lists.values.indices.to_numpy() == code]] = True
    result: Array = marked[rows]
    return result


def _fresh_files(old: Catalog, new: Columns, link: _Link) -> Columns:
    """The new files with the sizes that the old ones of an unchanged model had."""
    row_of = np.full(old.models.num_rows + 1, _NEVER)  # the new row of each old one
    row_of[link.at[link.same]] = np.flatnonzero(link.same)
    owner = row_of[link.old_owner]
    before = old.files
    known = np.flatnonzero((owner != _NEVER) & ~_nulls(before).all(axis=0))
    asked = np.flatnonzero(_in(link.owner, owner[known]) & _nulls(new).any(axis=0))
    if not len(known) or not len(asked):
        return new
    found = pc.index_in(_file_keys(new, asked, link.owner), _file_keys(before, known, owner))
    found = _numpy(found.fill_null(_NEVER))
    at = np.full(new.num_rows, _NEVER)
    at[asked[found != _NEVER]] = known[found[found != _NEVER]]

    def column(name: str) -> pa.Array:
        kind = FILES.field(name).type
        told = written_out(lean(before.column(name)).take(_places(at)), kind)
        return pc.coalesce(written_out(new.column(name), kind), told)

    return _Fresh(new, dict.fromkeys(_SIZES_OF_A_FILE, column))


def _file_keys(files: Columns, rows: Array, owner: Array) -> pa.Array:
    places = pa.array(rows)
    version, path = (lean(files.column(name)).take(places) for name in ("version_id", "path"))
    return pc.binary_join_element_wise(
        pa.array(owner[rows]).cast(pa.string()),
        written_out(version, pa.string()).fill_null(""),
        written_out(path, pa.string()),
        "\n",
    )


def _nulls(files: Columns) -> Array:
    return np.array([_numpy(plain(files.column(name)).is_null()) for name in _SIZES_OF_A_FILE])


def _in(values: Array, wanted: Array) -> Array:
    """Which values are among some rows."""
    marked = np.zeros(int(max(values.max(initial=0), wanted.max(initial=0))) + 2, bool)
    marked[wanted] = True
    result: Array = marked[values]  # -1 is the last one, which nothing marks
    return result


def _of_these(owner: Array, rows: Array) -> Array:
    """The files whose row is among those marked."""
    return np.flatnonzero(np.append(rows, False)[owner])


def _places(rows: Array) -> pa.Array:
    """Rows to be taken; what is not there becomes null."""
    return pa.array(rows, mask=rows == _NEVER)


def _numpy(column: pa.Array) -> Array:
    result: Array = column.to_numpy(zero_copy_only=False)
    return result
