"""Quantization: one label for what the weights are stored as, and its bits per weight.

Order of trust: the dtypes that upstream measured can only veto, then the method in the
configuration, then tags, then the name. The tag `8-bit` is believed for methods that come in
several widths only: MXFP4 and NVFP4 repositories carry it because their container is U8.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from catalog.normalize.plain import count, mapping, text

# GGUF file labels; `-` for `_` is seen as well. The longest alternative stands first.
_GGUF_LABEL = re.compile(
    r"(?<![A-Z0-9])(UD-)?("
    r"Q[1-8][_-]K(?:[_-](?:XXL|XL|L|M|S))?"
    r"|IQ[1-6][_-](?:XXS|XS|XL|S|M|L|NL|KSS|KS|KT|K)"
    r"|Q[1-8][_-][01](?:[_-][48][_-][48])?"
    r"|TQ[12][_-]0|MXFP4(?:[_-]MOE)?|NVFP4|BF16|F(?:P)?16|F(?:P)?32"
    r")(?![A-Z0-9])"
)
_FLOATS = ("BF16", "F16", "F32")
_BLOCK_FLOATS = ("MXFP4", "NVFP4")
_DTYPE_TYPES = {"BF16": "BF16", "F16": "F16", "F32": "F32", "F64": "F64"}
_FLOAT8 = ("F8_E4M3", "F8_E5M2")
# Dtypes that only a quantized checkpoint stores in bulk.
PACKED_DTYPES = frozenset({"I32", "U32", "U8", "I8", "I16", "U16", "F4", "FP4", "F8_E8M0"})
DTYPE_BYTES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1, "I64": 8, "I32": 4,
    "I16": 2, "I8": 1, "U8": 1, "U16": 2, "U32": 4, "U64": 8, "BOOL": 1,
}  # fmt: skip

# Word of a configuration, tag or name -> scheme. `{}` takes the width.
_METHODS = {
    "gptq": "GPTQ-{}",
    "gptqmodel": "GPTQ-{}",
    "awq": "AWQ-{}",
    "auto-round": "AUTOROUND-{}",
    "autoround": "AUTOROUND-{}",
    "bitsandbytes": "BNB-{}",
    "bnb": "BNB-{}",
    "hqq": "HQQ-{}",
    "aqlm": "AQLM-{}",
    "quanto": "QUANTO-{}",
    "vptq": "VPTQ-{}",
    "exl2": "EXL2-{}",
    "exl3": "EXL3-{}",
    "nvfp4": "NVFP4",
    "mxfp4": "MXFP4",
    "mxfp8": "MXFP8",
    "fp8": "FP8",
    "fbgemm-fp8": "FP8",
    "fbgemm_fp8": "FP8",
    "finegrained_fp8": "FP8",
    "bitnet": "BITNET",
    "eetq": "INT8",
}
_ONE_WIDTH = {"awq": "4"}  # AutoAWQ writes no other
_TAGGED_BITS = re.compile(r"([2-8])-?bit", re.IGNORECASE)
# The widths that a name states: `int4`, `4bit`, `w4a16`, `q4`; for ExLlama `4.0bpw`.
_NAMED_WIDTH = re.compile(
    r"(?<![a-z0-9])(?:int-?([2-8])|([2-8])-?bits?|w([2-8])a16|[qu]([2-8]))(?![a-z0-9])"
)
_BITS_PER_WEIGHT = re.compile(r"(?<![a-z0-9.])(\d{1,2}(?:[._]\d{1,2})?)-?(?:bpw|h[68])")
_NAMED_METHOD = re.compile(
    r"(?<![a-z])(gptq|awq|auto-?round|bnb|hqq|aqlm|vptq|exl2|exl3|nvfp4|mxfp4|mxfp8|fp8)(?![a-z])"
)
_MLX_MODE = re.compile(r"(?:mxfp|nvfp)([48])")
_NAMED_FLOAT = re.compile(r"(?<![a-z0-9])(b?)f(?:p|loat)?16(?![a-z0-9])")
_W8A8 = re.compile(r"(?<![a-z0-9])(w8a8|w8a16|int8|quantized\.w8a8)(?![a-z0-9])")
_W4A16 = re.compile(r"(?<![a-z0-9])(w4a16|int4)(?![a-z0-9])")

# What must be among the measured dtypes for a scheme to be true of these weights.
_NEEDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("BNB-", frozenset({"U8", "I8"})),
    ("MLX-", frozenset({"U32"})),
    ("FP8", frozenset(_FLOAT8)),
    ("NVFP4", frozenset({"U8", "F4", "FP4", "I8"})),
    ("MXFP4", frozenset({"U8", "F4", "FP4", "I8", "U32"})),
    ("", PACKED_DTYPES | frozenset(_FLOAT8)),
)


def gguf_label(name: str) -> str | None:
    """The quantization in a GGUF file name, upper case; the last one where there are several."""
    found = None
    for match in _GGUF_LABEL.finditer(name.upper()):
        label = match[2].replace("-", "_").replace("FP16", "F16").replace("FP32", "F32")
        if label in _FLOATS and (found or "").startswith(_BLOCK_FLOATS):
            continue  # `MXFP4_MOE_BF16`: what lies beside the experts
        found = f"{match[1] or ''}{label}"
    return found


def dtype_label(dtypes: Mapping[str, int]) -> str | None:
    """What unpacked weights are stored as: the dtype of most of them."""
    if not dtypes:
        return None
    most = max(dtypes, key=lambda name: (dtypes[name], name))
    return "FP8" if most in _FLOAT8 else _DTYPE_TYPES.get(most)


def is_packed(dtypes: Mapping[str, int]) -> bool:
    """Whether a real part of the stored numbers hold several weights each."""
    packed = sum(n for name, n in dtypes.items() if name in PACKED_DTYPES)
    return packed * 20 > sum(dtypes.values())


def scheme(
    *,
    config: object,
    tags: Sequence[str],
    name: str,
    library: str | None,
    dtypes: Mapping[str, int],
) -> str | None:
    """The quantization scheme of weights that are not GGUF; None when they are plain."""
    if library == "mlx" or "mlx" in tags:
        found = _of_mlx(config, tags, name)
    else:
        found = (
            _of_config(mapping(mapping(config).get("quantization_config")), name, dtypes)
            or _of_tags(tags, name, dtypes)
            or _of_name(name)
        )
    if _is_block_scaled(dtypes) and found in (None, "FP8"):
        return "MXFP4"
    return found if found is not None and _stored_so(found, dtypes) else None


def _is_block_scaled(dtypes: Mapping[str, int]) -> bool:
    """Whether most numbers are pairs of four bits in a byte with power-of-two scales beside them.

    DeepSeek-V4-Pro calls itself fp8; its experts, nine tenths of it, are stored so.
    """
    packed = dtypes.get("I8", 0) + dtypes.get("U8", 0)
    return packed * 2 > sum(dtypes.values()) and dtypes.get("F8_E8M0", 0) * 64 > packed


def _stored_so(found: str, dtypes: Mapping[str, int]) -> bool:
    """Whether the measured dtypes allow the scheme; nothing measured allows any."""
    if not dtypes:
        return True
    needs = next(needs for start, needs in _NEEDS if found.startswith(start))
    return any(name in needs and n * 50 > sum(dtypes.values()) for name, n in dtypes.items())


def _of_config(config: Mapping[str, Any], name: str, dtypes: Mapping[str, int]) -> str | None:
    method = (text(config.get("quant_method"), 40) or "").lower()
    if not method and config.get("load_in_4bit") is True:
        return "BNB-4"
    if method in ("compressed-tensors", "modelopt", "quark", "torchao"):
        return _container(method, name, dtypes)
    if method not in _METHODS:
        return None
    bits = count(config.get("bits"), 16)
    if method == "bitsandbytes":
        bits = 8 if config.get("load_in_8bit") is True else 4
    width = str(bits) if bits else _ONE_WIDTH.get(method) or _width_in(name)
    return _with_width(_METHODS[method], width)


def _container(method: str, name: str, dtypes: Mapping[str, int]) -> str | None:
    """Containers of several schemes: the name says which one, else the dtypes do."""
    named = _of_name(name)
    if named is not None:
        return named
    float8 = sum(dtypes.get(kind, 0) for kind in _FLOAT8)
    if float8 * 2 > sum(dtypes.values()):
        return "FP8"
    if method == "modelopt" and dtypes.get("U8"):
        return "NVFP4"
    if method == "compressed-tensors" and dtypes.get("I32"):
        return "INT4"
    return None


def _of_mlx(config: object, tags: Sequence[str], name: str) -> str | None:
    """MLX by its width; its own modes (mxfp4, nvfp4, mxfp8) count by theirs."""
    words = name.lower().replace("_", "-")
    mode = _MLX_MODE.search(words)
    stated = count(mapping(mapping(config).get("quantization")).get("bits"), 16)
    width = str(stated) if stated else _tagged_width(tags) or _width_in(name)
    width = width or (mode[1] if mode else None)
    if width in ("2", "3", "4", "5", "6", "8"):
        return f"MLX-{width}"
    plain = _NAMED_FLOAT.search(words)
    return f"{plain[1].upper()}F16" if plain and width is None else None


def _of_tags(tags: Sequence[str], name: str, dtypes: Mapping[str, int]) -> str | None:
    words = {tag.lower() for tag in tags}
    # The four-bit floats first: their repositories may carry `fp8` for the scales as well.
    for method in ("nvfp4", "mxfp4", *_METHODS):
        if method in words:
            width = _ONE_WIDTH.get(method) or _tagged_width(tags) or _width_in(name)
            if method in ("exl2", "exl3"):
                width = _bits_in(name)
            return _with_width(_METHODS[method], width)
    for method in ("compressed-tensors", "modelopt"):
        if method in words:
            return _container(method, name, dtypes)
    return None


def _of_name(name: str) -> str | None:
    words = name.lower().replace("_", "-")
    match = _NAMED_METHOD.search(words)
    if match is None:
        if _W8A8.search(words):
            return "INT8"
        return "INT4" if _W4A16.search(words) else None
    method = match[1]
    if method in ("exl2", "exl3"):
        return _with_width(_METHODS[method], _bits_in(name))
    return _with_width(_METHODS[method], _ONE_WIDTH.get(method) or _width_in(name))


def _with_width(pattern: str, width: str | None) -> str:
    return pattern.format(width) if width else pattern.removesuffix("-{}")


def _tagged_width(tags: Sequence[str]) -> str | None:
    found = {match[1] for tag in tags if (match := _TAGGED_BITS.fullmatch(tag))}
    return found.pop() if len(found) == 1 else None


def _width_in(name: str) -> str | None:
    match = _NAMED_WIDTH.search(name.lower().replace("_", "-"))
    return next((width for width in match.groups() if width), None) if match else None


_MOST_NAMED_BITS = 16.0  # a larger number in a name is something else


def _bits_in(name: str) -> str | None:
    match = _BITS_PER_WEIGHT.search(name.lower())
    bits = float(match[1].replace("_", ".")) if match else _MOST_NAMED_BITS
    return f"{bits:.2f}".removesuffix("0") if bits < _MOST_NAMED_BITS else None


@lru_cache(maxsize=1)
def _nominal() -> dict[str, float]:
    path = files("catalog.normalize").joinpath("bits_per_weight.json")
    table: dict[str, float] = {}
    for part in json.loads(path.read_text("utf-8")).values():
        table.update(part["bits"])
    return table


@lru_cache(maxsize=4096)
def nominal_bits(quant_type: str) -> float | None:
    """Bits per weight that a quantization usually comes to; see bits_per_weight.json."""
    table = _nominal()
    plain = quant_type.removeprefix("UD-")
    found = table.get(quant_type) or table.get(plain)
    if found is None and (match := re.fullmatch(r"EXL[23]-(\d+(?:\.\d+)?)", quant_type)):
        found = float(match[1])
    return found
