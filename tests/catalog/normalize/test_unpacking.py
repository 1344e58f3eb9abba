"""Counts of packed weights: real rows, and layouts that follow from what the tools write."""

from __future__ import annotations

import pytest

from catalog.normalize.unpacking import possible_counts, unpacked

# What the Hub said of real repositories (2026-06-05, issues of the Hub's documentation), and the
# count of the model that was packed.
REAL = {
    "openai/gpt-oss-20b": ("MXFP4", {"BF16": 1804459584, "U8": 19707494400}, 20914757184),
    "openai/gpt-oss-120b": ("MXFP4", {"BF16": 2167371072, "U8": 118244966400}, 116829156672),
    "deepseek-ai/DeepSeek-V4-Pro": (
        "MXFP4",
        {"BF16": 2816899328, "F32": 87776414, "F8_E4M3": 23169335296, "I64": 2327040,
         "F8_E8M0": 49150268416, "I8": 786381668352},
        1598839674782,
    ),
    "avlp12/Motif-3-Alis-MLX-8bit": (
        "MLX-8", {"BF16": 9964787842, "U32": 78613118976}, 314590623874,
    ),
    "unsloth/phi-4-bnb-4bit": (
        "BNB-4", {"BF16": 1028019200, "F32": 908160, "U8": 14057568638}, 14659507200,
    ),
    "unsloth/phi-4-unsloth-bnb-4bit": (
        "BNB-4", {"BF16": 1906201600, "F32": 851568, "U8": 13151939214}, 14659507200,
    ),
    "vhab10/llama-3-8b-merged-linear": (
        "BNB-4", {"F32": 486912, "U8": 7197502646, "F16": 1050939392}, 8030261248,
    ),
    "vhab10/Llama-3.2-Instruct-3B-TIES": (
        "BNB-4", {"F32": 225344, "U8": 2906719776, "F16": 394177536}, 3212749824,
    ),
    # not proven: other F32 beside the tables, a group that nobody stated, several widths
    "ell44ot/gemma-2b-def": (
        "BNB-4", {"F32": 30967776, "U8": 1981829088, "F16": 524363776}, None,
    ),
    "moonshotai/Kimi-K2.6": (
        "INT4", {"BF16": 43902267888, "F32": 23040, "I32": 1014687129600}, None,
    ),
    "Intel/Qwen3-Coder-480B-A35B-Instruct-int4-mixed-AutoRound": (
        "AUTOROUND-4", {"BF16": 1928721920, "I32": 61980033024, "F16": 7393050624}, None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("repo_id", REAL)
def test_what_the_dtypes_of_real_rows_prove(repo_id: str) -> None:
    scheme, dtypes, count = REAL[repo_id]
    found = unpacked(dtypes, scheme, None)
    assert (found.weights if found else None) == count


W = 16384 * 400_000  # weights in packed layers


@pytest.mark.parametrize(
    ("scheme", "dtypes", "group", "count"),
    [
        # two weights a byte, an FP8 scale for 16: as stored, and made numbers
        ("NVFP4", {"U8": W // 2, "F8_E4M3": W // 16, "BF16": 1000}, None, W + 1000),
        ("NVFP4", {"U8": W, "F8_E4M3": W // 16, "BF16": 1000}, None, W + 1000),
        ("NVFP4", {"U8": W // 2, "F8_E4M3": W // 4}, None, None),
        ("NVFP4", {"BF16": 1000}, None, None),
        ("MXFP4", {"U8": W * 17 // 32, "BF16": 7}, None, W + 7),
        ("MXFP4", {"U8": W, "BF16": 7}, None, None),
        ("MXFP4", {"U8": 17 * 33}, None, None),
        ("MXFP4", {"U32": W // 8}, None, None),
        # bitsandbytes as stored: half a byte, absmax, state of 224 layers
        ("BNB-4", {"U8": W // 2 + W // 64 + 224 * 90, "F32": W // 16384 + 224 * 272, "F16": 5},
         None, W + 5),
        ("BNB-4", {"U8": W // 2 + W // 64 + 224 * 900, "F32": W // 16384 + 224 * 272}, None, None),
        ("BNB-4", {"BF16": 5}, None, None),
        ("BNB-8", {"I8": W, "F32": 9, "F16": 5}, None, W + 14),
        ("INT8", {"I8": W, "BF16": 5}, None, W + 5),
        ("INT8", {"I32": W // 4, "BF16": 5}, None, None),
        # MLX: groups of 64, one that was stated, its own modes, and a vision tower beside it
        ("MLX-4", {"U32": W // 8, "BF16": W // 32 + 9}, None, W + 9),
        ("MLX-4", {"U32": W // 8, "BF16": W // 16 + 9}, 32, W + 9),
        ("MLX-4", {"U32": W // 8, "U8": W // 32, "BF16": 9}, None, W + 9),
        ("MLX-4", {"U32": W // 8, "U8": W // 50, "BF16": 9}, None, None),
        ("MLX-4", {"U32": W // 8, "BF16": W // 4}, None, None),
        ("MLX-4", {"U32": W // 8, "BF16": 9}, None, None),
        ("MLX-4", {"BF16": 9}, None, None),
        ("MLX-mxfp", {"U32": W}, None, None),
        ("FP8", {"F8_E4M3": W}, None, None),
    ],
)  # fmt: skip
def test_what_other_dtypes_prove(
    scheme: str, dtypes: dict[str, int], group: int | None, count: int | None
) -> None:
    found = unpacked(dtypes, scheme, group)
    assert (found.weights if found else None) == count


@pytest.mark.parametrize(
    ("scheme", "dtypes", "size"),
    [
        ("MXFP4", REAL["openai/gpt-oss-20b"][1], 13_761_264_768),  # 13.8 GB, as its files weigh
        ("MXFP4", {"I8": W // 2, "F8_E8M0": W // 32, "BF16": 5}, W // 2 + W // 32 + 10),
        ("NVFP4", {"U8": W, "F8_E4M3": W // 16, "BF16": 5}, W // 2 + W // 16 + 10),
        ("MLX-4", {"U32": W // 8, "BF16": W // 32 + 9}, W // 2 + W // 16 + 18),
        ("MLX-4", {"U32": W // 8, "U8": W // 32}, W // 2 + W // 32),
        ("INT8", {"I8": W, "F32": 5}, W + 20),
        ("BNB-4", REAL["vhab10/llama-3-8b-merged-linear"][1],
         7197502646 // 2 + 4 * 486912 + 2 * 1050939392),
    ],
)  # fmt: skip
def test_what_is_proven_has_a_size_in_bytes(scheme: str, dtypes: dict[str, int], size: int) -> None:
    found = unpacked(dtypes, scheme, None)
    assert found is not None
    assert found.size_bytes == size


@pytest.mark.parametrize(
    ("scheme", "dtypes", "group", "readings"),
    [
        # 32 / bits weights a number, zeros and scales of groups of 128 not counted
        ("GPTQ-4", {"I32": W // 8 + W // 1024, "F16": W // 128 + 9}, None,
         [W // 8 + W // 1024 + W // 128 + 9, W + 9]),
        ("AWQ-4", {"I32": W // 8 + W // 8 // 64, "F16": W // 64}, 64,
         [W // 8 + W // 512 + W // 64, W]),
        ("INT4", {"I32": W // 8, "BF16": W // 128 + 9}, None, [W // 8 + W // 128 + 9, W + 9]),
        ("MLX-4", {"U32": W // 8, "BF16": W // 4}, None,
         [W // 8 + W // 4, W + W // 4 - W // 32]),
        ("NVFP4", {"U8": W // 2, "F8_E4M3": W // 4}, None,
         [W // 2 + W // 4, W + W // 4 - W // 16]),
        ("MXFP4", {"I8": W // 2, "BF16": 5}, None, [W // 2 + 5, W + 5]),
        ("NVFP4", {"U8": W // 2}, None, [W // 2]),
        ("BNB-4", {"U8": W}, None, [W]),
        ("", {"I32": W}, None, [W]),
    ],
)  # fmt: skip
def test_the_readings_that_a_witness_picks_from(
    scheme: str, dtypes: dict[str, int], group: int | None, readings: list[int]
) -> None:
    assert list(possible_counts(dtypes, scheme, group)) == readings
