"""Merged facts as records: the product's own normalisation, then what only the tables know."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from catalog.normalize import hub_row, parameters
from catalog.normalize.active import stated_active
from catalog.normalize.license import verdict_of
from catalog.normalize.quantization import gguf_label, nominal_bits, scheme
from catalog.normalize.task import modality_of, stated_task
from catalog.records import ModelFile, ModelRecord
from catalog.refresh.settling import settled
from catalog.store.columns import Shelf, table_of
from catalog.store.disk import Disk
from catalog.store.schema import MODELS, models_table, records_of
from catalog.vocabulary import FLAGS, FORMATS

from .merge import Merged
from .model_facts import MAX_CONTEXT

Files = list[tuple[str, ModelFile]]

# A count this far from the name is of something else: of an index file, or of a part of the model.
_FURTHEST = 3.0
_LONGEST_TUNING = 4  # times the context of the base
_EXTENDED = re.compile(r"\d+[km](?![a-z0-9])|long|yarn|extend|ctx|context", re.IGNORECASE)
_PLAIN = frozenset({"BF16", "F16", "F32", "F64"})
_PACKED_RATIO = 1.6  # a sum this much below the name's figure counts containers, not weights
MAX_PARAMETERS = 5 * 10**12  # above all that is published; `base-30T` counts training tokens
_COPY_NAME = re.compile(
    r"^(?P<base>.+?)[-_.](?:(?:i1-)?gguf|awq(?:-int4|-4bit)?|gptq(?:-int[48]|-[48]bit)?|fp8|nvfp4|"
    r"(?:mlx-)?[2-8]bit|mlx(?:-(?:[2-8]bit|bf16|fp16|mxfp[48]|nvfp4))?|(?:unsloth-)?bnb-4bit|"
    r"(?:quantized\.)?w\d+a\d+|fp8-(?:dynamic|block)|int4(?:-autoround)?|w4a16-autoround)$",
    re.IGNORECASE,
)
_MIRROR_RATIO = 10
_MIRRORS = frozenset({"unsloth", "NousResearch", "RedHatAI"})  # who put up others' models again
_LEAST_KNOWN = 50  # likes of an original; what is called `Llama-3-8B` may be anybody's
_SAME_SIZE = 0.05
_MLX_ID = re.compile(r"(?:^|[-_./])mlx(?:[-_./]|$)", re.IGNORECASE)
# Quantizations that have no label of ours; what was counted there are containers.
_PACKED_NAME = re.compile(
    r"gguf|(?<![a-z0-9])(?:o?q[2-8]|tq\d|int[2-8]|w[2-8]|[2-9](?:\.\d+)?-?bits?|jang\w*|\d\.\d+bpw|"
    r"nvfp4\w*|mxfp[48]\w*|fp[48])(?![a-z])",
    re.IGNORECASE,
)
_NOT_STATED = verdict_of(None)[1][0]
_NOT_SEEN = "The tables behind the bundled catalog do not tell its license."


def shaped(merged: Iterable[Merged]) -> tuple[list[ModelRecord], Files]:
    """Records and files, each sorted by ref, settled with their bases as after every sync."""
    records: list[ModelRecord] = []
    files: Files = []
    unseen: set[str] = set()
    for one in merged:
        record, own = record_of(one)
        records.append(record)
        files += [(record.ref, file) for file in own]
        if not one.whole and record.license_raw is None:
            unseen.add(record.ref)
    records.sort(key=lambda record: record.ref)
    files.sort(key=lambda pair: (pair[0], pair[1].path))
    records = one_spelling(records)
    kept = {record.ref for record in records}
    done = _settled(with_bases_by_name(records))
    finished = [_finished(record, record.ref in unseen) for record in done]
    return with_base_contexts(finished), [pair for pair in files if pair[0] in kept]


def with_hub_bases(records: Sequence[ModelRecord]) -> list[ModelRecord]:
    """The rows of all sources, those of Ollama settled with their bases on the Hub."""
    done = _settled(records)
    return [
        after if after.source == "ollama" else before
        for before, after in zip(records, done, strict=True)
    ]


def _settled(records: Sequence[ModelRecord]) -> list[ModelRecord]:
    with TemporaryDirectory() as folder:
        views = settled(models_table(records), Shelf(Path(folder), Disk()))
        return list(records_of(table_of(views, MODELS)))


def one_spelling(records: Sequence[ModelRecord]) -> list[ModelRecord]:
    """The Hub ignores the case of an id; of two spellings the one of the younger facts stays."""
    best: dict[str, ModelRecord] = {}
    for record in records:
        other = best.setdefault(record.ref.casefold(), record)
        if _standing(record) > _standing(other):
            best[record.ref.casefold()] = record
    return [record for record in records if best[record.ref.casefold()] is record]


def _standing(record: ModelRecord) -> tuple[datetime, int]:
    return record.fetched_at or datetime.min.replace(tzinfo=UTC), record.downloads_30d or 0


def with_base_contexts(records: Sequence[ModelRecord]) -> list[ModelRecord]:
    """A converted copy has no longer context than its base, a fine-tune not many times as long.

    Unless its name says that it was extended. Qwen3-8B was: 40,960 on a base of 32,768.
    """
    context = {record.ref: record.context_length for record in records}
    return [_with_base_context(record, context) for record in records]


def _with_base_context(record: ModelRecord, context: Mapping[str, int | None]) -> ModelRecord:
    known = [length for base in record.base_models if (length := context.get(base))]
    own = record.context_length
    most = 1 if record.base_model_relation == "quantized" else _LONGEST_TUNING
    if own is None or not known or own <= most * max(known) or _EXTENDED.search(record.name):
        return record
    flags = {*record.flags, "context_suspect"}
    return replace(
        record, context_length=None, flags=tuple(flag for flag in FLAGS if flag in flags)
    )


def _finished(record: ModelRecord, unseen: bool) -> ModelRecord:
    """The settled record; where nobody saw the card, its silence about a license is ours."""
    reasons, flags = record.license_reasons, record.flags
    if unseen:
        reasons = tuple(_NOT_SEEN if one == _NOT_STATED else one for one in reasons)
        flags = tuple(flag for flag in flags if flag != "license_missing")
    nominal = parameters.nominal_parameters(record.name).total
    count = record.parameter_count
    exempt = record.kind == "adapter" and "gguf" not in record.formats
    if count is not None and not exempt and parameters.disagrees(count, nominal):
        flags = (*flags, "params_disagree")  # a count taken over from the base, too
    active = record.active_parameter_count
    if record.base_model_relation == "quantized" and len(record.base_models) == 1:
        # a base by name was not known when the row was read
        active = active or stated_active(record.base_models[0].partition(":")[2], count)
    return replace(
        record,
        active_parameter_count=active,
        license_reasons=reasons,
        flags=tuple(flag for flag in FLAGS if flag in flags),
        modality=modality_of(record.pipeline_tag),
    )


def record_of(one: Merged) -> tuple[ModelRecord, tuple[ModelFile, ...]]:
    """The record and the files of one repository, by itself."""
    fetched_at = datetime.combine(one.as_of, time.min, UTC)
    record, files = hub_row.to_record(_wire(one), fetched_at=fetched_at, origin="starter")
    record = replace(record, fetched_at=_seen_at(record, one.as_of))
    record = _with_listed_quantizations(record, one)
    record = _with_parameters(record, one)
    task = record.pipeline_tag or stated_task(one.task_guess)
    context = record.context_length or one.context_length
    suspect = one.context_suspect if context is None else context > MAX_CONTEXT
    mlx = any(label.startswith("MLX-") for label in record.quantizations)
    return (
        replace(
            record,
            kind=record.kind or ("quantized" if mlx else None),
            pipeline_tag=task,
            pipeline_tag_origin=record.pipeline_tag_origin or ("architecture" if task else None),
            context_length=None if suspect else context,
            downloads_as_of=one.downloads_as_of if record.downloads_as_of else None,
            flags=(
                *record.flags,
                *(("context_suspect",) if suspect else ()),
                *(("size_estimated",) if one.files and record.size_bytes else ()),
            ),
            # sizes of listed files are rounded, so a quotient of them would feign precision
            bits_per_weight=_nominal(record) if one.files else record.bits_per_weight,
        ),
        files,
    )


def _seen_at(record: ModelRecord, as_of: date) -> datetime:
    """The day of the youngest fact: a table may be older than a date that it holds."""
    moments = (record.created_at, record.last_modified)
    days = [moment.date() for moment in moments if moment is not None]
    return datetime.combine(max([as_of, *days]), time.min, UTC)


def _wire(one: Merged) -> dict[str, Any]:
    """The list item with the tables' counts and files where the Hub has its own."""
    row = dict(one.row)
    row.pop("trendingScore", None)  # a mood of one day
    if one.files:
        row["siblings"] = [{"rfilename": f.path, "size": f.size_bytes} for f in one.files]
    if "tags" not in row:
        row["tags"] = list(_formats_told(one))
    total = one.total_parameters
    if total is None:
        return row
    tags = row.get("tags") or ()
    if "gguf" in tags and "safetensors" not in tags:
        row["gguf"] = {**(row.get("gguf") or {}), "total": total}
    elif (kept := _total_beside(row.get("safetensors"), total, _expected(one))) is not None:
        row["safetensors"] = kept
    return row


