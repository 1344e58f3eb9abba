"""Sentences of the arithmetic of fit in the visitor's language; what is not known stays English."""

from __future__ import annotations

import re

from ui import fit_words, safe, said_speed, wording
from ui.i18n import _

_REFUSED = re.compile(
    r"llama\.cpp has no (?P<kind>[a-z0-9_]+) cache for heads of (?P<head>\d+) values"
)
_DOUBT = re.compile(r"Not known: (?P<names>[a-z_, ]+); (?P<why>.+)\.")

_CARDS = re.compile(r"cards x \((.+)\)")


def doubt(text: str) -> str:
    """Why there is no point, as plain text."""
    told = safe.plain(text, 400)
    match = _DOUBT.fullmatch(told)
    if match is None:
        return told
    parts = [fit_words.term(name) for name in match["names"].split(", ")]
    names = wording.listed(part[:1].lower() + part[1:] for part in parts)
    return _("Not known: {names}; {why}.").format(names=names, why=_why(match["why"]))


def _why(text: str) -> str:
    if (match := _REFUSED.fullmatch(text)) is not None:
        return _("llama.cpp has no {kind} cache for heads of {head} values").format(
            kind=match["kind"], head=match["head"]
        )
    words = {
        "versions differ in whether they keep every token of a layer with a window": _(
            "versions differ in whether they keep every token of a layer with a window"
        ),
        "not stated where the facts are from": _("not stated where the facts are from"),
        "no source states the facts of its architecture; give its config.json or GGUF file": _(
            "no source states the facts of its architecture"
        ),
        "the parameters that are counted are those of the denoiser alone, without text encoders "
        "and autoencoder": _(
            "the parameters that are counted are those of the denoiser alone, without text "
            "encoders and autoencoder"
        ),
        "no source states the size of its files": _("no source states the size of its files"),
        "what a video takes beside the weights depends on its length and size": _(
            "what a video takes beside the weights depends on its length and size"
        ),
        "what such a model keeps beside its weights is not worked out here": _(
            "what such a model keeps beside its weights is not worked out here"
        ),
    }
    return words.get(text, text)


def formula(text: str) -> str:
    """A formula, with the sign of multiplication."""
    told = safe.plain(text, 600)
    if told.startswith("at most: "):
        return _("at most: {formula}").format(formula=formula(told.removeprefix("at most: ")))
    if (match := _CARDS.fullmatch(told)) is not None:
        return _("cards × ({formula})").format(formula=formula(match[1]))
    words = {
        "sum of the tensors; all experts stay in memory": _(
            "sum of the tensors; all experts stay in memory"
        ),
        "sum over layers: cells x (row of key + row of value)": _(
            "sum over layers: cells × (row of key + row of value)"
        ),
        "4 x words x users": _("4 × words × users"),
        "what the runtime itself takes": _("what the runtime itself takes"),
        "sum of all parts, all in memory at once; one at a time needs less": _(
            "sum of all parts, all in memory at once; one at a time needs less"
        ),
        "an image keeps none": _("an image keeps none"),
        "encoders keep none": _("encoders keep none"),
        "this kind of model keeps none": _("this kind of model keeps none"),
        "not worked out for this kind of model": _("not worked out for this kind of model"),
        "one image: 512 x 512, or decoded in tiles; at most 1024 x 1024 at once": _(
            "one image: 512 × 512, or decoded in tiles; at most 1024 × 1024 at once"
        ),
    }
    return words.get(told) or told.replace(" x ", " × ")


def source(text: str) -> str:
    """The document or measurement that a part stands on."""
    words = {
        "the file, or its size in the catalog": _("the file, or its size in the catalog"),
        "fitted to llama.cpp on a processor with flash attention; more without it": _(
            "fitted to llama.cpp on a processor with flash attention; more without it"
        ),
        "measured: 40 MB on a processor, 300 to 600 MB for each CUDA card": _(
            "measured: 40 MB on a processor, 300 to 600 MB for each CUDA card"
        ),
        "nobody here knows": _("nobody here knows"),
    }
    told = safe.plain(text, 300)
    return words.get(told) or told


def basis(text: str) -> str:
    """What a speed was worked out from."""
    return said_speed.basis(text)


def value(text: str) -> str:
    """A value that went into a formula."""
    words = {
        "full": _("full"),
        "latent": _("latent"),
        "sliding window": _("sliding window"),
        "recurrent": _("recurrent"),
        "per-layer heads": _("per-layer heads"),
        "shared by layers": _("shared by layers"),
        "unknown": _("unknown"),
    }
    parts = [words.get(part) or safe.plain(part, 80) for part in text.split(", ")]
    return wording.listed(parts)


def input_name(name: str) -> str:
    """The name of what went into a formula, as the formula has it."""
    words = {
        "attention": _("attention"),
        "context": _("context"),
        "users": _("users"),
        "type": _("type"),
        "bits_per_value": _("bits per value"),
        "layers": _("layers"),
        "layers_with_cache": _("layers with cache"),
        "layers_with_window": _("layers with window"),
        "cells": _("cells"),
        "cells_of_window": _("cells of window"),
        "cards": _("cards"),
        "tokens": _("tokens"),
        "words": _("words"),
        "batch": _("batch"),
        "images": _("images"),
        "kind": _("kind"),
    }
    return words.get(name) or safe.plain(name.replace("_", " "), 60)
