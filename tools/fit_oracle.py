"""What a real llama.cpp allocates for empty files of true shapes, to hold our arithmetic to.

python -m tools.fit_oracle [--out tests/fixtures/fit/oracle.json] [--only NAME]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from threading import Timer
from typing import Any

from catalog.fit import known
from tools import fit_shapes

ROOT = Path(__file__).resolve().parent.parent
RECORDED = ROOT / "tests" / "fixtures" / "fit" / "oracle.json"
# The architectures that are loaded; others of the table have the same kinds with other numbers.
MEASURED = tuple(
    f"huggingface:{name}"
    for name in (
        "meta-llama/Llama-3.1-8B-Instruct",
        "meta-llama/Llama-2-7b-chat-hf",
        "HuggingFaceTB/SmolLM2-135M-Instruct",
        "mistralai/Mistral-7B-Instruct-v0.3",
        "mistralai/Mixtral-8x7B-Instruct-v0.1",
        "Qwen/Qwen2.5-7B-Instruct",
        "Qwen/Qwen3-0.6B",
        "Qwen/Qwen3-8B",
        "Qwen/Qwen3-30B-A3B",
        "google/gemma-2b",
        "google/gemma-2-9b-it",
        "google/gemma-3-4b-it",
        "google/gemma-3-12b-it",
        "google/gemma-3-27b-it",
        "openai/gpt-oss-20b",
        "deepseek-ai/DeepSeek-V2-Lite-Chat",
        "deepseek-ai/DeepSeek-V3.1",
        "microsoft/phi-4",
        "CohereLabs/c4ai-command-r7b-12-2024",
        "allenai/OLMo-2-1124-7B-Instruct",
        "LiquidAI/LFM2-1.2B",
        "state-spaces/mamba-2.8b-hf",
        "ibm-granite/granite-4.0-h-tiny",
        "tiiuae/Falcon-H1-0.5B-Instruct",
        "Qwen/Qwen3-Next-80B-A3B-Instruct",
        "google/gemma-3n-E4B-it",
        "apple/OpenELM-270M-Instruct",
        "meta-llama/Llama-3.2-1B-Instruct",
        "Qwen/Qwen2.5-0.5B-Instruct",
        "Qwen/Qwen3-4B",
        "Qwen/Qwen3-235B-A22B",
        "google/gemma-7b-it",
        "google/gemma-3-1b-it",
        "openai/gpt-oss-120b",
        "deepseek-ai/DeepSeek-V2.5",
        "moonshotai/Moonlight-16B-A3B-Instruct",
        "microsoft/Phi-3-mini-4k-instruct",
        "microsoft/Phi-3.5-mini-instruct",
        "microsoft/Phi-4-mini-instruct",
        "mistralai/Mistral-Nemo-Instruct-2407",
        "mistralai/Mixtral-8x22B-Instruct-v0.1",
        "CohereLabs/c4ai-command-a-03-2025",
        "allenai/OLMo-2-0325-32B-Instruct",
        "LiquidAI/LFM2-2.6B",
        "state-spaces/mamba-130m-hf",
        "ibm-granite/granite-4.0-h-small",
        "tiiuae/Falcon-H1-7B-Instruct",
        "tiiuae/Falcon-H1-34B-Instruct",
        "Qwen/Qwen3.6-27B",
        "Qwen/Qwen3.5-4B",
        "Qwen/Qwen3.6-35B-A3B",
        "HuggingFaceTB/SmolLM3-3B",
        "allenai/Olmo-3-7B-Instruct",
        "ibm-granite/granite-3.3-2b-instruct",
        "ibm-granite/granite-3.1-1b-a400m-instruct",
        "MiniMaxAI/MiniMax-M2.5",
        "allenai/OLMoE-1B-7B-0125-Instruct",
        "Qwen/Qwen1.5-MoE-A2.7B-Chat",
        "zai-org/GLM-4-9B-0414",
        "internlm/internlm2_5-1_8b-chat",
        "LGAI-EXAONE/EXAONE-3.5-7.8B-Instruct",
        "ByteDance-Seed/Seed-OSS-36B-Instruct",
        "LiquidAI/LFM2-8B-A1B",
        "moonshotai/Kimi-K2-Instruct",
        "zai-org/GLM-4.7-Flash",
        "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",
        "nvidia/NVIDIA-Nemotron-Nano-9B-v2",
        "openai-community/gpt2",
        "EleutherAI/pythia-6.9b",
        "microsoft/phi-2",
        "bigcode/starcoder2-3b",
        "Qwen/Qwen2.5-VL-7B-Instruct",
        "Qwen/Qwen3-VL-4B-Instruct",
        "Qwen/Qwen3-VL-32B-Instruct",
        "Qwen/Qwen3-VL-30B-A3B-Instruct",
    )
)
ALIGN = 32
BLOCK = 32  # values of a quantized cache
TRIES, SECONDS = 5, 20
# The last line of interest. Some runs of phi-4 and others end before it, at the graph of several
# users with a quantized cache (ggml: hash set is full): what they take to compute is not known.
LAST = re.compile(r"CPU compute buffer size = +([\d.]+) MiB|ggml-impl.h:\d+: fatal error")
F32, Q8_0 = 0, 8
# (context of one user, users, type of the cache)
RUNS = (
    (2048, 1, "f16"),
    (8192, 1, "f16"),
    (8192, 1, "q8_0"),
    (8192, 1, "q4_0"),
    (32768, 1, "f16"),
    (4096, 4, "f16"),
    (10000, 3, "q8_0"),
)
_SERVER = """
import ctypes, sys, xllamacpp as x
libc = ctypes.CDLL(None)
for fatal in (6, 11):  # a context without memory ends the process: first let the log be written
    libc.signal(fatal, libc.pause)