def _expected(one: Merged) -> int | None:
    """What the name says of its size, else what somebody else counted."""
    name = one.repo_id.rpartition("/")[2]
    return parameters.nominal_parameters(name).total or one.parameter_count


def _formats_told(one: Merged) -> Iterator[str]:
    """Format tags of a row whose own tags no table has."""
    if _MLX_ID.search(one.repo_id):
        yield "mlx"
    if "gguf" in one.repo_id.lower():
        yield "gguf"
    elif one.in_safetensors or _named_scheme(one.repo_id):
        yield "safetensors"


def _named_scheme(repo_id: str) -> bool:
    """Whether the name tells a scheme (AWQ, GPTQ, FP8...) that is stored in safetensors only."""
    name = repo_id.rpartition("/")[2]
    return scheme(config={}, tags=(), name=name, library=None, dtypes={}) is not None


def _total_beside(split: Mapping[str, Any] | None, total: int, expected: int | None) -> Any:
    """The younger total with the older dtypes where both are of the same weights."""
    dtypes = (split or {}).get("parameters") or {}
    if dtypes and parameters.apart(sum(dtypes.values()), total) <= 0.05:
        return {"parameters": dtypes, "total": total}
    if expected is not None and total * _PACKED_RATIO < expected:
        return split
    return {"total": total}


