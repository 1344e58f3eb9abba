"""Numbers, sizes, dates and our own vocabulary in the visitor's words; pure.

GB and GiB are decided here and nowhere else: sizes of files and memory are GiB, 2^30 bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime

from ui import safe
from ui.i18n import _, ngettext

GIB = 2**30
DASH = "–"
_SCALES = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))


def not_stated() -> str:
    """What stands where a source did not say."""
    return _("not stated")


def whole(number: int | None) -> str:
    """`18,291`."""
    return not_stated() if number is None else f"{number:,}"


def short(number: float | None) -> str:
    """`12.2B`, `738M`, `4.5k`: three digits, for axes, cards and metrics."""
    if number is None:
        return not_stated()
    for size, unit in _SCALES:
        if number >= size * 0.9995:
            return f"{_three(number / size)}{unit}"
    return f"{number:.0f}"


def share(part: int, of: int) -> str:
    """`54%`; what is some but under one in a hundred is `<1%`, and never is all but some `100%`."""
    if not of:
        return not_stated()
    percent = part / of * 100
    if 0 < percent < 1:
        return "<1%"
    return ">99%" if 99 < percent < 100 else f"{percent:.0f}%"


def bits(number: float | None) -> str:
    """`4.89`: bits per weight."""
    return DASH if number is None else f"{number:.3g}"


def period(first_month: str, months: int) -> str:
    """`2024-03` of a month, `2024 Q1` of a quarter, `2024` of a year."""
    if months == 12:
        return first_month[:4]
    return first_month if months == 1 else f"{first_month[:4]} Q{(int(first_month[5:]) + 2) // 3}"


def tokens(number: int | None) -> str:
    """`131,072`; powers of 1,024 as `128k` are for the query language and the pages of fit."""
    return whole(number)


def context(number: int | None) -> str:
    """`32k` as the query language has it, K being 1,024; rounded down, so never too much."""
    return whole(number) if number is None or number < 1024 else f"{whole(number // 1024)}k"


def users(number: int) -> str:
    """`1 user`, `5 users` at once."""
    return ngettext("{number} user", "{number} users", number).format(number=whole(number))


def dollars(number: int | None) -> str:
    """`$1,599`."""
    return not_stated() if number is None else f"${number:,}"


def band(low: float, high: float, unit: str) -> str:
    """`41 to 62 tokens/s`, two digits; one number where both ends are shown alike."""
    ends = [f"{end:.2g}" if end < 99.5 else f"{end:,.0f}" for end in (low, high)]
    if ends[0] == ends[1]:
        return f"{ends[0]} {unit}"
    return _("{low} to {high} {unit}").format(low=ends[0], high=ends[1], unit=unit)


def gib(size_bytes: int | None) -> str:
    """`4.68 GiB`, `270 MiB` below a tenth."""
    if size_bytes is None:
        return not_stated()
    if size_bytes < GIB / 10:
        mib = size_bytes / 2**20
        return f"{_three(mib)} MiB" if mib >= 0.1 else f"{size_bytes / 1024:.1f} KiB"
    return f"{_three(size_bytes / GIB)} GiB"


def day(moment: datetime | date | None) -> str:
    """`2026-06-05`, the same in every language."""
    if moment is None:
        return not_stated()
    if isinstance(moment, datetime):
        moment = moment.astimezone(UTC).date()
    return moment.isoformat()


def minute(moment: datetime | None) -> str:
    """`2026-06-05 14:02 UTC`."""
    return not_stated() if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def clock(moment: datetime | None, now: datetime) -> str:
    """`14:02 UTC`, with the day when it is not today's."""
    if moment is None:
        return not_stated()
    today = moment.astimezone(UTC).date() == now.astimezone(UTC).date()
    return f"{moment.astimezone(UTC):%H:%M} UTC" if today else minute(moment)


