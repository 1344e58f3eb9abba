"""What to type for each tool, by what a row tells; ids of strangers stay one word."""

from __future__ import annotations

import ast
import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from catalog.services import recipes as doors
from catalog.services.recipes import choices, recipes, usual, why_none

HOSTILE = json.loads((Path(__file__).parents[2] / "fixtures/hostile_texts.json").read_text("utf-8"))
LLM = {
    "repo_id": "Qwen/Qwen3-8B",
    "pipeline_tag": "text-generation",
    "library_name": "transformers",
    "formats": ("safetensors",),
    "architecture": "qwen3",
    "gated": "no",
}


def by_tool(found: Any) -> dict[str, Any]:
    return {recipe.tool: recipe for recipe in found}


def test_a_language_model_runs_with_transformers_and_vllm(a_model: Any) -> None:
    found = by_tool(recipes(a_model(**LLM), ()))
    assert list(found) == ["transformers", "vLLM"]
    assert "model='Qwen/Qwen3-8B'" in found["transformers"].code
    assert "'text-generation'" in found["transformers"].code
    assert found["transformers"].notes == ()
    assert found["vLLM"].code == "vllm serve Qwen/Qwen3-8B"


def test_all_python_parses(a_model: Any) -> None:
    for task in (*doors.recipes_python.recipes_transformers._CALLS, "question-answering"):
        for recipe in recipes(a_model(**{**LLM, "pipeline_tag": task}), ()):
            if recipe.language == "python":
                ast.parse(recipe.code)


@pytest.mark.parametrize(
    ("architecture", "family", "wanted"),
    [
        ("t5", None, "AutoModelForSeq2SeqLM"),
        (None, "opus-mt", "AutoModelForSeq2SeqLM"),
        ("gemma3", "gemma-3", "pipeline('text-generation'"),
    ],
)
def test_tasks_whose_pipeline_is_gone_get_code_without_it(
    a_model: Any, architecture: str | None, family: str | None, wanted: str
) -> None:
    model = a_model(
        **{**LLM, "pipeline_tag": "translation", "architecture": architecture, "family": family}
    )
    found = by_tool(recipes(model, ()))["transformers"]
    assert wanted in found.code
    assert ("no_pipeline" in found.notes) is ("Seq2Seq" in wanted)
    assert ("sentencepiece" in found.needs) is (family == "opus-mt")


def test_a_translator_of_unknown_make_gets_no_code(a_model: Any) -> None:
    model = a_model(**{**LLM, "pipeline_tag": "translation", "architecture": None})
    assert recipes(model, ()) == ()
    assert why_none(model) == "library"


def test_questions_are_answered_without_a_pipeline(a_model: Any) -> None:
    found = by_tool(recipes(a_model(**{**LLM, "pipeline_tag": "question-answering"}), ()))
    assert "AutoModelForQuestionAnswering" in found["transformers"].code
    assert "vLLM" not in found


def test_code_of_the_repository_is_never_switched_on(a_model: Any) -> None:
    model = a_model(**LLM, flags=("remote_code", "pickle_only", "unsafe_scan"))
    for recipe in recipes(a_model(**{**LLM, "gated": "manual", "flags": model.flags}), ()):
        assert "trust" not in recipe.code
        assert recipe.notes[:4] == ("unsafe_scan", "gated", "remote_code", "pickle")


def test_a_row_without_a_library_needs_an_architecture(a_model: Any) -> None:
    named = a_model(**{**LLM, "library_name": None})
    assert "library_unstated" in by_tool(recipes(named, ()))["transformers"].notes
    silent = a_model(**{**LLM, "library_name": None, "architecture": None})
    assert recipes(silent, ()) == ()
    assert why_none(silent) == "unsure"


def test_schemes_need_their_packages_and_foreign_ones_have_no_code(a_model: Any) -> None:
    awq = by_tool(recipes(a_model(**LLM, quantizations=("AWQ-4",)), ()))
    assert "gptqmodel" in awq["transformers"].needs
    nvfp4 = by_tool(recipes(a_model(**LLM, quantizations=("NVFP4",)), ()))
    assert list(nvfp4) == ["vLLM"]
    assert recipes(a_model(**LLM, quantizations=("EXL2-4.0",)), ()) == ()


