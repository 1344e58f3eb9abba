"""Tasks, families, languages, formats and tags."""

from __future__ import annotations

import pytest

from catalog.normalize.family import family_of, is_draft, model_type_among
from catalog.normalize.formats import format_of_file, formats_of, pickle_only
from catalog.normalize.language import language_code, languages_of
from catalog.normalize.tags import MOST_TAGS, kept_tags, languages_among
from catalog.normalize.task import modality_of, stated_task, task_among, task_of_architecture


def test_a_stated_task_must_be_in_the_vocabulary() -> None:
    assert stated_task("text-generation") == "text-generation"
    assert stated_task("chatting", None, ["x"], "translation") == "translation"
    assert stated_task(None) is None


@pytest.mark.parametrize(
    ("tags", "task"),
    [
        (["llama", "text-generation"], "text-generation"),
        (["summarization", "translation", "text2text-generation"], "text2text-generation"),
        (["summarization", "translation"], None),
        (["feature-extraction"], None),
        (["conversational"], None),
    ],
)
def test_a_task_among_the_tags_counts_when_it_is_the_only_one(
    tags: list[str], task: str | None
) -> None:
    assert task_among(tags) == task


@pytest.mark.parametrize(
    ("classes", "model_type", "tags", "task"),
    [
        (["Qwen3ForCausalLM"], "qwen3", [], "text-generation"),
        (["GPT2LMHeadModel"], "gpt2", [], "text-generation"),
        (["BertForSequenceClassification"], "bert", [], "text-classification"),
        (["WhisperForConditionalGeneration"], "whisper", [], "automatic-speech-recognition"),
        (["T5ForConditionalGeneration"], "t5", [], "text2text-generation"),
        (["Gemma3ForConditionalGeneration"], "gemma3", [], None),
        (["BertModel", "BertForMaskedLM"], "bert", [], "fill-mask"),
        ([], "mistral", ["conversational"], "text-generation"),
        ([], "mistral", [], None),
        ([], "bert", ["conversational"], None),
    ],
)
def test_the_task_of_an_architecture(
    classes: list[str], model_type: str | None, tags: list[str], task: str | None
) -> None:
    assert task_of_architecture(classes, model_type, tags) == task


def test_modality_follows_the_task() -> None:
    assert modality_of("any-to-any") == "multimodal"
    assert modality_of(None) is None


