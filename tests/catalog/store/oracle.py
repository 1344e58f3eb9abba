"""The slow, obvious answer to a query: pandas over the table form, apart from the engine."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pyarrow as pa

from catalog.normalize.families import all_families
from catalog.normalize.license import spdx_of
from catalog.query import WORD, Condition, Query, bounds

SINGLE = {
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
LISTS = {"lang": "languages", "flag": "flags", "tag": "tags"}
NUMBERS = {
    "params": "parameter_count",
    "active": "active_parameter_count",
    "context": "context_length",
    "downloads": "downloads_30d",
    "downloads_total": "downloads_total",
    "likes": "likes",
    "updated": "last_modified",
    "created": "created_at",
}
GROUP = {"format": "format", "quant": "quant_type", "bits": "bits_per_weight", "size": "size_bytes"}
FACETS = [*SINGLE, "lang", "flag", "format", "quant"]
RANGES = ["params", "size", "context", "downloads", "updated"]
SORTS = {
    "popularity": ["popularity"],
    "downloads": ["downloads_30d", "downloads_total"],
    "likes": ["likes"],
    "updated": ["last_modified"],
    "created": ["created_at"],
    "params": ["parameter_count"],
    "size": ["size_bytes"],
    "name": ["lower_name"],
}


class Oracle:
    """Answers from plain Python values, one row after the other."""

    def __init__(self, models: pa.Table, files: pa.Table, today: date) -> None:
        self.today = today
        rows = pd.DataFrame({name: plain(models[name].to_pylist()) for name in models.schema.names})
        rows["downloads"] = plain(
            a if a is not None else b
            for a, b in zip(rows.downloads_30d, rows.downloads_total, strict=True)
        )
        rows["popularity"] = plain(popularity(rows))
        rows = rows.sort_values("ref")
        keys = pd.DataFrame(
            {
                "a": -pd.to_numeric(rows.popularity).fillna(-1),
                "b": -pd.to_numeric(rows.downloads).fillna(-1),
            }
        )
        rows = rows.loc[keys.sort_values(["a", "b"], kind="stable").index].reset_index(drop=True)
        for name in ("gated", "commercial_use"):
            rows[name] = plain(None if value == "unknown" else value for value in rows[name])
        for name in ("created_at", "last_modified"):
            rows[name] = plain(None if t is None else int(t.timestamp()) for t in rows[name])
        rows["lower_name"] = [name.lower() for name in rows["name"]]
        self.rows = rows
        self.groups = groups(rows, files)
        self.texts = [text_fields(row) for row in rows.to_dict("records")]
        self.called = [
            (
                {squeeze(name) for name in names_of(row)},
                (squeeze(row["repo_id"]), squeeze(row["name"])),
                row["kind"] in ("adapter", "quantized"),
            )
            for row in rows.to_dict("records")
        ]
        self.made = [is_publishers_own(row) for row in rows.to_dict("records")]
        self.roots = roots(rows)
        self._cache: dict[Condition, np.ndarray] = {}
        self._known = {
            name: self.groups.groupby("row")[name].apply(lambda v: v.notna().any()).to_dict()
            for name in GROUP.values()
        }

    # ---- what one condition means, as one boolean per row

    def met(self, condition: Condition) -> np.ndarray:
        key, rows = condition.key, self.rows
        found = np.zeros(len(rows), bool)
        for value in condition.values:
            if key == WORD:
                found |= self.word(value)
            elif key in SINGLE:
                found |= same(list(rows[SINGLE[key]]), value, license=key == "license")
            elif key in LISTS:
                found |= any_same(list(rows[LISTS[key]]), value)
            elif key == "base":
                found |= self.base(value)
            elif key in NUMBERS:
                found |= self.in_range(key, list(rows[NUMBERS[key]]), value)
            else:
                raise AssertionError(key)
        return ~found if condition.negated else found

    def in_range(self, key: str, values: list, text: str) -> np.ndarray:
        if text == "unknown":
            return np.array([value is None or value != value for value in values], bool)
        limits = bounds(key, text, self.today)
        low = -float("inf") if limits.low is None else limits.low
        high = float("inf") if limits.high is None else limits.high
        return np.array([value is not None and low <= value <= high for value in values], bool)

    def base(self, value: str) -> np.ndarray:
        bases, labels = list(self.rows.base_models), list(self.rows.base_label)
        if value == "unknown":
            return np.array([not b and c is None for b, c in zip(bases, labels, strict=True)], bool)
        spelled = {value, *(f"{source}:{value}" for source in ("huggingface", "civitai", "ollama"))}
        hit = np.array([bool(spelled & set(b or ())) for b in bases], bool)
        if not hit.any():
            lowered = {one.lower() for one in spelled}
            hit = np.array([bool(lowered & {x.lower() for x in b or ()}) for b in bases], bool)
        return hit | same(labels, value)

    def word(self, value: str) -> np.ndarray:
        source, _, rest = value.partition(":")
        if source.lower() in ("huggingface", "civitai", "ollama") and rest:
            for fold in (str, str.casefold):
                hit = [
                    fold(value) in map(fold, [ref, *(aliases or ())])
                    for ref, aliases in zip(self.rows.ref, self.rows.aliases, strict=True)
                ]
                if any(hit):
                    first = hit.index(True)
                    return np.arange(len(hit)) == first
            value = rest
        wanted = squeeze(value)
        if not wanted:
            return np.ones(len(self.rows), bool)
        begins = [
            any(text.startswith(wanted, at) for text, starts in fields for at in starts)
            for fields in self.texts
        ]
        if any(begins):
            return np.array(begins)
        return np.array([any(wanted in text for text, _ in fields) for fields in self.texts], bool)

    def groups_met(self, conditions: list[Condition]) -> np.ndarray:
        """One boolean per group: it meets all conditions, negations aside."""
        found = np.ones(len(self.groups), bool)
        for condition in conditions:
            if condition not in self._cache:
                self._cache[condition] = self.groups_meeting(condition)
            found &= self._cache[condition]
        return found

    def groups_meeting(self, condition: Condition) -> np.ndarray:
        name = GROUP[condition.key]
        column = list(self.groups[name])
        result = np.zeros(len(column), bool)
        for value in condition.values:
            if value == "unknown":
                result |= np.array([not self._known[name][row] for row in self.groups.row], bool)
            elif condition.key in ("format", "quant"):
                result |= same(column, value)
            else:
                result |= self.in_range(condition.key, column, value)
        return result

    def rows_of_groups(self, met: np.ndarray) -> np.ndarray:
        result = np.zeros(len(self.rows), bool)
        result[self.groups.row.to_numpy()[met]] = True
        return result

    # ---- the answer

    def matching(self, query: Query, ignored: str | None = None) -> np.ndarray:
        result = np.ones(len(self.rows), bool)
        for condition in query.conditions:
            if condition.key in (ignored, "fits"):
                continue
            if condition.key not in GROUP:
                result &= self.met_once(condition)
            elif condition.negated:
                result &= ~self.rows_of_groups(self.groups_met([condition]))
        return result & self.rows_of_groups(self.groups_met(self.asked(query, ignored)))

    def met_once(self, condition: Condition) -> np.ndarray:
        if condition not in self._cache:
            self._cache[condition] = self.met(condition)
        return self._cache[condition]

    def asked(self, query: Query, ignored: str | None) -> list[Condition]:
        return [
            condition
            for condition in query.conditions
            if condition.key in GROUP and not condition.negated and condition.key != ignored
        ]

    def facet(self, query: Query, key: str) -> dict[str, int]:
        mask = self.matching(query, ignored=key)
        if key in SINGLE:
            values = [[value] for value in self.rows[SINGLE[key]][mask]]
        elif key in LISTS:
            values = [list(value or [None]) for value in self.rows[LISTS[key]][mask]]
        else:
            values = self.group_values(query, key, mask)
        counts: dict[str, int] = {}
        for row in values:
            for value in {"unknown" if value is None else value for value in row}:
                counts[value] = counts.get(value, 0) + 1
        return counts

    def group_values(self, query: Query, key: str, mask: np.ndarray) -> list[list]:
        part = self.groups[self.groups_met(self.asked(query, key))]
        part = part[mask[part.row.to_numpy()]]
        known = self._known[GROUP[key]]
        result: dict[int, list] = {}
        for row, value in zip(part.row, part[GROUP[key]], strict=True):
            if value is not None and value == value:
                result.setdefault(row, []).append(value)
            elif not known[row]:
                result.setdefault(row, []).append(None)
        return list(result.values())

    def histogram(self, query: Query, key: str) -> tuple[dict[tuple[int, int], int], int]:
        mask = self.matching(query, ignored=key)
        if key == "size":
            values = self.group_values(query, key, mask)
        else:
            values = [[value] for value in self.rows[NUMBERS[key]][mask]]
        counts: dict[tuple[int, int], int] = {}
        unknown = 0
        for row in values:
            bars = {bar(key, value) for value in row if value is not None}
            unknown += not bars
            for one in bars:
                counts[one] = counts.get(one, 0) + 1
        return counts, unknown

    def shown(self, query: Query) -> list[tuple[str, int]]:
        """Ref and number of variants of every row shown, in order."""
        found = np.flatnonzero(self.matching(query)).tolist()
        stands: dict[int, int] = {row: 1 for row in found}
        if query.variants == "collapsed":
            by_root: dict[int, list[int]] = {}
            for row in found:
                by_root.setdefault(self.roots[row], []).append(row)
            called = self.named(query) if query.order.startswith("relevance") else set()
            stands = {}
            for root, members in by_root.items():
                named = [row for row in members if row in called] or members
                stands[root if root in named else named[0]] = len(members)
        rows = sorted(stands)
        name, _, ascending = query.order.partition("-")
        if name == "relevance":
            grades = self.grades(query)
            if query.variants == "collapsed":
                grades = {row: min(grades[one] for one in by_root[self.roots[row]]) for row in rows}
            rows.sort(key=lambda row: -grades[row] if ascending else grades[row])
        else:
            for field in reversed(SORTS[name]):
                values = self.rows[field]
                rows.sort(
                    key=lambda row, v=values: (
                        (v[row] is not None and v[row] == v[row], v[row])
                        if v[row] is not None and v[row] == v[row]
                        else (False,)
                    ),
                    reverse=not ascending and name != "name",
                )
                rows.sort(key=lambda row, v=values: v[row] is None or v[row] != v[row])
        return [(self.rows.ref[row], stands[row]) for row in rows]

    def grades(self, query: Query) -> dict[int, int]:
        """How well each row answers the words, 0 the best."""
        words = [c.values for c in query.conditions if c.key == WORD and not c.negated]
        if not words:
            return dict.fromkeys(range(len(self.called)), 0)
        n = len(words)
        parts = [words[low:high] for low in range(n) for high in range(low + 1, n + 1)]
        parts = sorted((part for part in parts if len(part) < n), key=len, reverse=True)
        whole, part, begun = self.whole(words), texts_of(parts), texts_of([words])
        figures = any(c.isdigit() for word in words for c in word[0])
        alone = [value for value in words[0] if n == 1 and not value.isalpha()]
        own = {row for value in alone for row in self.rows_called(value)}
        found = np.flatnonzero(self.matching(query)).tolist()
        begins = {
            row
            for row, (_, starts, _) in enumerate(self.called)
            if any(name.startswith(text) for name in starts for text in begun)
        }
        made = [row for row in found if row in begins and self.made[row]]
        several = len({self.rows.family[row] for row in made} - {None}) > 1
        first, first_of_all = self.led(made), self.led([row for row in found if self.made[row]])
        result = {}
        for row, (names, _, copied) in enumerate(self.called):
            shelf = not figures and not several and self.rows.author[row] is None
            if row in own:
                result[row] = 0
            elif names & whole and (self.made[row] or shelf):
                result[row] = 1
            elif row in made and not figures:
                result[row] = 2 if row in first else 3
            elif names & whole:
                result[row] = 4 + copied
            elif names & part:
                result[row] = 6 + copied
            elif row in made:
                result[row] = 8 if row in first else 9
            elif row in begins:
                result[row] = 10
            else:
                result[row] = (11 if row in first_of_all else 12) if self.made[row] else 13
        return result

    def led(self, rows: list[int]) -> set[int]:
        likes = {row: self.rows.likes[row] or 0 for row in rows}
        return {row for row in rows if likes[row] * 1.5 > max(likes.values())}

    def whole(self, words: list[tuple[str, ...]]) -> set[str]:
        turns = [words[at:] + words[:at] for at in range(len(words))]
        versions = [tuple(f"v{v}" if v[:1].isdigit() else v for v in word) for word in words]
        return texts_of([*turns, versions])

    def named(self, query: Query) -> set[int]:
        """Rows that are no copies and whose id or name the words are."""
        words = [c.values for c in query.conditions if c.key == WORD and not c.negated]
        whole = self.whole(words)
        return {row for row, (names, _, copied) in enumerate(self.called)
                if names & whole and not copied}  # fmt: skip

    def rows_called(self, value: str) -> list[int]:
        sources = ("huggingface", "civitai", "ollama")
        named = value.partition(":")[0].lower() in sources and not value.endswith(":")
        refs = [value] if named else [f"{source}:{value}" for source in sources]
        found = []
        for ref in refs:
            for fold in (str, str.casefold):
                hit = [
                    row
                    for row, (own, aliases) in enumerate(
                        zip(self.rows.ref, self.rows.aliases, strict=True)
                    )
                    if fold(ref) in map(fold, [own, *(aliases or ())])
                ]
                if hit:
                    found.append(hit[0])
                    break
        return found


def is_publishers_own(row: dict) -> bool:
    """Whether the publisher of a row's family made it, or any publisher where it has none."""
    if row["kind"] in ("adapter", "component", "merge", "quantized") or row["author"] is None:
        return False
    families = [one for one in all_families() if row["family"] in (None, one.slug)]
    publishers = {one.publisher for one in families}
    accounts = {squeeze(name) for text in publishers for name in text.split(", ")} | {
        squeeze(member.repo_id.split("/")[0])
        for one in all_families()
        if one.publisher in publishers
        for member in one.members
    }
    return squeeze(row["author"]) in accounts