path, context, users, kind = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
p = x.CommonParams()
p.model.path, p.n_ctx, p.n_parallel = path, context * users, users
p.hostnames, p.port = ["127.0.0.1"], 0
p.n_gpu_layers, p.fit_params, p.warmup, p.no_alloc = 0, False, False, True
p.load_mode = x.llama_load_mode.LLAMA_LOAD_MODE_NONE
p.no_extra_bufts, p.verbosity, p.kv_unified, p.cache_ram_mib = True, 4, False, 0
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = 1
p.flash_attn_type = x.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_ENABLED
p.cache_type_k = p.cache_type_v = getattr(x.ggml_type, "GGML_TYPE_" + kind.upper())
x.Server(p)
"""


def write(path: Path, config: Mapping[str, Any], *, words: bool = True) -> int:
    """A GGUF file with a true header and a hole for the weights; `words`: with a vocabulary."""
    arch = fit_shapes.name_of(config)
    values: dict[str, Any] = {"general.architecture": arch, **fit_shapes.metadata(config)}
    if words:
        values |= _vocabulary(config.get("text_config", config)["vocab_size"])
    shapes = list(fit_shapes.tensors(config))
    head = bytearray(b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(values)))
    for name, value in values.items():
        head += _text(name) + _value(value)
    offset = 0
    for name, shape in shapes:
        quantized = len(shape) > 1 and shape[0] % 32 == 0 and "conv" not in name
        quantized = quantized and not name.endswith(("bias", "ssm_a", "ssm_d", "ssm_norm.weight"))
        elements = 1
        for size in shape:
            elements *= size
        head += _text(name) + struct.pack("<I", len(shape))
        head += struct.pack(f"<{len(shape)}Q", *shape)
        head += struct.pack("<IQ", Q8_0 if quantized else F32, offset)
        size = elements // 32 * 34 if quantized else elements * 4
        offset += -(-size // ALIGN) * ALIGN
    with path.open("wb") as file:
        file.write(head)
        file.truncate(-(-len(head) // ALIGN) * ALIGN + offset)
    return offset


def _vocabulary(size: int) -> dict[str, Any]:
    words = [f"<0x{i - 3:02X}>" if 3 <= i < 259 else f"<w{i}>" for i in range(size)]
    return {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": words,
        "tokenizer.ggml.scores": [0.0] * size,
        "tokenizer.ggml.token_type": [6 if 3 <= i < 259 else 1 for i in range(size)],
    }


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def _value(value: Any) -> bytes:
    kind, body = _typed(value)
    return struct.pack("<I", kind) + body


def _typed(value: Any) -> tuple[int, bytes]:
    if isinstance(value, bool):
        return 7, struct.pack("<?", value)
    if isinstance(value, int):
        return 4, struct.pack("<I", value)
    if isinstance(value, float):
        return 6, struct.pack("<f", value)
    if isinstance(value, str):
        return 8, _text(value)
    if isinstance(value[0], int) and not isinstance(value[0], bool):
        return 9, struct.pack("<IQ", 5, len(value)) + struct.pack(f"<{len(value)}i", *value)
    kind = _typed(value[0])[0]
    body = b"".join(_typed(one)[1] for one in value)
    return 9, struct.pack("<IQ", kind, len(value)) + body


def load(path: Path, context: int, users: int, kind: str) -> str:
    """What a real llama.cpp says while it makes a context for the file, without any memory."""
    command = [sys.executable, "-c", _SERVER, str(path), str(context), str(users), kind]
    said = []
    quiet = os.environ | {"GGML_NO_BACKTRACE": "1"}
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, env=quiet, text=True, errors="replace"
    ) as process:
        late = Timer(SECONDS, process.kill)
        late.start()
        for line in process.stderr or ():
            said.append(line)
            if LAST.search(line):
                break
        late.cancel()
        process.kill()
    return "".join(said)


def measured(path: Path, context: int, users: int, kind: str) -> dict[str, float | None]:
    """MiB of the cache, the state, the compute and the output buffer as llama.cpp prints them."""
    for _ in range(TRIES):
        said = load(path, context, users, kind)
        compute = LAST.search(said)
        if compute:
            break
    else:
        errors = [line for line in said.splitlines() if " E " in line or "ASSERT" in line]
        raise RuntimeError(f"no context of {context} x {users}, {kind}: {errors}")
    output = re.search(r"CPU +output buffer size = +([\d.]+) MiB", said)
    return {
        "kv": round(sum(map(float, re.findall(r"llama_kv_cache: size = +([\d.]+)", said))), 2),
        "state": sum(map(float, re.findall(r"llama_memory_recurrent: size = +([\d.]+)", said))),
        "compute": float(compute[1]) if compute[1] else None,
        "output": float(output[1]) if output else 0.0,
    }


def table(
    only: tuple[str, ...] = MEASURED, runs: tuple[tuple[int, int, str], ...] = RUNS
) -> list[dict[str, Any]]:
    """A row for each architecture and run."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for ref in only:
            print(ref, file=sys.stderr)
            config = known.stated(ref)
            if config is None:
                raise SystemExit(f"{ref} is not in architectures.json")
            path = Path(folder) / "model.gguf"
            weights = write(path, config)
            text = config.get("text_config", config)
            head = text.get("hidden_size", 0) // (text.get("num_attention_heads") or 1)
            for context, users, kind in runs:
                if kind != "f16" and text.get("head_dim", head) % BLOCK:
                    continue  # llama.cpp takes no such cache: a block spans two heads
                asked = {"ref": ref, "context": context, "users": users, "kv_type": kind}
                found = measured(path, context, users, kind)
                rows.append(asked | found | {"weights_bytes": weights})
    return rows


def main() -> int:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RECORDED)
    parser.add_argument("--only", default="", help="refs that hold this")
    given = parser.parse_args()
    asked = tuple(ref for ref in MEASURED if given.only in ref)
    held = json.loads(given.out.read_text(encoding="utf-8"))["rows"] if given.out.exists() else []
    rows = [row for row in held if row["ref"] in MEASURED and row["ref"] not in asked]
    rows = sorted(rows + table(asked), key=lambda row: MEASURED.index(row["ref"]))
    lines = ",\n".join(json.dumps(row) for row in rows)
    engine = f"llama.cpp of xllamacpp {version('xllamacpp')}, processor, flash attention"
    given.out.parent.mkdir(parents=True, exist_ok=True)
    head = f'{{"engine": {json.dumps(engine)}, "unit": "MiB", "rows": [\n'
    given.out.write_text(f"{head}{lines}\n]}}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
