"""Words in ids: every place in an id where a token begins, sorted by how the id goes on from there.

Ids are squeezed: NFKC, lower case, letters and digits only, so that `qwen25`, `Qwen2.5` and
`qwen-2.5` are one. Tokens begin after anything dropped, between letters and digits, at a capital
letter inside a word, and at every character outside ASCII. A word is met by the ids in which some
token begins with it, ids that hold it elsewhere being taken only when no token does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog import vocabulary
from catalog.store.columns import Columns, texts
from catalog.store.encode import Array, gathered, lean, plain
from catalog.store.lru import Lru

DEPTH = 24  # bytes by which the places are sorted; longer words are compared beyond it one by one
_END = 10  # "\n" ends every field; no squeezed text holds it
_DROP, _LOWER, _UPPER, _DIGIT, _LEAD, _TRAIL, _STOP = range(7)
_SCAN = 1 << 23
_BLOCK = 1 << 17  # rows that are squeezed at once
_KEPT_BYTES = 8_000_000  # rows of the last words: one query asks for them several times
_FEW = 4_096  # below, sorting is faster than ticking off in a table of all rows
_HOSTS = {
    "huggingface.co": "huggingface",
    "hf.co": "huggingface",
    "civitai.com": "civitai",
    "ollama.com": "ollama",
}
_URL = re.compile(r"^(?:https?://)?(?:www\.)?(?P<host>[a-z.]+)/(?P<path>[^?#]+)", re.IGNORECASE)


def squeezed(text: str) -> str:
    """The letters and digits of a text, NFKC, lower case."""
    text = unicodedata.normalize("NFKC", text).lower()
    return "".join(char for char in text if char.isalnum())


def pasted_ref(word: str) -> str | None:
    """The ref that a pasted ref or address means, whether or not a model has it."""
    source, _, rest = word.partition(":")
    if source.lower() in vocabulary.SOURCES and rest:
        return f"{source.lower()}:{rest}"
    match = _URL.match(word.strip())
    source = _HOSTS.get(match["host"].lower(), "") if match else ""
    if not match or not source:
        return None
    parts = [part for part in match["path"].split("/") if part]
    if source == "huggingface":
        return f"{source}:{'/'.join(parts[:2])}"
    if len(parts) < 2:
        return None
    return f"{source}:{'/'.join(parts[:2]) if parts[0] not in {'models', 'library'} else parts[1]}"


def pasted_page(word: str) -> str | None:
    """The ref of a pasted address of one model's page, which means that model or none."""
    ref = pasted_ref(word) if _URL.match(word.strip()) else None
    return ref if ref and ("/" in ref or not ref.startswith("huggingface:")) else None


def build(models: Columns) -> dict[str, Array]:
    """The arrays of a Search over the rows of `models`."""
    columns = {name: texts(models, name) for name in ("repo_id", "name")}
    columns |= {name: lean(models.column(name)) for name in ("author", "aliases")}
    blobs, offsets, names = [], [np.zeros(1, np.uint32)], []
    places, rows = [], []
    length = 0
    for begin in range(0, models.num_rows, _BLOCK):
        block = pa.table({name: column[begin : begin + _BLOCK] for name, column in columns.items()})
        told, name_at = _texts(block)
        blob, ends, starts, owners = _squeezed_block(told)
        blobs.append(blob)
        offsets.append((length + ends).astype(np.uint32))
        names.append(name_at)
        places.append((length + starts).astype(np.uint32))
        rows.append((begin + owners).astype(np.uint32))
        length += len(blob)
        del block
    del columns
    pa.default_memory_pool().release_unused()
    whole = _joined([*blobs, np.full(DEPTH, _END, np.uint8)], blobs)
    none = np.empty(0, np.uint32)
    all_places = _joined([none, *places], places)
    order = _sorted_places(whole, all_places)
    all_places = gathered(all_places, order)
    return {
        "blob": whole,
        "offsets": np.concatenate(offsets),
        "name_at": np.concatenate([none, *names]),
        "places": all_places,
        "rows": gathered(_joined([none, *rows], rows), order),
    }


def _joined(pieces: list[Array], held: list[Array]) -> Array:
    """The pieces in one; those in `held` are given up."""
    held.clear()
    return np.concatenate(pieces)