def texts_of(readings: list[list[tuple[str, ...]]]) -> set[str]:
    """The first 24 texts that runs of words make, with each choice of alternatives."""
    texts = ["".join(map(squeeze, choice)) for reading in readings for choice in product(*reading)]
    return set(list(dict.fromkeys(texts))[:24]) - {""}


def names_of(record: dict) -> list[str]:
    names = [record["repo_id"], record["name"]]
    names += [alias.partition(":")[2] for alias in record["aliases"] or ()]
    owned = record["author"] and "/" not in record["repo_id"]
    if owned and record["name"] != record["repo_id"]:
        names.append(f"{record['author']}/{record['name']}")
    return names


def plain(values: Iterable) -> pd.Series:
    """A column of Python values as they are: pandas would make NaN of None and floats of ints."""
    return pd.Series(list(values), dtype=object)


def same(values: list, text: str, license: bool = False) -> np.ndarray:
    if text == "unknown":
        return np.array([value is None for value in values], bool)
    if license:
        wanted = {text.lower(), (spdx_of(text) or text).lower()}
        return np.array([value is not None and value.lower() in wanted for value in values], bool)
    hit = np.array([value == text for value in values], bool)
    if hit.any():
        return hit
    return np.array([value is not None and value.lower() == text.lower() for value in values], bool)


