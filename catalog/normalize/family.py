"""The family of a model as a lower-case slug, read off its architecture and its name.

A name alone can lie (`DeepSeek-R1-Distill-Qwen-7B` is a Qwen2.5), so where the architecture is
known a family only counts if it can have it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from catalog.normalize.families import Family, all_families

# Model types that only generate text from text, as the Hub writes them (config.model_type) and
# as GGUF files do (general.architecture).
DECODERS = frozenset(
    """llama mistral mixtral qwen qwen2 qwen2_moe qwen2moe qwen3 qwen3_moe qwen3moe qwen3_next
    qwen3next gemma gemma2 gemma3_text gpt2 gpt_neo gpt_neox gptneox gptj gptj gpt_bigcode gpt_oss
    gpt-oss falcon falcon_h1 falcon_mamba bloom opt mpt phi phi2 phi3 phimoe stablelm starcoder2
    olmo olmo2 olmo3 olmoe internlm2 baichuan deepseek deepseek_v2 deepseek2 deepseek_v3
    deepseek_v32 granite granitemoe cohere cohere2 command-r dbrx jamba mamba mamba2 rwkv exaone
    exaone4 glm glm4 glm4_moe chatglm nemotron nemotron_h smollm3 seed_oss lfm2 hunyuan_v1_dense
    ernie4_5 ernie4_5_moe minimax minimax_m2 apertus""".split()  # noqa: SIM905 - a list of words
)

_BLANKS = re.compile(r"[\s_]+")
_Search = Callable[[str], re.Match[str] | None]
# `qwen3b` and `Qwen-4B` tell a size and `qwen25` another version: neither is Qwen 3 or 4.
_NO_OTHER_FIGURE = r"(?!(?<=\d)(?:\d|[\d.]*b(?![a-z])))"
# Heads that guess ahead for another model, and parts of pipelines: of no family that they name.
_DRAFT = (
    r"d-?flash|d-?spark|(?<![a-z])eagle-?[123]?(?![a-z0-9]|-numbers)|medusa|speculator"
    r"|(?<![a-z])draft(?:er)?(?![a-z])|unquantized-assistant"
)
_DRAFT_NAME = re.compile(rf"{_DRAFT}|^mtp-|(?<![a-z])mtp-(?:heads?|only|draft)(?![a-z])")
_PART = re.compile(rf"{_DRAFT}|control-?net|(?<![a-z])(?:vae|mmproj)(?![a-z])|text-?enc")


def _pattern(family: Family) -> re.Pattern[str]:
    if family.whole_word:
        return re.compile(rf"(?<![a-z0-9])(?:{family.pattern}){_NO_OTHER_FIGURE}(?![a-z])")
    # `llama` is also the end of made-up words (`FineLlama`).
    begin = "" if family.slug.startswith("llama") else "(?<![a-z])"
    return re.compile(rf"{begin}(?:{family.pattern}){_NO_OTHER_FIGURE}")


_COMPILED = tuple((one.slug, _pattern(one), one.types) for one in all_families())

# A model type that belongs to one family whatever the name says. `qwen2` is not here (Qwen 1.5,
# 2, 2.5 and QwQ have it) nor `qwen3_5` (3.5 to 3.8), `mistral` (7B, NeMo, Small, Codestral), `t5`
# (Flan-T5 and ByT5, too), `phi3` (3 to 4), `mixtral` and `deepseek_v3` (many use that code): such a
# row leaves its family to the base models.
_OF_TYPE = {
    "qwen": "qwen", "qwen3": "qwen3", "qwen3_moe": "qwen3",
    "gemma": "gemma", "gemma2": "gemma-2", "gemma3": "gemma-3", "gemma3_text": "gemma-3",
    "gemma3n": "gemma-3n", "gemma4": "gemma-4", "gpt2": "gpt-2", "gpt_neo": "gpt-neo",
    "gptj": "gpt-j", "gpt_oss": "gpt-oss", "gpt-oss": "gpt-oss", "bloom": "bloom", "opt": "opt",
    "mpt": "mpt", "starcoder2": "starcoder2", "olmo2": "olmo-2",
    "olmo3": "olmo-3", "olmoe": "olmoe", "deepseek_v4": "deepseek-v4", "cohere": "command-r",
    "granite": "granite", "mt5": "mt5", "umt5": "umt5", "bert": "bert",
    "roberta": "roberta", "xlm-roberta": "xlm-roberta", "distilbert": "distilbert",
    "modernbert": "modernbert", "deberta-v2": "deberta", "albert": "albert",
    "electra": "electra", "bart": "bart", "mbart": "bart", "pegasus": "pegasus",
    "marian": "opus-mt", "whisper": "whisper", "wav2vec2": "wav2vec2", "hubert": "hubert",
    "clip": "clip", "siglip": "siglip", "dinov2": "dinov2", "smollm3": "smollm3",
    "lfm2": "lfm2", "exaone": "exaone", "falcon": "falcon", "falcon_mamba": "falcon-mamba",
    "stablelm": "stablelm", "mamba": "mamba", "rwkv": "rwkv", "llama4": "llama-4",
    "mllama": "llama-3.2",
}  # fmt: skip
MODEL_TYPES = DECODERS | frozenset(_OF_TYPE) | frozenset(
    """t5 qwen3_5 qwen3_5_moe qwen3_5_text vit swin convnext detr segformer beit resnet yolos clip
    clap vits speecht5 llava llava_next
    idefics idefics2 idefics3 qwen2_vl qwen2_5_vl qwen3_vl qwen2_5_omni internvl_chat internvl
    blip blip-2 git paligemma mistral3 pixtral kimi_k2 kimi_k25 glm_moe_dsa deepseek_v32 minicpmv
    vision-encoder-decoder encoder-decoder m2m_100 longformer led big_bird deberta funnel xlnet xlm
    camembert flaubert gpt_neox_japanese nomic_bert new layoutlm layoutlmv3 donut-swin trocr
    musicgen seamless_m4t parakeet_ctc florence2 granitemoehybrid smolvlm phi4mm gemma3n""".split()  # noqa: SIM905
)  # fmt: skip

# What the Hub writes in front of the model type.
_BEFORE_THE_TYPE = frozenset(
    """transformers sentence-transformers diffusers peft mlx timm vllm keras tf-keras fastai spacy
    transformers.js adapter-transformers setfit open_clip mlx-lm mistral-common safetensors pytorch
    tf jax rust onnx gguf openvino coreml joblib tflite tensorboard nemo""".split()  # noqa: SIM905
)


def model_type_among(tags: Sequence[str]) -> str | None:
    """The model type, which the Hub writes after library and formats and before all other tags."""
    own = next((tag for tag in tags if tag not in _BEFORE_THE_TYPE), None)
    # A repository of GGUF files has no configuration: what follows is a word of its author.
    if own not in MODEL_TYPES or ("gguf" in tags and "safetensors" not in tags):
        return None
    return own


def family_of(name: str, model_type: str | None = None) -> str | None:
    """The family that the name says and the model type allows; else the one of the model type.

    A draft head or a part of a pipeline has none.
    """
    words = _BLANKS.sub("-", name.lower())
    if _PART.search(words):
        return None
    kind = (model_type or "").lower()
    for slug, found_in in _searches(kind):
        if found_in(words):
            return slug
    return _OF_TYPE.get(kind)


def is_part(name: str) -> bool:
    """Whether a name tells a draft head or a part of a pipeline."""
    return _PART.search(_BLANKS.sub("-", name.lower())) is not None


def is_draft(name: str) -> bool:
    """Whether a name tells what guesses ahead for another model (speculative decoding)."""
    return _DRAFT_NAME.search(_BLANKS.sub("-", name.lower())) is not None


@lru_cache(maxsize=1024)
def _searches(model_type: str) -> tuple[tuple[str, _Search], ...]:
    """The families that a model of this type can be of, each with how a name is searched for it."""
    return tuple(
        (slug, pattern.search)
        for slug, pattern, starts in _COMPILED
        if _allowed(model_type, starts)
    )


def _allowed(model_type: str, starts: tuple[str, ...]) -> bool:
    """Whether a model of this type can be of a family; `$` at the end asks for the whole word."""
    return not model_type or not starts or f"{model_type}$".startswith(starts)