def gguf(a_file: Any, quant: str, *paths: str) -> list[Any]:
    return [
        a_file(path=path, format="gguf", quant_type=quant, group=quant, role="weights")
        for path in paths
    ]


def test_gguf_runs_in_llama_cpp_and_ollama_with_the_chosen_quantization(
    a_model: Any, a_file: Any
) -> None:
    model = a_model(repo_id="a/B-GGUF", formats=("gguf",), pipeline_tag="text-generation")
    files = [
        *gguf(a_file, "Q2_K", "b q2.gguf"),
        *gguf(a_file, "Q4_K_M", "b-q4.gguf"),
        *gguf(a_file, "Q8_0", "b-q8-00002-of-00002.gguf", "b-q8-00001-of-00002.gguf"),
    ]
    assert choices(model, files) == ("Q2_K", "Q4_K_M", "Q8_0")
    assert usual(model, files) == "Q4_K_M"
    found = by_tool(recipes(model, files))
    assert found["llama.cpp"].code == "llama-cli -hf a/B-GGUF:Q4_K_M"
    assert found["Ollama"].code == "ollama run hf.co/a/B-GGUF:Q4_K_M"
    small = by_tool(recipes(model, files, "Q2_K"))["llama.cpp, local file"].code
    assert small.splitlines() == [
        "hf download a/B-GGUF 'b q2.gguf' --local-dir models",
        "llama-cli -m 'models/b q2.gguf'",
    ]
    split = by_tool(recipes(model, files, "Q8_0"))
    assert "ollama_shards" in split["llama.cpp"].notes
    assert "Ollama" not in split, "it takes no model in several files"
    assert split["llama.cpp, local file"].code.endswith("-m models/b-q8-00001-of-00002.gguf")
    assert "first_shard" in split["llama.cpp, local file"].notes


def test_gguf_without_a_file_list_goes_by_its_quantizations(a_model: Any) -> None:
    model = a_model(
        repo_id="a/B", formats=("gguf",), quantizations=("Q8_0",), pipeline_tag="image-text-to-text"
    )
    found = by_tool(recipes(model, ()))
    assert found["llama.cpp"].code == "llama-server -hf a/B:Q8_0"
    assert list(found) == ["llama.cpp", "Ollama"]
    assert "ollama_one_file" in found["Ollama"].notes
    assert choices(model, ()) == ()
    silent = a_model(repo_id="a/B", formats=("gguf",), pipeline_tag="text-generation", gated="yes")
    found = by_tool(recipes(silent, ()))
    assert found["llama.cpp"].code == "llama-cli -hf a/B"
    assert found["llama.cpp"].notes == ("gated", "picks_quant")
    assert found["Ollama"].code == "ollama run hf.co/a/B"
    embedder = a_model(
        repo_id="a/B", formats=("gguf",), quantizations=("F16",), pipeline_tag="feature-extraction"
    )
    assert list(by_tool(recipes(embedder, ()))) == ["llama.cpp"]
    painter = a_model(
        repo_id="a/B", formats=("gguf",), quantizations=("Q4_0",), pipeline_tag="text-to-image"
    )
    assert recipes(painter, ()) == ()


def test_the_name_of_a_file_is_no_quantization(a_model: Any, a_file: Any) -> None:
    model = a_model(repo_id="google/gemma-2b", formats=("gguf",), pipeline_tag="text-generation")
    file = a_file(path="gemma-2b.gguf", format="gguf", group="gemma-2b", role="weights")
    found = by_tool(recipes(model, [file]))
    assert found["llama.cpp"].code == (
        "llama-cli --hf-repo google/gemma-2b --hf-file gemma-2b.gguf"
    )
    assert found["Ollama"].code == "ollama run hf.co/google/gemma-2b:gemma-2b.gguf"
    lone = a_file(path="b-00001-of-00003.gguf", format="gguf", group="b", role="weights")
    found = by_tool(recipes(model, [lone]))
    assert "Ollama" not in found
    assert found["llama.cpp"].notes == ("ollama_shards",)


