"""Lets every model take over from its bases what `normalize.settle` says, some at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.normalize.license import NAMED_TERMS
from catalog.normalize.parameters import disagrees, measured_bits, nominal_parameters
from catalog.normalize.settle import INHERITS, Lineage, Settled, Told, settle
from catalog.normalize.task import modality_of
from catalog.store.columns import Chosen, Columns, Filler, Patched, Shelf, texts
from catalog.store.encode import Array, expand, flat_lists, lean, plain
from catalog.store.schema import MODELS
from catalog.vocabulary import SOURCES

ROWS_AT_ONCE = 20_000
_BASES_KEPT = 50_000  # of the rows that others derive from, as Python objects
_REFS_AT_ONCE = 100_000
_COPIED = (
    "commercial_use",
    "license_reasons",
    "pipeline_tag",
    "pipeline_tag_origin",
    "parameter_count",
    "parameter_count_origin",
    "family",
)
_CHANGED = pa.schema(
    [MODELS.field(name) for name in (*_COPIED, "modality", "bits_per_weight", "flags")]
)


def settled(models: Columns, shelf: Shelf, before: Columns | None = None) -> Columns:
    """The table with the rows that state or name a base settled; others and the order stay.

    `before` is the generation before: what it told of a base that has left since still binds.
    """
    rows = _derived(models)
    if not len(rows):
        return models
    refs = texts(models, "ref")
    told = {} if before is None else _told_of_gone(before, refs)
    told |= _told_of_gone(models, refs)  # of rows that were not fetched anew
    lineages = _Lineages(models)
    patch, kept = Filler(shelf, _CHANGED), []
    for begin in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[begin : begin + ROWS_AT_ONCE]
        names = lineages.begin(part)
        outcome = settle(lineages, names, before=told)
        part = part[[ref in outcome for ref in names]]
        patch.add(_changed(models, part, tuple(outcome.values())))
        kept.append(part)
    return Patched(models, np.concatenate(kept), patch.done(), MODELS)


def _told_of_gone(models: Columns, refs: pa.Array) -> dict[str, Told]:
    """What is told of rows whose reasons name a base that is not among these refs."""
    column = lean(models.column("license_reasons"))
    offsets, items = flat_lists(column)
    words = items.dictionary
    about = np.flatnonzero(_true(pc.starts_with(words, INHERITS)))
    bases = [words[at].as_py().removeprefix(INHERITS).partition(": ")[0] for at in about.tolist()]
    may_be = pa.array([f"{source}:{base}" for base in bases for source in SOURCES], pa.string())
    held = {ref.partition(":")[2] for ref in refs.filter(pc.is_in(refs, may_be)).to_pylist()}
    gone = about[[base not in held for base in bases]]
    said = np.isin(items.indices.to_numpy(zero_copy_only=False), gone)
    ends = np.concatenate(([0], np.cumsum(said)))[offsets]
    part = Chosen(models, np.flatnonzero(np.diff(ends)), MODELS)
    columns = (texts(part, "ref"), texts(part, "commercial_use"), part.column("license_reasons"))
    return {
        ref: Told(use, tuple(reasons))
        for ref, use, reasons in zip(*(one.to_pylist() for one in columns), strict=True)
    }


def _true(mask: pa.Array) -> Array:
    values: Array = mask.fill_null(False).to_numpy(zero_copy_only=False)
    return values


def _derived(models: Columns) -> Array:
    """Rows that state a base or whose name tells one."""
    stated = pc.greater(pc.list_value_length(plain(models.column("base_models"))), 0)
    named = pc.match_substring_regex(texts(models, "name"), NAMED_TERMS, ignore_case=True)
    # What creators on CivitAI permit is no license; its verdict is complete when it is read.
    named = pc.and_(named.fill_null(False), pc.not_equal(texts(models, "source"), "civitai"))
    # The terms that a name tells make a license stricter; where none was read they change nothing.
    named = pc.and_(named, pc.is_valid(texts(models, "license")))
    either: Array = pc.or_(stated.fill_null(False), named).to_numpy(zero_copy_only=False)
    return np.flatnonzero(either)


def _changed(models: Columns, rows: Array, found: Sequence[Settled]) -> pa.Table:
    part = Chosen(models, rows, MODELS)
    values: dict[str, list[Any]] = {name: [getattr(one, name) for one in found] for name in _COPIED}
    said = part.column("license_reasons")
    for at in np.flatnonzero(_unread(part)).tolist():
        first, told = said[at].as_py()[:1], values["license_reasons"][at]
        values["license_reasons"][at] = first + [why for why in told if why.startswith(INHERITS)]
    values["modality"] = [modality_of(one.pipeline_tag) for one in found]
    values["bits_per_weight"] = _bits(part, found)
    told = zip(
        part.column("flags").to_pylist(), texts(part, "name").to_pylist(), found, strict=True
    )
    values["flags"] = [_flags(flags, name, one) for flags, name, one in told]
    return pa.table(values, schema=_CHANGED)


def _unread(part: Columns) -> Array:
    """Tags of the Ollama library whose texts were not read: not known is not the same as silent."""
    tags = pc.equal(texts(part, "source"), "ollama")
    unread = pc.and_(tags, pc.is_null(texts(part, "license")))
    found: Array = unread.to_numpy(zero_copy_only=False)
    return found


def _bits(derived: Columns, found: Sequence[Settled]) -> list[float | None]:
    """Bits per weight follow from the size and a count that a base gave; else they stay."""
    sizes = derived.column("size_bytes").to_pylist()
    before = derived.column("bits_per_weight").to_pylist()
    return [
        measured_bits(size, one.parameter_count, one.parameter_count_origin) or stated
        for size, one, stated in zip(sizes, found, before, strict=True)
    ]


def _flags(before: Sequence[str], name: str, one: Settled) -> list[str]:
    # A disagreement with the name was found when the row was read, and is not for us to take back.
    kept = [flag for flag in before if flag != "license_conflict"]
    if one.license_conflict:
        kept.append("license_conflict")
    disagree = one.params_disagree or (
        one.parameter_count is not None
        and one.parameter_count_origin == "base"
        and disagrees(one.parameter_count, nominal_parameters(name).total)
    )
    if disagree and "params_disagree" not in kept:
        kept.append("params_disagree")
    return sorted(kept)


class _Lineages(Mapping[str, Lineage]):
    """Rows by ref as Python objects: those that are settled at the time, and all above them."""

    def __init__(self, models: Columns) -> None:
        self._columns = _LineageColumns(models)
        self._refs = texts(models, "ref")
        stated = lean(models.column("base_models")).values.dictionary
        rows = pc.index_in(stated, self._refs)
        held = rows.is_valid()
        self._rows = dict(
            zip(stated.filter(held).to_pylist(), rows.filter(held).to_pylist(), strict=True)
        )
        self._rows |= _in_other_case(stated.filter(pc.invert(held)), self._refs)
        self._bases: dict[str, Lineage] = {}
        self._own: dict[str, Lineage] = {}

    def begin(self, rows: Array) -> Sequence[str]:
        """Go on to these rows; gives their refs in the same order."""
        if len(self._bases) > _BASES_KEPT:
            self._bases.clear()
        refs = self._refs.take(pa.array(rows)).to_pylist()
        self._own = dict(zip(refs, self._columns.read(rows), strict=True))
        below: Iterable[Lineage] = self._own.values()
        while below:  # their bases, the bases of these, and so on
            named = dict.fromkeys(base for row in below for base in row.base_models)
            new = [ref for ref in named if ref in self._rows and ref not in self._bases]
            places = np.array([self._rows[ref] for ref in new], np.int64)
            self._bases.update(zip(new, below := list(self._columns.read(places)), strict=True))
        return tuple(self._own)

    def __getitem__(self, ref: str) -> Lineage:
        return self._own[ref] if ref in self._own else self._bases[ref]

    def __contains__(self, ref: object) -> bool:
        return ref in self._own or ref in self._bases

    def __iter__(self) -> Iterator[str]:
        return iter({**self._bases, **self._own})

    def __len__(self) -> int:
        return len(self._bases.keys() | self._own.keys())


def _in_other_case(stated: pa.Array, refs: pa.Array) -> dict[str, int]:
    """Rows of refs that are written in other letters than stated: the Hub takes both."""
    wanted: dict[str, list[str]] = {}
    for ref in stated.to_pylist():
        wanted.setdefault(ref.lower(), []).append(ref)
    found: dict[str, int] = {}
    lowered = pa.array(wanted, refs.type)
    for begin in range(0, len(refs) if wanted else 0, _REFS_AT_ONCE):
        part = pc.utf8_lower(refs.slice(begin, _REFS_AT_ONCE))
        hits = pc.index_in(part, lowered).to_numpy(zero_copy_only=False)
        for at in np.flatnonzero(~np.isnan(hits)).tolist():
            for ref in wanted[lowered[int(hits[at])].as_py()]:
                found.setdefault(ref, begin + at)
    return found


class _LineageColumns:
    """The columns of `Lineage`; codes stay codes until a row is read."""

    def __init__(self, models: Columns) -> None:
        self._readers = [_reader(lean(models.column(name))) for name in Lineage._fields]

    def read(self, rows: Array) -> Iterator[Lineage]:
        """Some rows as objects."""
        return map(Lineage._make, zip(*(read(rows) for read in self._readers), strict=True))


def _reader(column: pa.Array) -> Callable[[Array], list[Any]]:
    """Gives the values of some rows; a word is made once, however often it is met."""
    if pa.types.is_list(column.type):
        offsets, items = flat_lists(column)
        word_of = _reader(items)

        def lists(rows: Array) -> list[Any]:
            owners, at = expand(offsets, rows)
            words = word_of(at)
            ends = np.cumsum(np.bincount(owners, minlength=len(rows)))
            return [tuple(words[low:high]) for low, high in pairwise([0, *ends.tolist()])]

        return lists
    if pa.types.is_dictionary(column.type):
        words = [*column.dictionary.to_pylist(), None]
        codes = column.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
        return lambda rows: [words[code] for code in codes[rows].tolist()]
    return lambda rows: column.take(pa.array(rows)).to_pylist()
