"""The family of a model as a lower-case slug, read off its architecture and its name.

A name alone can lie (`DeepSeek-R1-Distill-Qwen-7B` is a Qwen2.5), so where the architecture is
known a family only counts if it can have it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

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

# (slug, pattern of the name, starts of the model types it can have). `$` marks the end of a type,
# () allows any. The first match wins,
# so the special stands before the general.
_TABLE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("deepseek-r1", r"deepseek-?r1", ("deepseek",)),
    ("deepseek-v4", r"deepseek-?v4", ("deepseek",)),
    ("deepseek-v3", r"deepseek-?v3", ("deepseek",)),
    ("deepseek-v2", r"deepseek-?(coder-?)?v2", ("deepseek",)),
    ("deepseek-coder", r"deepseek-?coder", ("deepseek", "llama")),
    ("deepseek", r"deepseek", ("deepseek$", "llama")),
    ("flan-t5", r"flan-?t5", ("t5",)),
    ("flan-ul2", r"flan-?ul2", ("t5",)),
    ("byt5", r"byt5", ("t5",)),
    ("codet5", r"codet5", ("t5", "codet5")),
    ("long-t5", r"long-?t5", ("longt5",)),
    ("t5gemma", r"t5-?gemma", ("t5gemma",)),
    ("mt5", r"mt5", ("mt5", "t5")),
    ("umt5", r"umt5", ("umt5",)),
    ("t5", r"t5", ("t5",)),
    ("qwen-image", r"qwen-?image", ("qwen",)),
    ("qwen3.5", r"qwen-?3\.5", ("qwen",)),
    ("qwen3.6", r"qwen-?3\.6", ("qwen",)),
    ("qwen3.7", r"qwen-?3\.7", ("qwen",)),
    ("qwen3.8", r"qwen-?3\.8", ("qwen",)),
    ("qwen4", r"qwen-?4", ("qwen",)),
    ("qwen3", r"qwen-?3(?!\.\d)", ("qwen",)),
    ("qwen2.5", r"qwen-?2\.5", ("qwen",)),
    ("qwen2", r"qwen-?2(?!\.\d)", ("qwen",)),
    ("qwen1.5", r"qwen-?1\.5", ("qwen",)),
    ("qwq", r"qwq", ("qwen",)),
    ("qwen", r"qwen", ("qwen$",)),
    ("code-llama", r"code-?llama", ("llama",)),
    ("tinyllama", r"tiny-?llama", ("llama",)),
    ("llama-4", r"llama-?4(?!\d|b)", ("llama",)),
    ("llama-3.3", r"llama-?3[.-]?3(?!\d|b)", ("llama",)),
    ("llama-3.2", r"llama-?3[.-]?2(?!\d|b)", ("llama", "mllama")),
    ("llama-3.1", r"llama-?3[.-]?1(?!\d|b)", ("llama",)),
    ("llama-3", r"llama-?v?3(?![.\d]|b)", ("llama",)),
    ("llama-2", r"llama-?v?2(?![.\d]|b)", ("llama",)),
    ("mixtral", r"mixtral", ("mixtral", "llama")),
    ("magistral", r"magistral", ("mistral", "llama")),
    ("devstral", r"devstral", ("mistral", "llama")),
    ("ministral", r"ministral", ("mistral", "ministral", "llama")),
    ("mistral-nemo", r"mistral-?nemo|nemo-?mistral", ("mistral", "llama")),
    ("mistral-small", r"mistral-?small", ("mistral", "llama")),
    ("mistral-large", r"mistral-?large", ("mistral", "llama")),
    ("mistral", r"mistral|zephyr", ("mistral", "llama")),
    ("gemma-4", r"gemma-?4", ("gemma",)),
    ("gemma-3n", r"gemma-?3n", ("gemma",)),
    ("gemma-3", r"gemma-?3", ("gemma",)),
    ("gemma-2", r"gemma-?2(?!b)", ("gemma",)),
    ("codegemma", r"code-?gemma", ("gemma",)),
    ("paligemma", r"paligemma", ("paligemma",)),
    ("gemma", r"gemma(?!-?\d(?!b))", ("gemma$",)),
    ("phi-4", r"phi-?4", ("phi", "llama", "mistral")),
    ("phi-3.5", r"phi-?3\.5", ("phi", "llama", "mistral")),
    ("phi-3", r"phi-?3", ("phi", "llama", "mistral")),
    ("phi-2", r"phi-?2", ("phi",)),
    ("phi-1", r"phi-?1", ("phi",)),
    ("yi-1.5", r"yi-?1\.5", ("llama",)),
    ("yi", r"yi", ("llama", "yi")),
    ("vicuna", r"vicuna", ("llama", "instructblip", "llava")),
    ("wizardlm", r"wizard-?(lm|coder|math)", ("llama", "mistral", "gpt_bigcode")),
    ("open-llama", r"open-?llama", ("llama",)),
    ("baichuan", r"baichuan", ("baichuan",)),
    ("idefics", r"idefics", ("idefics",)),
    ("seed-oss", r"seed-?oss", ("seed_oss",)),
    ("solar", r"solar", ("llama", "solar")),
    ("smollm3", r"smollm-?3", ("smollm",)),
    ("smollm2", r"smollm-?2", ("llama",)),
    ("smollm", r"smollm", ("llama",)),
    ("smolvlm", r"smolvlm", ("smolvlm", "idefics")),
    ("falcon3", r"falcon-?3", ("llama", "falcon", "mamba")),
    ("falcon-mamba", r"falcon-?mamba", ("falcon", "mamba")),
    ("falcon-h1", r"falcon-?h1", ("falcon",)),
    ("falcon", r"falcon", ("falcon", "refinedweb")),
    ("gpt-oss", r"gpt-?oss", ("gpt_oss", "gpt-oss")),
    ("gpt-neox", r"gpt-?neox", ("gpt_neox", "gptneox")),
    ("gpt-neo", r"gpt-?neo(?!x)", ("gpt_neo",)),
    ("gpt-j", r"gpt-?j", ("gptj",)),
    ("gpt-2", r"(distil)?gpt-?2", ("gpt2",)),
    ("pythia", r"pythia", ("gpt_neox", "gptneox")),
    ("bloomz", r"bloomz", ("bloom",)),
    ("bloom", r"bloom", ("bloom",)),
    ("opt", r"opt(?=-?\d)", ("opt",)),
    ("starcoder2", r"starcoder-?2", ("starcoder",)),
    ("starcoder", r"starcoder", ("gpt_bigcode", "starcoder")),
    ("olmo-2", r"olmo-?2", ("olmo",)),
    ("olmo-3", r"olmo-?3", ("olmo",)),
    ("olmo", r"olmo", ("olmo",)),
    ("olmoe", r"olmoe", ("olmoe",)),
    ("granite", r"granite", ("granite", "llama", "gpt_bigcode", "modernbert", "roberta")),
    ("nemotron", r"nemotron", ("nemotron", "llama")),
    ("minicpm", r"minicpm", ("minicpm", "llama")),
    ("internlm", r"internlm", ("internlm", "llama")),
    ("internvl", r"internvl", ("internvl",)),
    ("kimi-k2", r"kimi-?k2", ("kimi", "deepseek")),
    ("kimi", r"kimi", ("kimi", "deepseek")),
    ("glm-5", r"glm-?5", ("glm",)),
    ("glm-4", r"(chat)?glm-?4", ("glm", "chatglm")),
    ("chatglm", r"chatglm", ("chatglm",)),
    ("minimax", r"minimax", ("minimax",)),
    ("exaone", r"exaone", ("exaone", "llama")),
    ("command-r", r"command-?r|c4ai-command|aya", ("cohere", "command")),
    ("stablelm", r"stable-?(lm|code)", ("stablelm", "gpt_neox")),
    ("lfm2", r"lfm2", ("lfm2",)),
    ("mpt", r"mpt(?=-?\d)", ("mpt",)),
    ("rwkv", r"rwkv", ("rwkv",)),
    ("mamba", r"mamba", ("mamba",)),
    ("modernbert", r"modern-?bert", ("modernbert",)),
    ("distilbert", r"distil-?bert", ("distilbert",)),
    ("xlm-roberta", r"xlm-?roberta", ("xlm-roberta", "xlm_roberta")),
    ("roberta", r"(distil)?roberta", ("roberta",)),
    ("deberta", r"deberta", ("deberta",)),
    ("albert", r"albert", ("albert",)),
    ("electra", r"electra", ("electra",)),
    ("camembert", r"camembert", ("camembert",)),
    ("bert", r"m?bert", ("bert",)),
    ("bart", r"m?bart", ("bart", "mbart")),
    ("pegasus", r"pegasus", ("pegasus",)),
    ("nllb", r"nllb", ("m2m_100", "nllb")),
    ("opus-mt", r"opus-?mt", ("marian",)),
    ("e5", r"(multilingual-)?e5", ("bert", "xlm", "mistral")),
    ("bge", r"bge", ("bert", "xlm", "mistral", "gemma", "roberta")),
    ("gte", r"gte", ("bert", "qwen", "new", "modernbert")),
    ("whisper", r"(distil-)?whisper", ("whisper",)),
    ("wav2vec2", r"wav2vec-?2", ("wav2vec2",)),
    ("hubert", r"hubert", ("hubert",)),
    ("siglip", r"siglip", ("siglip",)),
    ("clip", r"clip", ("clip",)),
    ("dinov3", r"dinov3", ("dinov3",)),
    ("dinov2", r"dinov2", ("dinov2",)),
    ("blip", r"blip", ("blip", "instructblip")),
    ("llava", r"llava", ("llava",)),
    ("florence-2", r"florence-?2", ("florence",)),
    ("sam", r"sam-?2?(?=-?(vit|hiera|$))", ("sam",)),
    ("stable-diffusion-xl", r"stable-?diffusion-?xl|sdxl", ()),
    ("stable-diffusion-3", r"stable-?diffusion-?3", ()),
    ("stable-diffusion", r"stable-?diffusion", ()),
    ("flux", r"flux", ()),
    ("wan", r"wan-?2", ()),
    ("ltx", r"ltx", ()),
)
_BLANKS = re.compile(r"[\s_]+")
_Search = Callable[[str], re.Match[str] | None]
# Short slugs are also parts of other words, and `llama` is the end of made-up ones (`FineLlama`).
_WHOLE_WORDS = frozenset("yi t5 opt sam e5 gte wan ltx bert bart clip mpt".split())  # noqa: SIM905


def _pattern(slug: str, pattern: str) -> re.Pattern[str]:
    if slug in _WHOLE_WORDS:
        return re.compile(rf"(?<![a-z0-9])(?:{pattern})(?![a-z])")
    return re.compile(
        rf"(?:{pattern})" if slug.startswith("llama") else rf"(?<![a-z])(?:{pattern})"
    )


_COMPILED = tuple((slug, _pattern(slug, pattern), starts) for slug, pattern, starts in _TABLE)

# A model type that belongs to one family whatever the name says. `qwen2` is not here (Qwen 1.5,
# 2, 2.5 and QwQ have it) nor `qwen3_5` (3.5 to 3.8 have it): such a row leaves its family to the
# base models.
_OF_TYPE = {
    "qwen3": "qwen3", "qwen3_moe": "qwen3", "mistral": "mistral", "mixtral": "mixtral",
    "gemma": "gemma", "gemma2": "gemma-2", "gemma3": "gemma-3", "gemma3_text": "gemma-3",
    "gemma3n": "gemma-3n", "gemma4": "gemma-4", "gpt2": "gpt-2", "gpt_neo": "gpt-neo",
    "gptj": "gpt-j", "gpt_oss": "gpt-oss", "gpt-oss": "gpt-oss", "bloom": "bloom", "opt": "opt",
    "mpt": "mpt", "phi3": "phi-3", "starcoder2": "starcoder2", "olmo2": "olmo-2",
    "olmo3": "olmo-3", "olmoe": "olmoe", "deepseek_v2": "deepseek-v2",
    "deepseek_v3": "deepseek-v3", "deepseek_v4": "deepseek-v4", "cohere": "command-r",
    "granite": "granite", "t5": "t5", "mt5": "mt5", "umt5": "umt5", "bert": "bert",
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
    """qwen3_5 qwen3_5_moe qwen3_5_text vit swin convnext detr segformer beit resnet yolos clip
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
    """The family that the name says and the model type allows; else the one of the model type."""
    words = _BLANKS.sub("-", name.lower())
    kind = (model_type or "").lower()
    for slug, found_in in _searches(kind):
        if found_in(words):
            return slug
    return _OF_TYPE.get(kind)


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