def _with_listed_quantizations(record: ModelRecord, one: Merged) -> ModelRecord:
    """Labels that a table lists for a GGUF repository whose files are not known."""
    labels = {label for text in one.quantizations if (label := gguf_label(text))}
    if not labels or one.files or "gguf" not in record.name.lower():
        return record
    labels.update(record.quantizations)
    ordered = tuple(sorted(labels, key=lambda label: (nominal_bits(label) or 99.0, label)))
    formats = record.formats if "gguf" in record.formats else ("gguf", *record.formats)
    return replace(
        record,
        quantizations=ordered,
        formats=tuple(sorted(formats, key=FORMATS.index)),
        bits_per_weight=nominal_bits(ordered[0]),
        kind=record.kind or ("quantized" if set(ordered) - _PLAIN else None),
    )


def _with_parameters(record: ModelRecord, one: Merged) -> ModelRecord:
    """A count that somebody else made, for plain weights which the Hub did not count."""
    counted = one.parameter_count if (one.parameter_count or 0) <= MAX_PARAMETERS else None
    measured = record.parameter_count if record.parameter_count_origin != "name" else None
    active = record.active_parameter_count or one.active_parameter_count
    if counted is not None and measured is None and _is_plain(record):
        nominal = parameters.nominal_parameters(record.name).total or one.total_parameters
        disagrees = parameters.disagrees(counted, nominal)
        flags = {*record.flags, *(("params_disagree",) if disagrees else ())}
        absurd = nominal is not None and not 1 / _FURTHEST < counted / nominal < _FURTHEST
        record = replace(
            record,
            parameter_count=None if absurd else counted,
            parameter_count_origin=None if absurd else "stated",
            flags=tuple(flags),
        )
    if active is not None and not (record.parameter_count and active < record.parameter_count):
        active = None
    return replace(record, active_parameter_count=active)