@pytest.mark.parametrize(
    ("name", "model_type", "family"),
    [
        ("t5-small", "t5", "t5"),
        ("flan-t5-xl", "t5", "flan-t5"),
        ("mt5-base", "mt5", "mt5"),
        ("long-t5-tglobal-base", "longt5", "long-t5"),
        ("Qwen3-8B", "qwen3", "qwen3"),
        ("Qwen2.5-7B-Instruct", "qwen2", "qwen2.5"),
        ("Qwen1.5-7B", "qwen2", "qwen1.5"),
        ("Qwen3.8-27B", "qwen3_5", "qwen3.8"),
        ("Ornith-1.5-9B", "qwen3_5", "ornith"),
        ("Holo-1.5-9B", "qwen3_5", None),
        ("Meta-Llama-3-8B", "llama", "llama-3"),
        ("Llama-3.1-8B-Instruct", "llama", "llama-3.1"),
        ("Llama3_1-70B", "llama", "llama-3.1"),
        ("llama32_3B_en_emo_v2", "llama", "llama-3.2"),
        ("FineLlama-3.1-8B", "llama", "llama-3.1"),
        ("Llama-2-7b-chat-hf", "llama", "llama-2"),
        ("open_llama_3b_v2", "llama", "open-llama"),
        ("llama-13b", "llama", None),
        ("DeepSeek-R1-Distill-Qwen-7B", "qwen2", None),
        ("DeepSeek-R1", "deepseek_v3", "deepseek-r1"),
        ("DeepSeek-Prover-V2-671B", "deepseek_v3", "deepseek-v3"),
        ("StarFusion-alpha1", "mistral", None),
        ("Mistral-Nemo-Instruct-2407", "mistral", "mistral-nemo"),
        ("gemma-2b", "gemma", "gemma"),
        ("gemma-2-2b-it", "gemma2", "gemma-2"),
        ("gemma-3-27b-it", "gemma3", "gemma-3"),
        ("Phi-3-mini-4k-instruct", "phi3", "phi-3"),
        ("bert-base-uncased", "bert", "bert"),
        ("all-MiniLM-L6-v2", "bert", "minilm"),
        ("multilingual-e5-large", "xlm-roberta", "e5"),
        ("gpt-neox-20b", "gpt_neox", "gpt-neox"),
        ("stable-diffusion-xl-base-1.0", None, "stable-diffusion-xl"),
        ("FLUX.1-dev", None, "flux"),
        ("something-else", None, None),
        ("Qwen-7B-Chat", "qwen", "qwen"),
        ("Qwen-1_8B", None, "qwen"),
        ("CodeV-R1-Qwen-7B-GGUF", None, None),  # of which generation it does not say
        ("CutIA-Qwen-4B-tf", "qwen3", "qwen3"),
        ("Tucano2-qwen-3.7B-Base", "qwen3", "qwen3"),
        ("qwen25-7b-base-sft", "qwen2", "qwen2.5"),
        ("atlas-sft-qwen3-8-27b", None, "qwen3.8"),
        ("Qwen3-8B-8bit", "qwen3", "qwen3"),
        ("DeepSeek-R1", "deepseek_v3", "deepseek-r1"),
        ("DeepSeek-R1-0528-BF16", "deepseek_v3", "deepseek-r1"),
        ("DeepSeek-R1-Distill-Llama-8B", "llama", None),
        ("DeepSeek-R1-0528-Qwen3-8B", "qwen3", "qwen3"),
        ("llava-v1.6-vicuna-7b", "llava", "llava"),
        ("stablelm-zephyr-3b", None, "stablelm"),
        ("mambaout_base.in1k", None, None),
        ("mobilenetv4_conv_medium.e500_r256_in1k", None, "mobilenet"),
        ("hifigan-hubert-l1", None, None),
        ("chronos-t5-small", "t5", "chronos-t5"),
        ("nllb-clip-base-oc", None, "clip"),
        ("stable-diffusion-2-1", None, "stable-diffusion-2"),
        ("stable-diffusion-v1-5", None, "stable-diffusion"),
        ("Flux-Prompt-Enhance", "t5", None),
        ("gemma-gguf", None, None),
        ("VideoLLaMA3-2B", None, None),
        ("MiniCPM-Llama3-V-2_5-int4", None, "minicpm"),
        ("Qwen3.5-9B-DeepSeek-V4-Flash", None, "qwen3.5"),
        ("Instella-MoE-16B-A3B", "deepseek_v3", None),
        ("Qwen-Image-Edit-2511-Multiple-Angles-LoRA", "qwen", "qwen-image"),
        ("distil-t5-x", "t5", "t5"),
        ("gemma-2b-it", None, "gemma"),
        ("gemma-2-2b-it", None, "gemma-2"),
        # heads that guess ahead and parts are made for a model and are none of its family
        ("Qwen3.8-27B-DFlash2", "qwen3", None),
        ("Llama-3.1-8B-Instruct-speculator.eagle3", None, None),
        ("EAGLE-LLaMA3-Instruct-8B", "llama", None),
        ("FLUX.1-dev-ControlNet-Union-Pro", None, None),
    ],
)
def test_the_family_that_name_and_architecture_allow(
    name: str, model_type: str | None, family: str | None
) -> None:
    assert family_of(name, model_type) == family


def test_the_model_type_stands_among_the_first_tags() -> None:
    assert model_type_among(["transformers", "safetensors", "qwen2", "llama"]) == "qwen2"
    assert model_type_among(["transformers", "unsloth", "llama"]) is None
    assert model_type_among(["transformers"]) is None
    assert model_type_among(["gguf", "qwen"]) is None
    assert model_type_among(["safetensors", "gguf", "llama"]) == "llama"


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("en", "en"), ("EN", "en"), ("eng", "en"), ("English", "en"), ("zho", "zh"),
        ("zh-CN", "zh"), ("pt_BR", "pt"), ("jp", "ja"), ("tw", "tw"), ("tl", "tl"),
        ("fil", "fil"), ("yue", "yue"), ("Mandarin Chinese", "zh"), ("iw", "he"),
        ("multilingual", None), ("code", None), ("und", None), ("klingonish", None), ("", None),
    ],
)  # fmt: skip
def test_a_language_word(word: str, code: str | None) -> None:
    assert language_code(word) == code


