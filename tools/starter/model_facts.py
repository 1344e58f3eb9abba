"""Wide table of language and embedding models (llmfit, mteb, timm, jan and others)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from .facts import Facts, created, csv_rows, day, list_item, whole_number
from .licenses import card_license

NAME = "model_facts"
_DATES = {  # the day of what each part says, see facts.day
    "hub-stats(evaleval)@2026-05": date(2026, 5, 20),
    "llmfit@2026-10": date(2026, 10, 1),
    "timm@2026-08": date(2026, 8, 1),
    "jan-v1@2026-03": date(2026, 3, 15),
    "jan-v2@2026-05": date(2026, 5, 20),
    "mteb@2.26.24": date(2026, 10, 26),  # the day of the package
    "xinference@2026-08": date(2026, 8, 1),
    "namhyeokwoo@2026-08-22": date(2026, 8, 22),
    "genmodelfit@2026-10-21": date(2026, 10, 21),
}
_LLMFIT = "llmfit@2026-10"
_DEFAULT_CONTEXT = 4096  # what llmfit writes when it does not know
MAX_CONTEXT = 12_000_000
# Longest context that an architecture was published with (config.json of its originals).
_LONGEST = (
    ("llama4", 10_485_760),
    ("llama", 131_072),
    ("mllama", 131_072),
    ("gemma3", 131_072),
    ("gemma2", 8_192),
    ("qwen2", 131_072),
    ("qwen3_", 1_010_000),
    ("qwen3", 262_144),
    ("mistral3", 393_216),
    ("mistral", 262_144),
    ("phi3", 131_072),
)
_LLAMA_32 = re.compile(r"llama.?3\.2|3\.2-[13]b", re.IGNORECASE)
_NAMED_CONTEXT = re.compile(r"(?<![a-z0-9])\d+(k|m)(?![a-z0-9])", re.IGNORECASE)
_POSITIONS = {514: 512, 1026: 1024, 4098: 4096, 8194: 8192}  # RoBERTa numbers from 2
_ROUNDED_FROM, _ROUNDED_TO = 1_000_000, 100_000  # typed by hand: 12,000,000
_ESTIMATE_STEP = 2**17
_COUNTED = "llmfit.parameters_raw"
_NAMED_STEP = 100_000_000
_NOMINAL = "xinference.nominal_B"  # the size in the name


def read(folder: Path) -> Iterator[Facts]:
    """Every row but the template, without what is a default, a guess or typed by hand."""
    for row in csv_rows(folder / "model_facts.csv.gz"):
        if "{" not in row["id"]:
            yield _facts(row)


def _facts(row: dict[str, str]) -> Facts:
    sources = json.loads(row["sources"])
    downloads, likes = whole_number(row["downloads"]), whole_number(row["likes"])
    if sources[0] == _LLMFIT:  # its zeros are blanks: deepseek-llm-67b-base has "no likes"
        downloads, likes = downloads or None, likes or None
    by_hand = bool(downloads and downloads >= _ROUNDED_FROM and downloads % _ROUNDED_TO == 0)
    counted = None if by_hand else day(row["downloads_date"])
    split = json.loads(row["safetensors_parameters"] or "{}")
    context = _context_length(row, sources)
    too_long = context is not None and context > _longest(row)
    return Facts(
        repo_id=row["id"],
        source=NAME,
        as_of=max(_DATES[source] for source in sources),
        downloads_as_of=counted,
        likes_as_of=_DATES[sources[0]],  # the first source wins in every column but downloads
        parameter_count=_parameter_count(row, split),
        active_parameter_count=_active(row),
        context_length=None if too_long else context,
        context_suspect=too_long,
        task_guess=row["task_hint"] or None,
        # 721 of the 726 of these that the radar lists as well have safetensors files
        in_safetensors=row["params_source"] == _COUNTED
        and not _is_estimate(row, whole_number(row["params_total"])),
        quantizations=tuple(json.loads(row["quants"] or "[]")),
        row=list_item(
            createdAt="" if by_hand else _created(row["createdAt"], sources),
            lastModified=row["lastModified"],
            downloads=downloads if counted else None,
            likes=None if by_hand else likes,
            pipeline_tag=row["pipeline_tag"],
            library_name=row["library"],
            safetensors={"parameters": split, "total": sum(split.values())} if split else None,
            config=list_item(model_type=row["architecture"]),
            gated={"True": True, "False": False}.get(row["gated"]),
            cardData=_card(row),
        ),
    )


def _parameter_count(row: dict[str, str], split: dict[str, int]) -> int | None:
    if split or row["params_suspect"] or row["params_source"] in ("", _NOMINAL):
        return None
    count = whole_number(row["params_total"]) or None
    return None if _is_estimate(row, count) else count


def _is_estimate(row: dict[str, str], count: int | None) -> bool:
    """Whether llmfit worked a count out instead of reading it.

    Without a header it adds up the large matrices, two of three in a feed-forward layer: 5.1B for
    a LLaMA of 6.7B. Such a sum is a multiple of a high power of two; the norms of real weights
    are not (all 17 of those that the radar counts are wrong, 20 of 459 below that power).
    """
    return row["params_source"] == _COUNTED and count is not None and count % _ESTIMATE_STEP == 0


def _active(row: dict[str, str]) -> int | None:
    """Active parameters where an author named them; the others are a formula's, often far off.

    The formula gives 54.5B for DeepSeek-V3-0324, whose authors say 37B.
    """
    total, active = whole_number(row["params_total"]), whole_number(row["params_active"])
    named = active and total and active % _NAMED_STEP == 0 and active < total * 0.6
    return active if named else None


def _context_length(row: dict[str, str], sources: list[str]) -> int | None:
    length = whole_number(row["context_length"]) or None
    if length == _DEFAULT_CONTEXT and _LLMFIT in sources:
        return None
    return _POSITIONS.get(length or 0, length)


def _longest(row: dict[str, str]) -> int:
    """The longest context that can be true; a name that states one (`1M`, `200K`) is believed.

    llmfit multiplies the positions by the scaling factor that is already in them: 1,048,576 for
    Llama 3.1 and Gemma 3 (131,072 each), 4,194,304 for Llama 3.2.
    """
    if _NAMED_CONTEXT.search(row["id"]):
        return MAX_CONTEXT
    if row["architecture"] == "llama" and _LLAMA_32.search(row["id"]):
        return 131_072 if row["context_length"] != "262144" else 0
    return next(
        (length for start, length in _LONGEST if row["architecture"].startswith(start)),
        MAX_CONTEXT,
    )


def _created(text: str, sources: list[str]) -> str:
    """llmfit's days are the Hub's (555 of 557 agree with exact times); mteb's are releases."""
    day_only = text.endswith("T00:00:00.000Z")
    return "" if day_only and sources != [_LLMFIT] else created(text)


def _card(row: dict[str, str]) -> dict[str, Any]:
    return {
        **card_license(row["license"], row["license_name"]),
        **list_item(
            language=json.loads(row["languages"] or "[]"),
            base_model=json.loads(row["base_model"] or "[]"),
            base_model_relation=row["base_relation"],
        ),
    }