def _squeezed_block(told: pa.Array) -> tuple[Array, Array, Array, Array]:
    """Squeezed bytes of some rows, the end of each row in them, where tokens begin, whose they are.

    Nothing reaches over the end of a row, so the blocks can be put one after the other.
    """
    ended = pc.binary_join_element_wise(told, pa.scalar("\n"), "").cast(pa.large_string())
    _, offsets_buffer, bytes_buffer = ended.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int64)[: len(ended) + 1]
    raw = np.frombuffer(bytes_buffer, np.uint8)[: offsets[-1]]
    kinds = _KINDS[raw]
    kept = kinds != _DROP
    before = np.concatenate(([0], np.cumsum(kept)))
    starts = np.flatnonzero(_starts(kinds))
    rows = np.searchsorted(offsets, starts, side="right") - 1
    return _LOWERED[raw[kept]], before[offsets[1:]], before[starts], rows


class Search:
    """Finds the rows whose id has a word, in the arrays of `build`."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._blob = arrays["blob"]
        self._offsets = arrays["offsets"]
        self._name_at = arrays["name_at"]
        self._places = arrays["places"]
        self._rows = arrays["rows"]
        self._kept: Lru[Array] = Lru(_KEPT_BYTES, lambda rows: rows.nbytes + 1_000)

    def rows(self, word: str) -> Array:
        """Rows that have the word, ascending; all rows for a word without a letter or digit."""
        text = squeezed(word).encode()
        if not text:
            return np.arange(len(self._name_at))
        rows = self._kept.get(text)
        if rows is None:
            rows = self._having(text)
            rows.flags.writeable = False
            self._kept.put(text, rows)
        return rows

    def _having(self, text: bytes) -> Array:
        found = self._rows[self._range(text)]
        return each_once(found, len(self._name_at)) if len(found) else self._anywhere(text)

    def whole(self, text: str, *, names: bool = True) -> Array:
        """Rows whose id or alias, or name, is exactly this text once squeezed; ascending."""
        wanted = squeezed(text).encode()
        if not wanted:
            return np.empty(0, np.int64)
        found = self._range(wanted + b"\n")
        places, rows = self._places[found].astype(np.int64), self._rows[found].astype(np.int64)
        begins = (places == 0) | (self._blob[np.maximum(places - 1, 0)] == _END)
        if names:
            begins |= places == self._offsets[rows] + self._name_at[rows].astype(np.int64)
        return np.unique(rows[begins])

    def begun(self, text: str) -> Array:
        """Rows whose id or name begins with this text once squeezed; ascending."""
        wanted = squeezed(text).encode()
        if not wanted:
            return np.empty(0, np.int64)
        found = self._range(wanted)
        places, rows = self._places[found], self._rows[found].astype(np.int64)
        starts = self._offsets[rows]
        begins = (places == starts) | (places == starts + self._name_at[rows])
        return each_once(rows[begins], len(self._name_at))

    def begins(self, text: str) -> bool:
        """Whether a token of some row begins with this text."""
        return bool(len(self._range(squeezed(text).encode())))

    def _range(self, text: bytes) -> Array:
        """Indices of the places from which the blob goes on with `text`."""
        head = text[:DEPTH]
        low = self._bisect(head)
        found = np.arange(low, self._bisect(head, after=True))
        if len(text) > DEPTH and len(found):
            rest = np.frombuffer(text[DEPTH:], np.uint8)
            at = self._places[found].astype(np.int64) + DEPTH
            same = at + len(rest) <= len(self._blob)
            for shift, byte in enumerate(rest.tolist()):
                same[same] = self._blob[at[same] + shift] == byte
            found = found[same]
        return found

    def _bisect(self, head: bytes, *, after: bool = False) -> int:
        low, high, length = 0, len(self._places), len(head)
        while low < high:
            middle = (low + high) // 2
            at = int(self._places[middle])
            here = self._blob[at : at + length].tobytes()
            if here < head or (after and here == head):
                low = middle + 1
            else:
                high = middle
        return low

    def _anywhere(self, text: bytes) -> Array:
        places: list[int] = []
        for begin in range(0, len(self._blob), _SCAN):
            piece = self._blob[begin : begin + _SCAN + len(text) - 1].tobytes()
            at = piece.find(text)
            while at >= 0:
                places.append(begin + at)
                at = piece.find(text, at + 1)
        rows = np.searchsorted(self._offsets, np.array(places, np.int64), side="right") - 1
        return np.unique(rows)


def each_once(rows: Array, size: int) -> Array:
    """The rows, of so many that there are, each once and ascending."""
    if len(rows) < _FEW:
        return np.unique(rows).astype(np.int64)
    has = np.zeros(size, bool)
    has[rows] = True
    return np.flatnonzero(has)


def _texts(models: pa.Table) -> tuple[pa.Array, Array]:
    """What is searched of each row, and where its name begins once squeezed."""
    ids, names = plain(models["repo_id"]), plain(models["name"])
    tails = pc.replace_substring_regex(ids, r"^[\s\S]*/", "")
    owners = pc.replace_substring_regex(ids, r"[^/]*$", "")
    letters = pc.replace_substring_regex(owners, r"[^0-9A-Za-z]", "")
    name_at = pc.binary_length(letters).to_numpy(zero_copy_only=False).astype(np.uint32)
    aliased = pc.greater(pc.list_value_length(models["aliases"]), 0)
    special = pc.or_(
        pc.or_(pc.not_equal(tails, names).fill_null(True), aliased),
        pc.invert(pc.string_is_ascii(ids)),
    )
    at = np.flatnonzero(special.to_numpy())
    if not len(at):
        return ids, name_at
    told = [_told(row) for row in models.take(pa.array(at)).to_pylist()]
    name_at[at] = [place for _, place in told]
    mask = np.zeros(len(ids), bool)
    mask[at] = True
    all_told = pc.replace_with_mask(ids, pa.array(mask), pa.array([text for text, _ in told]))
    return all_told, name_at


def _told(row: dict[str, Any]) -> tuple[str, int]:
    fields = [row["repo_id"]]
    owner, slash, tail = row["repo_id"].rpartition("/")
    name_at = len(squeezed(owner).encode())
    if tail != row["name"]:
        name_at = len(squeezed(row["repo_id"]).encode()) + 1
        owner = "" if slash else row["author"] or ""
        name_at += len(squeezed(owner).encode())
        fields.append(f"{owner}/{row['name']}")
    fields += [alias.partition(":")[2] for alias in row["aliases"] or ()]
    return "\n".join(_simple(field) for field in fields), name_at


def _simple(text: str) -> str:
    """The text whose part beyond ASCII is lower case, and letters and digits only."""
    text = text.replace("\n", " ")
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text).lower()
    return "".join(char if char.isascii() or char.isalnum() else " " for char in text)


def _kinds() -> Array:
    kinds = np.full(256, _DROP, np.uint8)
    kinds[ord("a") : ord("z") + 1] = _LOWER
    kinds[ord("A") : ord("Z") + 1] = _UPPER
    kinds[ord("0") : ord("9") + 1] = _DIGIT
    kinds[0x80:0xC0] = _TRAIL
    kinds[0xC0:] = _LEAD
    kinds[_END] = _STOP
    return kinds


def _lowered() -> Array:
    table = np.arange(256, dtype=np.uint8)
    table[ord("A") : ord("Z") + 1] += 32
    return table


_KINDS, _LOWERED = _kinds(), _lowered()


def _starts(kinds: Array) -> Array:
    """True where a token begins."""
    lower, upper, digit = kinds == _LOWER, kinds == _UPPER, kinds == _DIGIT
    letter = lower | upper
    goes_on = np.zeros(len(kinds), bool)
    camel = lower[:-1] & upper[1:]
    camel[:-1] |= upper[:-2] & upper[1:-1] & lower[2:]
    goes_on[1:] = (letter[:-1] & letter[1:] & ~camel) | (digit[:-1] & digit[1:])
    starts: Array = ((letter | digit) & ~goes_on) | (kinds == _LEAD)
    return starts


def _sorted_places(blob: Array, places: Array) -> Array:
    """The order of the places by the bytes from there on, those of one first byte at a time."""
    order = np.empty(len(places), np.uint32)
    first = gathered(blob, places)
    done = 0
    for byte in np.flatnonzero(np.bincount(first, minlength=1)).tolist():
        chosen = np.flatnonzero(first == byte)
        order[done : done + len(chosen)] = chosen[_by_bytes(blob, places[chosen])]
        done += len(chosen)
    return order


def _by_bytes(blob: Array, places: Array) -> Array:
    keys = []
    for word in range(0, DEPTH, 8):
        key = np.zeros(len(places), np.uint64)
        for byte in range(word, word + 8):
            key = (key << np.uint64(8)) | blob[np.minimum(places + np.uint32(byte), len(blob) - 1)]
        keys.append(key)
    return np.lexsort(keys[::-1])