@pytest.mark.parametrize(
    ("quant", "path", "kind"),
    [("-m", "b.gguf", None), (None, "../b.gguf", None), ("Q4_0", "b.gguf", "adapter")],
)
def test_what_llama_cpp_cannot_be_told_gets_no_code(
    a_model: Any, a_file: Any, quant: str | None, path: str, kind: str | None
) -> None:
    model = a_model(repo_id="a/b", formats=("gguf",), pipeline_tag="text-generation", kind=kind)
    file = a_file(path=path, format="gguf", quant_type=quant, group="b", role="weights")
    assert recipes(model, [file]) == ()


def test_ollama_runs_its_own_tags(a_model: Any) -> None:
    model = a_model(source="ollama", repo_id="llama3.1:8b", pipeline_tag="text-generation")
    found = recipes(model, ())
    assert found[0].code == "ollama run llama3.1:8b"
    assert choices(model, ()) == ()
    sent = json.loads(shlex.split(found[1].code)[-1])
    assert sent["model"] == "llama3.1:8b"
    cloud = a_model(source="ollama", repo_id="big:cloud", flags=("cloud_only",))
    assert "cloud" in recipes(cloud, ())[0].notes
    embedder = a_model(source="ollama", repo_id="e5", pipeline_tag="feature-extraction")
    assert recipes(embedder, ())[0].code.startswith("ollama pull e5\ncurl ")


def checkpoint(a_model: Any, **changes: Any) -> Any:
    facts = {
        "source": "civitai",
        "repo_id": "4384",
        "revision": "128713",
        "base_label": "SD 1.5",
        "pipeline_tag": "text-to-image",
        "size_bytes": 2 * 10**9,
    }
    return a_model(**{**facts, **changes})


def test_a_checkpoint_is_fetched_by_version_and_loaded_from_one_file(
    a_model: Any, a_file: Any
) -> None:
    files = [
        a_file(path="dream 8.safetensors", version_id="128713", group="128713 F16", role="weights",
               format="safetensors"),
        a_file(path="dream.ckpt", version_id="99", group="99 F16", role="weights",
               format="pickle"),
    ]  # fmt: skip
    model = checkpoint(a_model)
    found = by_tool(recipes(model, files))
    assert shlex.split(found["curl"].code) == [
        "curl", "--fail", "--location", "--output", "dream 8.safetensors",
        "https://civitai.com/api/download/models/128713?type=Model&format=SafeTensor",
    ]  # fmt: skip
    assert "StableDiffusionPipeline.from_single_file" in found["diffusers"].code
    ast.parse(found["diffusers"].code)
    old = by_tool(recipes(model, files, "99 F16"))
    assert "models/99?" in old["curl"].code
    assert "pickle" in old["diffusers"].notes
    assert list(by_tool(recipes(checkpoint(a_model, size_bytes=10**8), files))) == ["curl"]
    assert list(by_tool(recipes(checkpoint(a_model, base_label="Flux.1 D"), files))) == ["curl"]
    assert list(by_tool(recipes(model, ()))) == ["curl"]
    assert recipes(checkpoint(a_model, revision=None), ()) == ()
    assert why_none(checkpoint(a_model, revision=None)) == "base"


