"""The closed word lists of the catalog, each in the order in which it is shown."""

from __future__ import annotations

SOURCES = ("huggingface", "civitai", "ollama")

KINDS = ("base", "finetune", "adapter", "quantized", "merge", "component")
MODALITIES = ("nlp", "cv", "audio", "multimodal", "tabular", "rl", "other")
FORMATS = ("safetensors", "gguf", "pickle", "onnx", "mlx", "diffusers", "coreml", "other")

UNKNOWN = "unknown"  # what one types for null, and the member of the enums that have one
GATED = ("no", "auto", "manual", "yes", UNKNOWN)
COMMERCIAL_USE = ("yes", "conditions", "ask", "no", UNKNOWN)  # strictness runs in this order

PIPELINE_TAG_ORIGINS = ("stated", "base", "architecture")
PARAMETER_COUNT_ORIGINS = ("safetensors", "gguf", "card", "base", "files", "name", "stated")
RELATIONS = ("finetune", "adapter", "quantized", "merge")
ORIGINS = ("starter", "sync")
FILE_ROLES = ("weights", "projector", "imatrix", "vocab", "draft", "tokenizer", "config", "other")

FLAGS = (
    "params_disagree",
    "license_missing",
    "license_conflict",
    "context_suspect",
    "pickle_only",
    "remote_code",
    "superseded",
    "unsafe_scan",
    "cloud_only",
    "size_estimated",
)

# What a team may want to do with a model, and what a license may ask for it.
USES = ("internal", "serve", "embed", "redistribute", "train_outputs")
CLAUSES = (
    "attribution",
    "notice",
    "naming",
    "share_alike",
    "no_derivatives",
    "non_commercial",
    "research_only",
    "user_cap",
    "revenue_cap",
    "registration",
    "acceptable_use",
    "no_training_on_outputs",
    "region_limits",
)

CHANGES = ("added", "removed", "license", "base", "size")  # of a publish, as the feed tells them
HOPS = ("offline", "disk", "dns", "proxy", "tls", "upstream", "auth", "rate limit")

# Task ids and their modality as the Hub groups them (@huggingface/tasks 0.21.54, read 2026-11-24),
# then the retired ids that rows still carry, grouped as their successors are.
TASKS: dict[str, str] = {
    "text-generation": "nlp",
    "text-classification": "nlp",
    "token-classification": "nlp",
    "question-answering": "nlp",
    "table-question-answering": "nlp",
    "zero-shot-classification": "nlp",
    "translation": "nlp",
    "summarization": "nlp",
    "feature-extraction": "nlp",
    "fill-mask": "nlp",
    "sentence-similarity": "nlp",
    "text-ranking": "nlp",
    "text-retrieval": "nlp",
    "multiple-choice": "nlp",
    "table-to-text": "nlp",
    "text2text-generation": "nlp",
    "conversational": "nlp",
    "image-text-to-text": "multimodal",
    "image-text-to-image": "multimodal",
    "image-text-to-video": "multimodal",
    "visual-question-answering": "multimodal",
    "document-question-answering": "multimodal",
    "visual-document-retrieval": "multimodal",
    "video-text-to-text": "multimodal",
    "audio-text-to-text": "multimodal",
    "any-to-any": "multimodal",
    "text-to-image": "cv",
    "image-to-image": "cv",
    "image-to-text": "cv",
    "image-classification": "cv",
    "image-segmentation": "cv",
    "image-feature-extraction": "cv",
    "object-detection": "cv",
    "depth-estimation": "cv",
    "keypoint-detection": "cv",
    "mask-generation": "cv",
    "zero-shot-image-classification": "cv",
    "zero-shot-object-detection": "cv",
    "unconditional-image-generation": "cv",
    "video-classification": "cv",
    "text-to-video": "cv",
    "image-to-video": "cv",
    "video-to-video": "cv",
    "text-to-3d": "cv",
    "image-to-3d": "cv",
    "automatic-speech-recognition": "audio",
    "text-to-speech": "audio",
    "text-to-audio": "audio",
    "audio-to-audio": "audio",
    "audio-classification": "audio",
    "voice-activity-detection": "audio",
    "tabular-classification": "tabular",
    "tabular-regression": "tabular",
    "tabular-to-text": "tabular",
    "time-series-forecasting": "tabular",
    "reinforcement-learning": "rl",
    "robotics": "rl",
    "graph-ml": "other",
    "other": "other",
}

# What a model before any fine-tuning can do: go on with a text, fill a gap in it, say what is in a
# picture, turn either into numbers. Every other task is one that somebody made a model for.
GENERAL_TASKS = (
    *("text-generation", "text2text-generation", "fill-mask", "feature-extraction"),
    *("image-feature-extraction", "image-text-to-text", "any-to-any"),
)

SORTS = (
    "relevance",
    "popularity",
    "downloads",
    "likes",
    "updated",
    "created",
    "params",
    "size",
    "name",
)
VARIANTS = ("all", "collapsed")