def duration(seconds: float) -> str:
    """`40 s`, `3 min`, `2 h 10 min`: as exact as an estimate is."""
    if seconds < 90:
        return _("{number} s").format(number=f"{max(1.0, seconds):.0f}")
    minutes = round(seconds / 60)
    if minutes < 90:
        return _("{number} min").format(number=whole(minutes))
    return _("{hours} h {minutes} min").format(hours=whole(minutes // 60), minutes=minutes % 60)


def days_ago(days: int) -> str:
    """`today`, `1 day ago`, `171 days ago`."""
    if days <= 0:
        return _("today")
    return ngettext("{days} day ago", "{days} days ago", days).format(days=whole(days))


def models(number: int) -> str:
    """`1 model`, `1,073 models`."""
    return ngettext("{number} model", "{number} models", number).format(number=whole(number))


def repositories(number: int) -> str:
    """`1 repository`, `1,073 repositories`: rows, where a model stands for its copies too."""
    return ngettext("{number} repository", "{number} repositories", number).format(
        number=whole(number)
    )


def others(number: int) -> str:
    """`1 other`, `38 others`: what has no bar of its own."""
    return ngettext("{number} other", "{number} others", number).format(number=whole(number))


def source(name: str) -> str:
    """The name by which a source is known."""
    return {"huggingface": "Hugging Face", "civitai": "CivitAI", "ollama": "Ollama"}.get(name, name)


def source_mark(name: str) -> str:
    """The name of a source where there is little room."""
    return "HF" if name == "huggingface" else source(name)


def listed(names: Iterable[str]) -> str:
    """Names one after the other, as the language sets them apart."""
    return _(", ").join(names)


def scope(name: str) -> str:
    """How much of a source a sync asked for."""
    start, _colon, number = name.partition(":")
    words = {
        "default": _("default selection"),
        "changed": _("what has changed"),
        "top": _("the most downloaded"),
        "full": _("everything"),
        "starter": _("bundled catalog"),
        "import": _("imported file"),
    }
    if start == "top" and number.isascii() and number.isdigit():
        return _("the {number} most downloaded").format(number=whole(int(number)))
    return words.get(start, safe.plain(name, 40))


def change(kind: str) -> str:
    """What happened to a model in a publish."""
    words = {
        "added": _("New"),
        "removed": _("Removed"),
        "license": _("License"),
        "base": _("Base model"),
        "size": _("Size"),
    }
    return words.get(kind, safe.plain(kind, 40))


def modality(name: str) -> str:
    """The heading of a group of tasks."""
    words = {
        "nlp": _("Text"),
        "cv": _("Images and video"),
        "audio": _("Audio"),
        "multimodal": _("Several kinds at once"),
        "tabular": _("Tables and time series"),
        "rl": _("Control and games"),
        "other": _("Other"),
    }
    return words.get(name, safe.plain(name))


def kind(name: str) -> str:
    """What a model is to other models."""
    words = {
        "base": _("Base model"),
        "finetune": _("Fine-tune"),
        "adapter": _("Adapter"),
        "quantized": _("Quantized"),
        "merge": _("Merge"),
        "component": _("Component"),
    }
    return words.get(name, safe.plain(name))


def gated(name: str) -> str:
    """Whether one must log in or ask to fetch a model."""
    words = {
        "no": _("Open to all"),
        "auto": _("Login and terms"),
        "manual": _("Approval by the author"),
        "yes": _("Login needed"),
        "unknown": _("Not stated"),
    }
    return words.get(name, safe.plain(name))


def access(name: str, tags: Collection[str]) -> str:
    """The same, where the source sells its newest files or holds them back for a while."""
    if name == "yes" and "paid-access" in tags:
        return _("Paid access")
    if name == "yes" and "early-access" in tags:
        return _("Early access")
    return gated(name)


def flag(name: str) -> str:
    """A doubt about a row, in words."""
    words = {
        "params_disagree": _("The parameter count disagrees with the name or the base model"),
        "license_missing": _("The repository states no license"),
        "license_conflict": _("The license conflicts with that of the base model"),
        "context_suspect": _("The stated context length is doubtful"),
        "pickle_only": _("Weights come as pickle files only, which can run code when loaded"),
        "remote_code": _("Loading needs code from the repository"),
        "superseded": _("A newer version replaces this one"),
        "unsafe_scan": _("A scan of the source marked a file as unsafe"),
        "cloud_only": _("Runs in the cloud only; there are no weights to fetch"),
        "size_estimated": _("The size is rounded: its source tells two digits"),
    }
    return words.get(name, safe.plain(name))


def relation(name: str | None) -> str:
    """How a model was made from its base."""
    words = {
        "finetune": _("fine-tuned from"),
        "adapter": _("adapter for"),
        "quantized": _("quantized from"),
        "merge": _("merged from"),
    }
    return words.get(name or "", _("made from"))


def parameter_origin(name: str | None) -> str:
    """Where a parameter count comes from."""
    words = {
        "safetensors": _("counted in the weight files"),
        "gguf": _("stated in the GGUF file"),
        "card": _("stated on the model card"),
        "base": _("taken from the base model"),
        "files": _("derived from the file sizes"),
        "name": _("read from the name"),
        "stated": _("stated by the source"),
    }
    return words.get(name or "", not_stated())


def task_origin(name: str | None) -> str:
    """Where a task comes from."""
    words = {
        "stated": _("stated by the source"),
        "base": _("taken from the base model"),
        "architecture": _("derived from the architecture"),
    }
    return words.get(name or "", not_stated())


def sort(name: str) -> str:
    """The name of an order in the sort menu."""
    words = {
        "relevance": _("Relevance"),
        "popularity": _("Popularity"),
        "downloads": _("Downloads"),
        "likes": _("Likes"),
        "updated": _("Last updated"),
        "created": _("Newest"),
        "params": _("Most parameters"),
        "params-asc": _("Fewest parameters"),
        "size": _("Largest files"),
        "size-asc": _("Smallest files"),
        "name-asc": _("Name"),
        "name": _("Name"),
    }
    return words.get(name, name)


def license_name(identifier: str) -> str:
    """A license as one reads it: SPDX ids as they are, our own refs without their prefix."""
    return safe.plain(identifier, 60).removeprefix("LicenseRef-")


def facet(key: str) -> str:
    """The title of a facet."""
    words = {
        "task": _("Task"),
        "commercial": _("License verdict"),
        "params": _("Parameters"),
        "quant": _("Quantization"),
        "license": _("License"),
        "format": _("File format"),
        "size": _("Size on disk"),
        "context": _("Context length"),
        "kind": _("Kind"),
        "library": _("Library"),
        "lang": _("Language"),
        "family": _("Family"),
        "author": _("Author"),
        "gated": _("Access"),
        "source": _("Source"),
        "updated": _("Last updated"),
        "modality": _("Modality"),
    }
    return words.get(key, key)


def value(key: str, name: str) -> str:
    """One value of a facet as a visitor reads it; foreign values come out as plain text."""
    if name == "unknown":
        return _("Not stated")
    match key:
        case "kind":
            return kind(name)
        case "gated":
            return gated(name)
        case "source":
            return source(name)
        case "modality":
            return modality(name)
        case "license":
            return license_name(name)
    return safe.plain(name, 80)


def _three(number: float) -> str:
    """Three digits without an exponent: `1.54`, `12.2`, `738`."""
    return f"{number:.3g}" if number < 999.5 else f"{number:.0f}"