@pytest.mark.parametrize(
    ("facts", "tool", "part"),
    [
        ({"library_name": "timm"}, "timm", "'hf-hub:a/b'"),
        ({"library_name": "open_clip"}, "OpenCLIP", "'hf-hub:a/b'"),
        ({"library_name": "sentence-transformers"}, "sentence-transformers", "SentenceTransformer"),
        (
            {"library_name": "sentence-transformers", "pipeline_tag": "text-ranking"},
            "sentence-transformers",
            "CrossEncoder",
        ),
        (
            {
                "library_name": "diffusers",
                "pipeline_tag": "text-to-image",
                "formats": ("diffusers",),
            },
            "diffusers",
            "from_pretrained('a/b'",
        ),
        (
            {
                "library_name": "diffusers",
                "pipeline_tag": "text-to-image",
                "kind": "adapter",
                "base_models": ("huggingface:c/d",),
            },
            "diffusers",
            "load_lora_weights('a/b')",
        ),
        (
            {"library_name": "peft", "pipeline_tag": "text-generation", "kind": "adapter"},
            "PEFT",
            "from_pretrained('a/b'",
        ),
        (
            {"library_name": "mlx", "pipeline_tag": "text-generation", "formats": ("mlx",)},
            "MLX",
            "mlx_lm.generate --model a/b --prompt",
        ),
        ({"pipeline_tag": "image-text-to-text", "formats": ("mlx",)}, "MLX", "mlx_vlm.generate"),
        ({"formats": ("onnx",)}, "ONNX Runtime", "snapshot_download('a/b'"),
    ],
)
def test_a_named_library_is_called_as_it_wants(
    a_model: Any, facts: dict[str, Any], tool: str, part: str
) -> None:
    found = by_tool(recipes(a_model(repo_id="a/b", **facts), ()))
    assert part in found[tool].code
    if found[tool].language == "python":
        ast.parse(found[tool].code)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"kind": "component"}, "part"),
        ({"kind": "adapter", "library_name": "diffusers"}, "part"),
        ({"library_name": "nemo"}, "library"),
        ({}, "task"),
        ({"pipeline_tag": "text-generation"}, "formats"),
        ({"library_name": "diffusers", "pipeline_tag": "image-to-video"}, "library"),
        ({"library_name": "mlx", "pipeline_tag": "text-to-speech"}, "library"),
        (
            {
                "name": "speecht5_tts",
                "pipeline_tag": "text-to-speech",
                "library_name": "transformers",
                "formats": ("safetensors",),
                "architecture": "speecht5",
            },
            "library",
        ),
    ],
)
def test_no_recipe_says_why(a_model: Any, facts: dict[str, Any], reason: str) -> None:
    model = a_model(**facts)
    assert recipes(model, ()) == ()
    assert why_none(model) == reason


DRAWS = {"library_name": "diffusers", "pipeline_tag": "text-to-image"}


@pytest.mark.parametrize(
    ("repo_id", "bases", "reason"),
    [
        ("ByteDance/SDXL-Lightning", (), "pipeline"),
        ("ByteDance/Hyper-SD", ("huggingface:black-forest-labs/FLUX.1-dev",), "pipeline"),
        ("lightx2v/Qwen-Image-Lightning", ("huggingface:Qwen/Qwen-Image",), "pipeline"),
        ("a/RealismLora", (), "part"),
        ("h94/IP-Adapter-FaceID", (), "part"),
        ("xinsir/controlnet-union-sdxl-1.0", (), "part"),
        ("Shakker-Labs/FLUX.1-dev-ControlNet-Union-Pro", ("huggingface:a/flux",), "part"),
    ],
)
def test_what_is_not_known_to_be_a_whole_pipeline_is_not_run_as_one(
    a_model: Any, repo_id: str, bases: tuple[str, ...], reason: str
) -> None:
    name = repo_id.partition("/")[2]
    model = a_model(repo_id=repo_id, name=name, base_models=bases, **DRAWS)
    assert recipes(model, ()) == ()
    assert why_none(model) == reason


def test_flux_draws_in_bfloat16_with_and_without_a_lora(a_model: Any) -> None:
    base = ("huggingface:black-forest-labs/FLUX.1-dev",)
    lora = a_model(
        repo_id="XLabs-AI/flux-RealismLora", name="flux-RealismLora", base_models=base, **DRAWS
    )
    code = by_tool(recipes(lora, ()))["diffusers"].code
    assert "from_pretrained('black-forest-labs/FLUX.1-dev', torch_dtype=torch.bfloat16)" in code
    assert "load_lora_weights('XLabs-AI/flux-RealismLora')" in code
    whole = a_model(repo_id="black-forest-labs/FLUX.1-dev", name="FLUX.1-dev", **DRAWS)
    assert "torch.bfloat16" in by_tool(recipes(whole, ()))["diffusers"].code
    old = a_model(repo_id="CompVis/stable-diffusion-v1-4", **DRAWS)
    assert "torch.float16" in by_tool(recipes(old, ()))["diffusers"].code


def test_a_head_that_guesses_ahead_gets_no_code(a_model: Any) -> None:
    for name in ("Qwen3.8-27B-DFlash2", "LFM2.5-2.6B-DSpark", "Qwen3-8B-speculator.eagle3"):
        head = a_model(**{**LLM, "repo_id": f"a/{name}", "name": name})
        assert recipes(head, ()) == ()
        assert why_none(head) == "draft"
    seeing = a_model(
        **{
            **LLM,
            "repo_id": "nvidia/Eagle2-2B",
            "name": "Eagle2-2B",
            "architecture": "eagle_2_5_vl",
        }
    )
    assert recipes(seeing, ())
    assert recipes(a_model(source="ollama", repo_id="draft", name="draft"), ())


