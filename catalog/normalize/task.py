"""The task of a model: stated, or read off its architecture; never guessed from its name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from catalog.normalize.family import DECODERS
from catalog.vocabulary import TASKS

# Heads of transformers classes that serve one task. `ForConditionalGeneration` is left out: it is
# translation, speech, captioning and chat alike.
_HEADS = {
    "ForCausalLM": "text-generation",
    "LMHeadModel": "text-generation",
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
    "ForQuestionAnswering": "question-answering",
    "ForMaskedLM": "fill-mask",
    "ForImageClassification": "image-classification",
    "ForObjectDetection": "object-detection",
    "ForSemanticSegmentation": "image-segmentation",
    "ForUniversalSegmentation": "image-segmentation",
    "ForDepthEstimation": "depth-estimation",
    "ForAudioClassification": "audio-classification",
    "ForVideoClassification": "video-classification",
    "ForSpeechSeq2Seq": "automatic-speech-recognition",
    "ForCTC": "automatic-speech-recognition",
}
_HEAD = re.compile(rf"({'|'.join(_HEADS)})$")
_WHOLE = {
    "WhisperForConditionalGeneration": "automatic-speech-recognition",
    "T5ForConditionalGeneration": "text2text-generation",
    "MT5ForConditionalGeneration": "text2text-generation",
    "BartForConditionalGeneration": "text2text-generation",
    "MBartForConditionalGeneration": "text2text-generation",
    "PegasusForConditionalGeneration": "summarization",
    "MarianMTModel": "translation",
}
# These are words of every other card as well, so as a tag they say nothing.
_VAGUE = frozenset({"conversational", "other", "feature-extraction", "robotics", "graph-ml"})
# The Hub itself adds these to what its text generation server or chat template can run.
_CHAT_SIGNS = frozenset({"conversational", "text-generation-inference"})


def stated_task(*values: object) -> str | None:
    """The first of the values that is a task of the vocabulary."""
    return next((value for value in values if isinstance(value, str) and value in TASKS), None)


def task_among(tags: Sequence[str]) -> str | None:
    """The one task that an author wrote among the tags; None when there are several."""
    found = {tag for tag in tags if tag in TASKS and tag not in _VAGUE}
    if "text2text-generation" in found:  # T5 and its kin also list what they were tuned on
        return "text2text-generation"
    return found.pop() if len(found) == 1 else None


def task_of_architecture(
    architectures: Sequence[str], model_type: str | None, tags: Sequence[str]
) -> str | None:
    """The task that the class of the weights serves."""
    for name in architectures:
        if name in _WHOLE:
            return _WHOLE[name]
        match = _HEAD.search(name)
        if match:
            return _HEADS[match[1]]
    # Without a class name: a decoder that the Hub can chat with.
    if model_type in DECODERS and not _CHAT_SIGNS.isdisjoint(tags):
        return "text-generation"
    return None


def modality_of(pipeline_tag: str | None) -> str | None:
    """The modality under which the Hub files a task."""
    return TASKS.get(pipeline_tag or "")
