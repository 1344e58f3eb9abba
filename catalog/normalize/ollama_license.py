"""Licenses of Ollama models: the text that a manifest carries, read by its title.

A text that is known whole is found by its SHA-256, else by its title. One without a title that is
known here keeps its first line as its name, and nobody has read it: `ask`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from catalog.normalize.license import spdx_of, verdict_of
from catalog.normalize.license_table import text_with
from catalog.normalize.plain import text
from catalog.vocabulary import COMMERCIAL_USE

_HEAD = 3_000  # characters in which the sentences of a license without a title are found
_TITLE = 400  # and those in which a title stands
_LINE = 120
# Rules beside a license, which the license itself counts in.
_NO_LICENSE = re.compile(
    r"(?!.*(?:license|agreement|terms)).*(?:acceptable|prohibited) use policy", re.IGNORECASE
)

# Title -> id as the license table knows it; the special before the general.
_TITLES: tuple[tuple[str, str], ...] = (
    (r"llama 4 community license", "llama4"),
    (r"llama 3\.3 community license", "llama3.3"),
    (r"llama 3\.2 community license", "llama3.2"),
    (r"llama 3\.1 community license", "llama3.1"),
    (r"(?:meta )?llama 3 community license", "llama3"),
    (r"llama 2 community license", "llama2"),
    (r"gemma terms of use", "gemma"),
    (r"health ai developer foundations", "health-ai-developer-foundations"),
    (r"qwen research license", "qwen-research"),
    (r"(?:tongyi )?qianwen research license", "tongyi-qianwen-research"),
    (r"tongyi qianwen license", "tongyi-qianwen"),
    (r"qwen license", "qwen"),
    (r"mistral ai research license", "mistral-ai-research-license"),
    (r"mistral ai non-production license", "mistral-ai-non-production-license"),
    (r"deepseek license", "deepseek-license"),
    (r"nvidia open model license", "nvidia-open-model-license"),
    (r"nvidia nemotron open model license", "nvidia-nemotron-open-model-license"),
    (r"falcon.{0,12} tii license|tii falcon.{0,10} license", "falcon-llm-license"),
    (r"lfm open license", "lfm-open-license-v1.0"),
    (r"jamba open model license", "jamba-open-model-license"),
    (r"yi series models.{0,20} license", "yi-license"),
    (r"exaone ai model license", "exaone"),
    (r"stability ai.{0,30} non-?commercial research", "stabilityai-nc-community"),
    (r"stability ai community license", "stabilityai-community"),
    (r"microsoft research license", "microsoft-research-license"),
    (r"bigcode open\s?rail-m", "bigcode-openrail-m"),
    (r"bigscience open\s?rail-m", "bigscience-openrail-m"),
    (r"creativeml open rail\+\+-m", "openrail++"),
    (r"creativeml open rail-?m", "creativeml-openrail-m"),
    (r"attribution-noncommercial-noderiv\w* 4\.0", "cc-by-nc-nd-4.0"),
    (r"attribution-noncommercial-sharealike 4\.0", "cc-by-nc-sa-4.0"),
    (r"attribution-noncommercial 4\.0", "cc-by-nc-4.0"),
    (r"attribution-sharealike 4\.0", "cc-by-sa-4.0"),
    (r"attribution-noderiv\w* 4\.0", "cc-by-nd-4.0"),
    (r"attribution 4\.0 international", "cc-by-4.0"),
    (r"gnu affero general public license version 3", "agpl-3.0"),
    (r"gnu lesser general public license version 3", "lgpl-3.0"),
    (r"gnu lesser general public license version 2\.1", "lgpl-2.1"),
    (r"gnu general public license version 3", "gpl-3.0"),
    (r"gnu general public license version 2", "gpl-2.0"),
    (r"mozilla public license version 2\.0", "mpl-2.0"),
    (r"tencent hunyuan.{0,20} community license", "tencent-hunyuan-community"),
    (r"ltx-2 community license", "ltx-2-community-license"),
    (r"flux\.[12].{0,24} non-?commercial license", "flux-1-dev-non-commercial-license"),
    (r"modified mit license", "modified-mit"),
)
# Sentences that other licenses quote: they count only below a first line that names no other.
_SENTENCES: tuple[tuple[str, str], ...] = (
    (r"apache license version 2\.0", "apache-2.0"),
    (r"permission is hereby granted free of charge to any person obtaining a copy", "mit"),
    (r"redistributions? of source code must retain.*neither the name", "bsd-3-clause"),
    (r"redistributions? of source code must retain", "bsd-2-clause"),
)
_PLAIN_START = re.compile(
    r"(?:the )?(?:apache|mit|expat|bsd|[23]-clause|copyright|\(c\)|©|permission|licensed|redistrib)"
)
_SPACES = re.compile(r"[\s,*#=]+")
_RANK = {verdict: rank for rank, verdict in enumerate(COMMERCIAL_USE[:4])}


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseText:
    """One license text: what it is stored as, and its first line in its own words."""

    license: str | None
    first_line: str


def license_of_text(body: str) -> LicenseText | None:
    """The license that a text is; None for an empty one and for rules that are no license."""
    lines = (text(line.strip(" \t#*=_-"), _LINE) for line in body[:_HEAD].splitlines())
    first = next(filter(None, lines), None)
    if first is None or _NO_LICENSE.match(first):
        return None
    whole = text_with(hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest())
    if whole is not None:
        return LicenseText(license=whole.license, first_line=first)
    head = _SPACES.sub(" ", body[:_HEAD]).lower()
    known = _found(_TITLES, head[:_TITLE])
    if known is None and _PLAIN_START.match(first.lower()):
        known = _found(_SENTENCES, head)
    return LicenseText(license=spdx_of(known or first), first_line=first)


def strictest_text(bodies: Iterable[str]) -> LicenseText | None:
    """Of several texts the one that allows the least; None when none is a license."""
    found = [one for one in map(license_of_text, bodies) if one is not None]
    return max(found, key=_strictness, default=None)


def _strictness(one: LicenseText) -> int:
    return _RANK.get(verdict_of(one.license, one.first_line)[0], -1)  # "none" says nothing


def _found(table: tuple[tuple[str, str], ...], words: str) -> str | None:
    return next((name for pattern, name in table if re.search(pattern, words)), None)