@pytest.mark.parametrize(
    ("repo_id", "library", "task", "loads"),
    [
        ("BAAI/bge-reranker-v2-m3", "sentence-transformers", "text-classification", True),
        ("cross-encoder/ms-marco-MiniLM-L6-v2", "transformers", "text-classification", True),
        ("BAAI/bge-reranker-large", "transformers", "feature-extraction", True),
        ("Qwen/Qwen3-Reranker-0.6B", "transformers", "text-ranking", False),
        ("a/Qwen3-Reranker-8B-AWQ", None, "text-generation", False),
    ],
)
def test_a_reranker_judges_pairs(
    a_model: Any, repo_id: str, library: str | None, task: str, loads: bool
) -> None:
    model = a_model(
        repo_id=repo_id,
        name=repo_id.partition("/")[2],
        library_name=library,
        pipeline_tag=task,
        formats=("safetensors",),
    )
    found = recipes(model, ())
    assert [recipe.tool for recipe in found] == ["sentence-transformers"] * loads
    assert all(".predict([(" in recipe.code for recipe in found)


def test_entailment_is_asked_by_the_pipeline_of_its_task(a_model: Any) -> None:
    facts = {**LLM, "repo_id": "cross-encoder/nli-x", "pipeline_tag": "zero-shot-classification"}
    assert "transformers" in by_tool(recipes(a_model(**facts), ()))


@pytest.mark.parametrize(
    ("gated", "terms", "told"),
    [
        ("unknown", "LicenseRef-llama3.1", True),
        ("unknown", "LicenseRef-gemma", True),
        ("unknown", "LicenseRef-flux-1-dev-non-commercial-license", True),
        ("no", "LicenseRef-gemma", False),
        ("unknown", "MIT", False),
        ("unknown", None, False),
    ],
)
def test_where_access_is_unknown_and_often_asked_for_it_is_told(
    a_model: Any, gated: str, terms: str | None, told: bool
) -> None:
    for recipe in recipes(a_model(**{**LLM, "gated": gated, "license": terms}), ()):
        assert ("maybe_gated" in recipe.notes) is told


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("source", ["huggingface", "civitai", "ollama"])
def test_an_id_that_no_source_takes_gives_no_recipe(a_model: Any, source: str, text: str) -> None:
    model = a_model(**{**LLM, "repo_id": text, "source": source, "formats": ("gguf",)})
    if text in {"www.evil.test/bare", "null", "None", "NaN"} and source != "civitai":
        return  # as good as any other name
    assert recipes(model, ()) == ()
    assert why_none(model) == "odd_id"


@pytest.mark.parametrize(
    "name", ["-rf", "--help", "a/../b c", "$(id)", "a;b", "`id`", "a\nb", "。"]
)
def test_ids_that_a_shell_would_read_are_refused(a_model: Any, name: str) -> None:
    assert recipes(a_model(**{**LLM, "repo_id": name}), ()) == ()


@pytest.mark.parametrize("path", [*HOSTILE, "$(touch x).gguf", "-m.gguf", "../../x.gguf", "a'b"])
def test_a_file_name_stays_one_word_and_runs_nothing(a_model: Any, a_file: Any, path: str) -> None:
    model = a_model(repo_id="a/b", formats=("gguf",), pipeline_tag="text-generation")
    local = by_tool(recipes(model, gguf(a_file, "Q4_0", path))).get("llama.cpp, local file")
    if local is not None:
        fetch, run = local.code.split("\n")
        assert shlex.split(fetch)[3] == path
        assert shlex.split(run) == ["llama-cli", "-m", f"models/{path}"]
    file = a_file(path=path, version_id="1", group="1", role="weights", format="safetensors")
    for recipe in recipes(checkpoint(a_model), [file]):
        if recipe.language == "python":
            tree = ast.parse(recipe.code)
            words = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
            assert f"./{path.rsplit('/', 1)[-1]}" in words
        else:
            assert len(shlex.split(recipe.code)) == 6