def test_languages_keep_their_order_once() -> None:
    assert languages_of(["fr", "English", "multilingual", "en"]) == ("fr", "en")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("model.safetensors", "safetensors"),
        ("a/b.Q4_0.GGUF", "gguf"),
        ("pytorch_model.bin", "pickle"),
        ("training_args.bin", None),
        ("optimizer.pt", None),
        ("vocab.bin", None),
        ("Model.mlpackage/Data/weights/weight.bin", "coreml"),
        ("README.md", None),
    ],
)
def test_the_format_of_a_file(path: str, kind: str | None) -> None:
    assert format_of_file(path) == kind


def test_formats_come_from_the_files_where_they_are_listed() -> None:
    assert formats_of(["pytorch", "onnx"], None, None) == ("pickle", "onnx")
    assert formats_of(["pytorch"], None, ["model.safetensors", "README.md"]) == ("safetensors",)
    assert formats_of([], "mlx", None, ["safetensors"]) == ("safetensors", "mlx")
    assert formats_of(["diffusers:FluxPipeline"], "diffusers", None) == ("diffusers",)


def test_pickle_only_by_the_file_list() -> None:
    def only(*paths: str, library: str | None = None) -> bool:
        return pickle_only(paths, (), library, ())

    assert only("pytorch_model.bin", "README.md")
    assert not only("pytorch_model.bin", "model.safetensors")
    assert not only("README.md")
    assert not only("ggml-base.en.bin")
    assert not only("llama-2-7b.ggmlv3.q4_0.bin")
    assert not only("openvino_model.bin", "openvino_model.xml")
    assert not only("model.bin", "vocabulary.txt", library="ctranslate2")
    assert only("model.bin")
    assert not only("model.onnx", "model.onnx_data", "pytorch_model.bin")


@pytest.mark.parametrize(
    ("tags", "stated", "library", "expected"),
    [
        (("pytorch", "bert"), (), "transformers", True),
        (("joblib",), (), "sklearn", True),
        (("pytorch", "safetensors"), (), None, False),
        (("pytorch", "nemo"), (), None, False),
        (("pytorch", "speech"), ("PyTorch",), None, False),  # the author's word, not the Hub's
        (("pytorch", "diffusers"), (), None, False),
        (("pytorch",), (), "ctranslate2", False),
        (("bert",), (), None, False),
    ],
)
def test_pickle_only_by_the_tags_of_the_hub(
    tags: tuple[str, ...], stated: tuple[str, ...], library: str | None, expected: bool
) -> None:
    assert pickle_only(None, tags, library, stated) is expected


def test_tags_that_a_field_holds_are_left_out() -> None:
    tags = ["transformers", "safetensors", "text-generation", "license:mit", "base_model:a/b",
            "region:us", "en", "it", "MoE", "moe", "dataset:c4", "not-for-all-audiences",
            "x" * 65, "vllm"]  # fmt: skip
    assert kept_tags(tags, library="vllm", languages=("en",)) == ("it", "MoE", "dataset:c4")


def test_references_are_the_first_to_fall_to_the_limit() -> None:
    tags = [f"arxiv:2401.{n:05}" for n in range(50)] + ["word"]
    kept = kept_tags(tags, library=None, languages=())
    assert kept[0] == "word"
    assert len(kept) == MOST_TAGS


def test_languages_among_tags_have_two_letters() -> None:
    assert languages_among(["en", "EN", "zho", "zz", "xx"]) == ["en"]


@pytest.mark.parametrize(
    ("name", "helper"),
    [
        ("Qwen3.8-27B-DFlash2", True),
        ("LFM2.5-1.2B-Instruct-DSpark-GGUF", True),
        ("gpt-oss-120b-Eagle3-long-context", True),
        ("Qwen3-8B-speculator.eagle3", True),
        ("medusa-vicuna-7b", True),
        ("Qwen3.8-27B-MTP-ONLY-GGUF", True),
        ("mtp_head_Qwen3", True),
        ("Qwen3.8-27B-MTP-GGUF", False),
        ("NeuralBeagle14-7B", False),
        ("controlnet-union", False),
    ],
)
def test_names_of_what_guesses_ahead(name: str, helper: bool) -> None:
    assert is_draft(name) is helper