def any_same(values: list, text: str) -> np.ndarray:
    if text == "unknown":
        return np.array([not value for value in values], bool)
    hit = np.array([text in (value or ()) for value in values], bool)
    if hit.any():
        return hit
    return np.array([text.lower() in [x.lower() for x in value or ()] for value in values], bool)


def squeeze(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def text_fields(row: dict) -> list[tuple[str, set[int]]]:
    """Each searched text, squeezed, with the places at which a token begins."""
    fields = [row["repo_id"]]
    if row["name"] != row["repo_id"].rpartition("/")[2]:
        owner = row["author"] if "/" not in row["repo_id"] else None
        fields.append(f"{owner or ''}/{row['name']}")
    fields += [alias.partition(":")[2] for alias in row["aliases"] or ()]
    return [tokens(field) for field in fields]


def tokens(text: str) -> tuple[str, set[int]]:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).lower()
    squeezed, starts = "", set()
    for at, char in enumerate(text):
        if not char.isalnum():
            continue
        before = text[at - 1] if at else " "
        after = text[at + 1] if at + 1 < len(text) else " "
        if (
            not char.isascii()
            or not before.isalnum()
            or not before.isascii()
            or char.isdigit() != before.isdigit()
            or (char.isupper() and before.islower())
            or (char.isupper() and before.isupper() and after.islower() and after.isascii())
        ):
            starts.add(len(squeezed))
        squeezed += char.lower()
    return squeezed, starts


