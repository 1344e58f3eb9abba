"""Words that a newcomer may not know, and the keys of the model page in words."""

from __future__ import annotations

from catalog.vocabulary import USES
from ui import safe
from ui.i18n import _


def use(name: str) -> str:
    """Something that a team may want to do with a model."""
    words = {
        "internal": _("Use it inside the company"),
        "serve": _("Serve it to customers"),
        "embed": _("Build it into a product"),
        "redistribute": _("Fine-tune it and pass it on"),
        "train_outputs": _("Train other models on what it writes"),
    }
    return words[name] if name in USES else safe.text(name)


def clause(key: str) -> str:
    """One thing that a license asks or forbids, in a word or two."""
    words = {
        "attribution": _("Name the author"),
        "notice": _("Keep the notices"),
        "naming": _("Rules for names"),
        "share_alike": _("Pass on under the same terms"),
        "no_derivatives": _("No changed versions"),
        "non_commercial": _("No commercial use"),
        "research_only": _("Research only"),
        "user_cap": _("Limit on users"),
        "revenue_cap": _("Limit on revenue"),
        "registration": _("Register first"),
        "acceptable_use": _("Forbidden uses"),
        "no_training_on_outputs": _("No training on outputs"),
        "region_limits": _("Not in every region"),
    }
    return words.get(key) or safe.text(key)


def gain(key: str) -> str:
    """What speaks for a similar model."""
    words = {
        "license": _("freer license"),
        "size": _("smaller"),
        "popularity": _("used more"),
        "newer": _("newer"),
    }
    return words.get(key) or safe.text(key)


def twin(sentence: str) -> str:
    """Why two rows are one model, as the catalog says it."""
    words = {
        "The repository whose weights this tag of the Ollama library is.": _(
            "The repository whose weights this tag of the Ollama library is."
        ),
        "The same model in the Ollama library.": _("The same model in the Ollama library."),
        "The same model as GGUF files.": _("The same model as GGUF files."),
        "The same checkpoint on the Hugging Face Hub.": _(
            "The same checkpoint on the Hugging Face Hub."
        ),
        "The same checkpoint on CivitAI.": _("The same checkpoint on CivitAI."),
    }
    return words.get(sentence) or safe.text(sentence)


def fact(key: str) -> str:
    """What a fact about a model means, for someone who reads it for the first time."""
    words = {
        "parameters": _(
            "How many learned numbers the model has, its size: 8B are 8 billion. More often means "
            "better answers, and always more memory."
        ),
        "active": _("How many of them a mixture of experts uses for each word: its speed."),
        "context": _("How many tokens it was made to read at once; a token is about ¾ of a word."),
        "size": _("The smallest complete set of files that runs: what has to be fetched."),
        "downloads": _("As the source counts them; 30 days and all time are never one column."),
        "likes": _("How many people marked the model at its source."),
        "updated": _("The last change at the source, not a sign of quality."),
        "quantization": _(
            "How the weights are stored: fewer bits per weight need less memory and lose some "
            "quality. Q4_K_M is a common choice, F16 and BF16 are unshortened."
        ),
    }
    return words[key]


def unread(verdict: str) -> str | None:
    """What the verdict `unread` means and what changes it; nothing for any other."""
    if verdict != "unread":
        return None
    return _(
        "Nobody has read the license text of this model yet: a sync of Ollama asks its registry "
        "for it. Until then a search finds it as commercial:unknown."
    )


def recipe_start(tool: str, language: str | None, needs: bool) -> str:
    """Where to type a recipe, and what has to be there first."""
    if tool.startswith("Ollama"):
        return _("Install Ollama first, then type this in a terminal.")
    if tool.startswith("llama.cpp"):
        return _("Install llama.cpp first, then type this in a terminal.")
    if language != "python":
        return _("Type it in a terminal.")
    if needs:
        return _("Type the first block in a terminal, the second in Python.")
    return _("Type it in Python.")


def recipe_note(key: str) -> str:
    """What one should know before typing a recipe."""
    words = {
        "unsafe_scan": _("A scan of the source marked a file as unsafe: do not load it unread."),
        "gated": _("Access is granted at the source first; then log in with `hf auth login`."),
        "maybe_gated": _("The source may ask you to log in and accept terms first."),
        "paid": _("The source sells the newest files: buy access there first."),
        "remote_code": _(
            "It needs code from the repository. Read that code first; the switch that trusts it "
            "is left out here on purpose."
        ),
        "pickle": _(
            "The weights are pickle files, which can run any code when they are loaded. Load them "
            "only where that would do no harm."
        ),
        "library_unstated": _(
            "The repository does not name its library; this goes by its architecture and task."
        ),
        "no_pipeline": _("transformers 5 has no pipeline for this task any more."),
        "prefix": _("Some models want the task or the language named in the text first."),
        "picks_quant": _("Without a quantization, Q4_K_M is taken where there is one."),
        "first_shard": _("The model is in several files; naming the first one loads all."),
        "ollama_hub": _("Ollama needs its own key entered in the settings of your account there."),
        "ollama_shards": _("No command for Ollama: it takes no model of the Hub in several files."),
        "ollama_one_file": _("Ollama takes it only if its weights are in one file."),
        "serves_8080": _("Open http://localhost:8080 in a browser once it runs."),
        "openai_8000": _("Answers like OpenAI's API on port 8000; needs a suitable GPU."),
        "openai_api": _("Ollama answers like OpenAI's API, for programs that speak it."),
        "embeds": _("It turns text into vectors and does not chat."),
        "cloud": _("It runs in the vendor's cloud: what you type leaves this machine."),
        "apple": _("Runs on a Mac with Apple silicon."),
        "cuda": _("Written for an NVIDIA GPU; on a Mac write mps, without a GPU cpu."),
        "fetches_base": _("The base model is fetched along; its license and size count too."),
        "onnx_inputs": _("It opens each graph and prints what it takes; what to feed is up to it."),
        "civitai_login": _(
            "Where the download asks for a login, add a token of your own account to the request."
        ),
    }
    return words.get(key) or safe.text(key)


def no_recipe(key: str) -> str:
    """Why there is nothing to type."""
    words = {
        "odd_id": _("Its name is not one that the source itself would take."),
        "part": _("It is a part of another model and does not run by itself."),
        "draft": _(
            "By its name it is for speculative decoding, where a small model guesses ahead for a "
            "large one; the model card says how to set it up."
        ),
        "pipeline": _(
            "Whether it holds a whole diffusers pipeline or only a part of one is not known."
        ),
        "library": _("Cardex has no tested recipe for its library and task."),
        "base": _("No version to fetch is known."),
        "task": _("Its task is not stated, so no tool can be named."),
        "formats": _("The formats of its files are not stated."),
        "unsure": _("Nothing that is stated says which tool could run it."),
    }
    return words.get(key) or safe.text(key)