def _is_plain(record: ModelRecord) -> bool:
    """Whether its weights are stored one by one, so that their number is a count."""
    if record.kind in ("adapter", "quantized") or "gguf" in record.formats:
        return False
    return not set(record.quantizations) - _PLAIN and not _PACKED_NAME.search(record.name)


def _nominal(record: ModelRecord) -> float | None:
    return nominal_bits(record.quantizations[0]) if record.quantizations else None


def with_bases_by_name(records: Sequence[ModelRecord]) -> list[ModelRecord]:
    """Quantized copies that name no base get the one row that is called as they are."""
    by_name: defaultdict[str, list[ModelRecord]] = defaultdict(list)
    for record in records:
        by_name[record.name.lower()].append(record)
    return [_with_base_by_name(record, by_name) for record in records]


def _with_base_by_name(
    record: ModelRecord, by_name: Mapping[str, list[ModelRecord]]
) -> ModelRecord:
    match = _COPY_NAME.fullmatch(record.name)
    if record.base_models or record.kind not in (None, "quantized"):
        return record
    if match is None:
        return _with_mirrored(record, by_name)
    name = match["base"].lower()
    owner, _, rest = name.partition("_")  # bartowski/Qwen_Qwen3-8B-GGUF
    found = (
        _original(by_name.get(name, []))
        or _original([r for r in by_name.get(rest, []) if (r.author or "").lower() == owner])
        or _original(by_name.get(name.removeprefix("meta-"), []))
    )
    if found is None:
        return record
    return replace(
        record, base_models=(found.ref,), base_model_relation="quantized", kind="quantized"
    )


def _with_mirrored(record: ModelRecord, by_name: Mapping[str, list[ModelRecord]]) -> ModelRecord:
    """A mirror under the well known model of the same name and size that it puts up again."""
    if record.author not in _MIRRORS:
        return record
    name = record.name.lower()
    for called in (name, name.removeprefix("meta-")):
        others = [one for one in by_name.get(called, []) if one.author not in _MIRRORS]
        found = _original(others)
        likes = (found.likes or 0) if found is not None else 0
        if found is None or likes < max(_LEAST_KNOWN, _MIRROR_RATIO * (record.likes or 0)):
            continue
        counts = (record.parameter_count, found.parameter_count)
        if None in counts or parameters.apart(counts[0] or 0, counts[1] or 0) <= _SAME_SIZE:
            return replace(record, base_models=(found.ref,))
    return record


def _original(namesakes: Sequence[ModelRecord]) -> ModelRecord | None:
    """The only one of the name, or the one next to whose likes its mirrors do not count."""
    if len(namesakes) < 2:
        return namesakes[0] if namesakes else None
    first, second = sorted(namesakes, key=lambda one: -(one.likes or 0))[:2]
    needed = _MIRROR_RATIO * max(second.likes or 0, 1)
    return first if (first.likes or 0) >= needed else None