def bar(key: str, value: int) -> tuple[int, int]:
    if key == "updated":
        year = datetime.fromtimestamp(value, UTC).year
        return year, year
    if value <= 0:
        return 0, 0
    if key == "context":
        low = 1 << (int(value).bit_length() - 1)
        return low, 2 * low - 1
    k = 0
    while quarter(k + 1) <= value:
        k += 1
    return quarter(k), quarter(k + 1) - 1


@cache
def quarter(k: int) -> int:
    """ceil(10**(k/4)) by search, in whole numbers."""
    low = max(1, int(10 ** (k / 4)) - 2)
    while low**4 < 10**k:
        low += 1
    return low


def popularity(rows: pd.DataFrame) -> list[float | None]:
    frame = pd.DataFrame(
        {
            "source": rows.source,
            "window": [value is not None for value in rows.downloads_30d],
            "half": [
                "none" if day is None else f"{day.year}-{(day.month - 1) // 6}"
                for day in rows.downloads_as_of
            ],
            "downloads": pd.to_numeric(rows.downloads),
        }
    )
    grouped = frame.groupby(["source", "window", "half"]).downloads
    rank = (grouped.rank(method="average") - 0.5) / grouped.transform("count")
    return [None if value != value else value for value in rank]


def groups(rows: pd.DataFrame, files: pa.Table) -> pd.DataFrame:
    row_of = {ref: row for row, ref in enumerate(rows.ref)}
    sets: dict[tuple, list[dict]] = {}
    for file in files.to_pylist():
        if file["role"] == "weights" and file["group"] is not None and file["ref"] in row_of:
            key = (row_of[file["ref"]], file["version_id"], file["group"])
            sets.setdefault(key, []).append(file)
    found = []
    for (row, _, _), members in sets.items():
        sizes = [member["size_bytes"] for member in members]
        found.append(
            {
                "row": row,
                "format": first(members, "format"),
                "quant_type": first(members, "quant_type"),
                "bits_per_weight": first(members, "bits_per_weight"),
                "size_bytes": None if None in sizes else sum(sizes),
            }
        )
    have = {row for row, _, _ in sets}
    for row, record in enumerate(rows.to_dict("records")):
        if row not in have:
            found += [
                {
                    "row": row,
                    "format": name,
                    "quant_type": quant,
                    "bits_per_weight": record["bits_per_weight"],
                    "size_bytes": record["size_bytes"],
                }
                for name in record["formats"] or [None]
                for quant in record["quantizations"] or [None]
            ]
    frame = pd.DataFrame({name: plain(group[name] for group in found) for name in found[0]})
    return frame.assign(row=frame.row.astype(int))


def first(members: list[dict], name: str):
    return next((member[name] for member in members if member[name] is not None), None)


def roots(rows: pd.DataFrame) -> list[int]:
    row_of: dict[str, int] = {}
    for row, aliases in enumerate(rows.aliases):
        for alias in aliases or ():
            row_of[alias] = row
    row_of |= {ref: row for row, ref in enumerate(rows.ref)}
    parent: list[int] = []
    absent: dict[str, int] = {}
    for row, record in enumerate(rows.to_dict("records")):
        bases = list(record["base_models"] or ())
        if not bases or (record["base_model_relation"] == "merge" and len(bases) > 1):
            parent.append(row)
            continue
        held = [row_of[base] for base in bases if row_of.get(base, row) != row]
        if held:
            parent.append(held[0])
        elif bases[0] in row_of:
            parent.append(row)
        else:
            parent.append(absent.setdefault(bases[0], row))
    result = []
    for row in range(len(rows)):
        path = [row]
        while parent[path[-1]] not in path:
            path.append(parent[path[-1]])
        circle = path[path.index(parent[path[-1]]) :]
        result.append(min(circle))
    return result
