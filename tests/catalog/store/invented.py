"""Invented rows that leave no corner out, and random queries about rows of any kind."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa

from catalog import vocabulary
from catalog.query import Condition, Query
from catalog.records import ModelFile, ModelRecord
from catalog.store import schema

_WORDS = (
    "Qwen2.5",
    "llama",
    "TinyLlama",
    "7B",
    "GGUF",
    "Chat",
    "coder",
    "v1",
    "模型",
    "é_x",
    "LoRA",
)
_LICENSES = ("Apache-2.0", "MIT", "LicenseRef-llama3", "LicenseRef-openrail-plus-plus")
_QUANTS = ("Q4_K_M", "Q8_0", "AWQ-4", "BF16")
_LANGUAGES = ("en", "zh", "fr", "de")
_TAGS = ("unsloth", "Text", "text", "arxiv:1", "a b", "標籤")


def invented_tables(count: int, seed: int) -> tuple[pa.Table, pa.Table]:
    """Tables of schema MODELS and FILES."""
    dice = random.Random(seed)
    refs: list[str] = []
    models, files = [], []
    for number in range(count):
        model = _model(dice, number, refs)
        refs.append(model.ref)
        models.append(model)
        if dice.random() < 0.4:
            files += [(model.ref, file) for file in _files(dice)]
    dice.shuffle(models)
    return schema.models_table(models), schema.files_table(files)


def _maybe(dice: random.Random, value: object, share: float = 0.7) -> object | None:
    return value if dice.random() < share else None


def _some(dice: random.Random, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dice.sample(values, min(len(values), dice.choice([0, 0, 1, 1, 2, 3]))))


def _model(dice: random.Random, number: int, refs: list[str]) -> ModelRecord:
    source = dice.choice(("huggingface", "huggingface", "civitai", "ollama"))
    words = "-".join(dice.sample(_WORDS, dice.randint(1, 3)))
    owner = dice.choice(("Qwen", "qwen", "org", "名"))
    repo_id = {
        "huggingface": f"{owner}/{words}{dice.choice(['', '_'])}{number}",
        "civitai": str(1000 + number),
        "ollama": f"{words.lower()}:{number}b",
    }[source]
    alias = f"ollama:{words.lower()}:alias{number}"
    name = words if source == "civitai" else repo_id.rpartition("/")[2]
    known_downloads = dice.choice([0, 1, 17, 17, 400, dice.randint(0, 10**6)])
    updated = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randint(0, 9 * 10**7))
    bases = dice.sample([*refs[-40:], "huggingface:absent/Base", f"huggingface:org/x{number}"], 1)
    if refs and dice.random() < 0.2:
        bases.append(dice.choice(refs))
    later = (
        f"civitai:{1000 + number + dice.randint(0, 3)}"  # circles, and rows that state themselves
    )
    bases = dice.choice([[], [], bases, bases, [later]])
    return ModelRecord(
        ref=f"{source}:{repo_id}",
        source=source,
        repo_id=repo_id,
        name=name,
        author=_maybe(dice, owner),
        url=dice.choice([None, f"https://huggingface.co/{repo_id}", f"https://x.example/{number}"]),
        revision=_maybe(dice, f"{number:040x}"),
        aliases=(alias,) if source == "ollama" else (),
        kind=_maybe(dice, dice.choice(vocabulary.KINDS)),
        pipeline_tag=_maybe(dice, dice.choice(("text-generation", "fill-mask", "text-to-image"))),
        modality=_maybe(dice, dice.choice(("nlp", "cv"))),
        library_name=_maybe(dice, dice.choice(("transformers", "diffusers", "Transformers"))),
        formats=_some(dice, ("safetensors", "gguf", "onnx")),
        license=_maybe(dice, dice.choice(_LICENSES)),
        commercial_use=dice.choice(vocabulary.COMMERCIAL_USE),
        license_reasons=_some(dice, ("It says so.", "Its base is silent.")),
        gated=dice.choice(vocabulary.GATED),
        parameter_count=_maybe(
            dice, dice.choice([0, 3, 7_000_000_000, 3_162_277_660, 3_162_277_661])
        ),
        active_parameter_count=_maybe(dice, dice.randint(1, 10**10), 0.2),
        context_length=_maybe(dice, dice.choice([512, 4096, 32768, 131072, 131073])),
        quantizations=_some(dice, _QUANTS),
        bits_per_weight=_maybe(dice, dice.choice([4.0, 4.5, 8.0, 16.0])),
        size_bytes=_maybe(dice, dice.randint(0, 2 * 10**10)),
        base_models=tuple(bases),
        base_label=_maybe(dice, dice.choice(("SD 1.5", "SDXL 1.0")), 0.2),
        base_model_relation=_maybe(dice, dice.choice(vocabulary.RELATIONS)),
        family=_maybe(dice, dice.choice(("qwen2", "t5", "llama"))),
        languages=_some(dice, _LANGUAGES),
        tags=_some(dice, _TAGS),
        downloads_30d=known_downloads if source == "huggingface" and number % 5 else None,
        downloads_total=_maybe(dice, known_downloads),
        downloads_as_of=_maybe(dice, date(2026, dice.choice((3, 5, 9)), 1), 0.9),
        likes=_maybe(dice, dice.randint(0, 50)),
        trending=_maybe(dice, dice.random()),
        created_at=_maybe(dice, updated - timedelta(days=dice.randint(0, 700))),
        last_modified=_maybe(dice, updated, 0.9),
        fetched_at=datetime(2026, 11, 1, tzinfo=UTC),
        origin=dice.choice(vocabulary.ORIGINS),
        nsfw=dice.choice([None, True, False]),
        flags=_some(dice, vocabulary.FLAGS[:4]),
    )


def _files(dice: random.Random) -> list[ModelFile]:
    files = [ModelFile(path="config.json", role="config", size_bytes=1)]
    for part in range(dice.randint(1, 6)):
        quant = dice.choice((*_QUANTS, None))
        files.append(
            ModelFile(
                path=f"part-{part}.bin",
                version_id=dice.choice([None, None, "v2"]),
                size_bytes=_maybe(dice, dice.randint(0, 10**10), 0.85),
                format=dice.choice(("safetensors", "gguf", None)),
                quant_type=quant,
                bits_per_weight=_maybe(dice, dice.choice([4.25, 4.5, 8.5])),
                group=_maybe(dice, quant or "all", 0.9),
                role=dice.choice(("weights", "weights", "weights", "projector")),
            )
        )
    return files


_FIELDS = {
    "source": "source",
    "task": "pipeline_tag",
    "modality": "modality",
    "library": "library_name",
    "license": "license",
    "commercial": "commercial_use",
    "gated": "gated",
    "kind": "kind",
    "family": "family",
    "author": "author",
    "lang": "languages",
    "flag": "flags",
    "tag": "tags",
    "base": "base_models",
    "format": "formats",
    "quant": "quantizations",
}
_RANGES = {
    "params": "parameter_count",
    "active": "active_parameter_count",
    "size": "size_bytes",
    "context": "context_length",
    "bits": "bits_per_weight",
    "downloads": "downloads_30d",
    "downloads_total": "downloads_total",
    "likes": "likes",
    "updated": "last_modified",
    "created": "created_at",
}
_GROUPS = ("format", "quant", "size", "bits")


def random_query(dice: random.Random, rows: list[dict], files: list[dict]) -> Query:
    """A query whose values mostly occur, so that it mostly finds something."""
    count = dice.choice([0, 1, 1, 2, 2, 3, 4])
    keys = dice.choices([*_FIELDS, *_RANGES, *_GROUPS, "", ""], k=count)
    conditions = [
        Condition(
            key=key,
            values=tuple(_value(dice, key, rows, files) for _ in range(dice.choice([1, 1, 2, 3]))),
            negated=dice.random() < 0.2,
        )
        for key in keys
    ]
    sorts = [f"{name}{end}" for name in vocabulary.SORTS for end in ("", "-asc")]
    return Query(
        conditions=tuple(conditions),
        sort=dice.choice([None, None, *sorts]),
        variants=dice.choice(vocabulary.VARIANTS),
    )


def _value(dice: random.Random, key: str, rows: list[dict], files: list[dict]) -> str:
    row = dice.choice(rows)
    if key == "":
        return _word(dice, row)
    if dice.random() < 0.1 and key != "source":
        return "unknown"
    if key in _RANGES:
        return _range(dice, key, row, files)
    value = row[_FIELDS[key]]
    if key in ("format", "quant") and dice.random() < 0.8 and files:
        value = dice.choice(files)["format" if key == "format" else "quant_type"]
    if isinstance(value, list):
        value = dice.choice(value) if value else None
    if value is None:
        return "unknown" if key != "source" else "huggingface"
    if key == "base" and dice.random() < 0.5:
        value = value.partition(":")[2]
    if dice.random() < 0.1 and key in ("author", "tag", "license", "library"):
        value = value.lower()
    return value


def _word(dice: random.Random, row: dict) -> str:
    text = dice.choice([row["repo_id"], row["name"], row["name"]])
    if dice.random() < 0.1:
        return row["ref"]
    if dice.random() < 0.2:
        return text
    begin = dice.randint(0, len(text) - 1)
    piece = text[begin : begin + dice.randint(1, 6)].strip()
    return piece or "x"


def _range(dice: random.Random, key: str, row: dict, files: list[dict]) -> str:
    value = row[_RANGES[key]]
    if key in ("size", "bits") and files and dice.random() < 0.8:
        value = dice.choice(files)[_RANGES[key]]
    if value is None:
        return "2020.." if key in ("updated", "created") else "0..1000000000"
    if isinstance(value, datetime):
        text = value.date().isoformat()
        return dice.choice([f"{text}..", f"..{text}", text[:4], text[:7], f"{text}..2026-06-01"])
    if key == "bits":
        return dice.choice([f"{value:.2f}", f"{value:.1f}..", f"..{value:.1f}", "4..5"])
    other = int(value * dice.choice([0.5, 2, 3]))
    low, high = sorted((int(value), other))
    return dice.choice([f"{value}", f"{low}..{high}", f"{low}..", f"..{high}"])
