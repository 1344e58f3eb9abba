"""The sets of files of a model as a ladder, smallest first; pure.

Sizes are sums of the listed files. Where a row lists none, they are worked out from parameters and
usual bits per weight and marked as estimates; where that is not known either, they are not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from catalog.normalize.quantization import nominal_bits
from catalog.records import ModelFile, ModelRecord
from catalog.reports import FileSet


def ladder(model: ModelRecord, files: Sequence[ModelFile]) -> tuple[FileSet, ...]:
    """One rung for each set that runs, those of unknown size last."""
    sets: dict[str, list[ModelFile]] = {}
    for file in files:
        if file.group is not None and file.role in {None, "weights"}:
            sets.setdefault(file.group, []).append(file)
    rungs = [_listed(name, part) for name, part in sets.items()] if sets else _supposed(model)
    return tuple(
        sorted(rungs, key=lambda one: (one.size_bytes is None, one.size_bytes or 0, one.name))
    )


def _listed(name: str, part: Sequence[ModelFile]) -> FileSet:
    version = part[0].version_id
    sizes = [file.size_bytes for file in part]
    return FileSet(
        name=name.removeprefix(f"{version} ") if version else name,
        version_id=version,
        format=", ".join(sorted({file.format for file in part if file.format})) or None,
        size_bytes=None if None in sizes else sum(size or 0 for size in sizes),
        bits_per_weight=next((file.bits_per_weight for file in part if file.bits_per_weight), None),
        files=len(part),
        scans=tuple(dict.fromkeys(file.scan for file in part if file.scan)),
        pickle=any(file.format == "pickle" for file in part),
    )


def _supposed(model: ModelRecord) -> Iterable[FileSet]:
    """One rung for each quantization that the row names; a lone one has the row's own size."""
    alone = len(model.quantizations) == 1
    for name in model.quantizations:
        bits = (model.bits_per_weight if alone else None) or nominal_bits(name)
        stated = model.size_bytes if alone else None
        worked_out = stated is None and model.parameter_count is not None and bits is not None
        yield FileSet(
            name=name,
            format=model.formats[0] if len(model.formats) == 1 else None,
            size_bytes=round((model.parameter_count or 0) * (bits or 0) / 8)
            if worked_out
            else stated,
            estimated=worked_out,
            bits_per_weight=bits,
            pickle=model.formats == ("pickle",),
        )
