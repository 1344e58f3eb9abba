"""Sentences of the engine in the visitor's language: those that come often; others stay English."""

from __future__ import annotations

import re
from collections.abc import Callable

from catalog.records import SourceRun
from ui import safe, wording
from ui.i18n import _, ngettext

Words = Callable[[re.Match[str]], str]
_GOES_ON = "The next sync of the same kind within a day goes on from there."
_WHO = r"(?P<who>[^.;]+?)"
_DOCTOR = "`python -m catalog doctor`"
_REMEDY = re.compile(
    rf"(?P<first>.+) Look whether (?P<setting>[A-Z_]+) is its right address, or run {_DOCTOR}\."
)


def sentence(text: str | None) -> str:
    """A sentence of the engine as plain text; one without a translation as it is."""
    told = safe.plain(text, 400)
    if told.endswith(_GOES_ON):
        first = told.removesuffix(_GOES_ON).strip()
        last = _("The next sync of the same kind within a day goes on from there.")
        return f"{sentence(first)} {last}" if first else last
    if told in (fixed := _fixed()):
        return fixed[told]
    if (advised := _REMEDY.fullmatch(told)) is not None:
        remedy = _("Look whether {setting} is its right address, or run {command}.").format(
            setting=advised["setting"], command=_DOCTOR
        )
        return f"{sentence(advised['first'])} {remedy}"
    for pattern, words in _KNOWN:
        match = pattern.fullmatch(told)
        if match is not None:
            return words(match)
    return told


def of_run(run: SourceRun) -> str:
    """Why a run did not end well, one or two sentences as plain text; empty for one that did."""
    if run.stopped and run.fetched:
        return _("It was stopped after {rows}, and nothing of it is published.").format(
            rows=_rows(run.fetched)
        )
    if run.stopped:
        return _("It was stopped before it had read a row.")
    if run.error:
        return sentence(run.error)
    return "" if run.ok else _("The sync left no reason.")


def goes_on(run: SourceRun) -> bool:
    """Whether the next sync of the same kind goes on from where this one ended."""
    return (run.error or "").endswith(_GOES_ON)


def _fixed() -> dict[str, str]:
    """Reasons why a row is left out, as the sources write them, and in the visitor's language."""
    return {
        "a private repository": _("a private repository"),
        "disabled by the Hub": _("disabled by the Hub"),
        "listed more than once": _("listed more than once"),
        "left out, archived: its files are gone": _("archived: its files are gone"),
        "left out, taken down by the site": _("taken down by the site"),
        "left out, private": _("private"),
        "left out, no version in the answer": _("no version in the answer"),
    }


def _content(match: re.Match[str]) -> str:
    return _("left out for its content ({what})").format(what=match["what"])


def _unrated(match: re.Match[str]) -> str:
    return _("not rated yet ({what})").format(what=match["what"])


def _no_model(match: re.Match[str]) -> str:
    return _("not a model ({what})").format(what=match["what"])


def _rows(number: int) -> str:
    return ngettext("{number} row", "{number} rows", number).format(number=wording.whole(number))


def _number(match: re.Match[str], name: str = "number") -> int:
    return int(match[name].replace(",", ""))


def _source(who: str) -> str:
    names = {
        "The Ollama library": _("The Ollama library"),
        "The Ollama registry": _("The Ollama registry"),
    }
    return names.get(who, who)


def _owner(match: re.Match[str]) -> str:
    return _("process {pid} on {host}").format(pid=match["pid"], host=match["host"])


def _goes_on(match: re.Match[str]) -> str:
    return _("goes on with the sync of {when}, {models}").format(
        when=match["when"], models=wording.models(_number(match))
    )


def _died(match: re.Match[str]) -> str:
    return _(
        "The sync that began at {when} ended before its time. The next one goes on from there."
    ).format(when=match["when"])


def _everything(match: re.Match[str]) -> str:
    return _("reads everything: the last full walk was {age}").format(
        age=wording.days_ago(_number(match))
    )


def _unusable(match: re.Match[str]) -> str:
    return _("{source} gave no usable row; the last good rows stay.").format(
        source=_source(match["who"])
    )


def _by_rule(match: re.Match[str]) -> str:
    return _(
        "All rows that {source} gave are left out by rule ({number}); the last good rows stay."
    ).format(source=_source(match["who"]), number=match["number"])


def _busy(match: re.Match[str]) -> str:
    return _("{source} allows no more requests for now (429).").format(source=_source(match["who"]))


def _refused(match: re.Match[str]) -> str:
    return _(
        "{source} refused the request ({status}): a token is missing, wrong or not allowed."
    ).format(source=_source(match["who"]), status=match["status"])


def _faulty(match: re.Match[str]) -> str:
    return _("{source} has a fault of its own (status {status}).").format(
        source=_source(match["who"]), status=match["status"]
    )


def _unexpected(match: re.Match[str]) -> str:
    return _("{source} answered with status {status}, which was not expected.").format(
        source=_source(match["who"]), status=match["status"]
    )


def _not_shown(match: re.Match[str]) -> str:
    return _("{source} does not show it (status {status}): not there, private or gated").format(
        source=_source(match["who"]), status=match["status"]
    )


def _unreachable(match: re.Match[str]) -> str:
    return _("{source} cannot be reached: {reason}").format(
        source=_source(match["who"]), reason=match["reason"]
    )


_KNOWN: tuple[tuple[re.Pattern[str], Words], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"process (?P<pid>\d+) on (?P<host>\S+)", _owner),
        (r"goes on with the sync of (?P<when>[\d: -]+ UTC), (?P<number>[\d,]+) models", _goes_on),
        (r"walks everything: the last full walk was (?P<number>\d+) days ago", _everything),
        (r"The sync that began at (?P<when>[\d: -]+ UTC) was stopped before its end\. .+", _died),
        (rf"{_WHO} gave no usable row; the last good rows stay\.", _unusable),
        (rf"All (?P<number>[\d,]+) rows that {_WHO} gave are left out by rule; .*stay\.", _by_rule),
        (rf"{_WHO} allows no more requests for now \(429\)\.", _busy),
        (rf"{_WHO} refused the request \((?P<status>\d+)\): a token is .*allowed\.", _refused),
        (rf"{_WHO} has a fault of its own \(status (?P<status>\d+)\)\.", _faulty),
        (rf"{_WHO} answered with status (?P<status>\d+), which .+ expected\.", _unexpected),
        (rf"{_WHO} does not show it \(status (?P<status>\d+)\): .+ gated", _not_shown),
        (r"left out for its content \((?P<what>.+)\)", _content),
        (r"left out, not rated yet \((?P<what>.+)\)", _unrated),
        (r"left out, not a model \((?P<what>.+)\)", _no_model),
        (rf"{_WHO} cannot be reached: (?P<reason>.+)", _unreachable),
    )
)
