"""Which repositories are bundled: what people use, and nothing that one would not show at work."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from catalog.vocabulary import TASKS

from . import task_facts
from .merge import Merged

MIN_DOWNLOADS = 100  # in 30 days
MIN_LIKES = 10
MIN_VOICE_DOWNLOADS = 1_000  # there are over a thousand voices of one speech model
RARE_TASK = 60  # a task with fewer rows than this takes its best below the minimum too

# Fixtures of test suites: millions of downloads by machines, of use to nobody else.
_FIXTURES = re.compile(
    r"^[^/]*(internal-testing|-testing)/|tiny-random|dummy|^sshleifer/tiny-|^fxmarty/|test-?repo$|"
    r"/\d{8}-\d{6}$",
    re.I,
)

# By words and by eye (2026-11): sexual, hateful or violent names, and models whose selling point
# is that refusals were removed.
_UNFIT = re.compile(
    r"nsfw|porn|hentai|erotic|sex(?!p|tant)|nudify|(?<![a-z])nudes?(?![a-z])|naked|lewd|fetish|bdsm|"
    r"nympho|slut|smut|horny|waifu(?!dev|-research)|milf|boobs|pussy|fuck|whore|bitch|hooker|"
    r"kinky?(?!p)|(?<![a-z])lust(?!r)|naughty|undress|onlyfans|hardcore(?!nas)|deepthroat|orgasm|"
    r"(?<![a-z])futa|(?<![a-z])(furry|yiff|loli|rape|gore|shit|dick|xxx|nazi|evil|babes|goon)(?![a-z])|"
    r"incest|succub|seduc|girlfriend|blowjob|bukkake|panties|lingerie|bimbo|ahegao|"
    r"uncensor|unfilteredai|unhinged|ablit|obliterat|heretic|decensor|derestrict|amoral|"
    r"jailbreak(?!-?(filter|detect|ing))|hitler|racist|4chan|murder|10-?eros|erp-|xortron|"
    r"criminalcomputing|heresy|-crack(?![a-z])|dominatrix|sodom(?![a-z])|(lumi|noro)maid|"
    r"angelslayer|stheno|satyr|doujin|tsundere|toxic_bot|(?<![a-z])jinx-|unaligned|unrestricted|"
    r"unfettered|not-refuse|girlslike|donald_trump|dirty|^(darkc0de|readyart|tenstrip|huihui-ai)/",
    re.I,
)
_UNFIT_TAGS = re.compile(
    r"nsfw|porn|hentai|erotic|^(not-for-all-audiences|uncensored|abliterated|heretic|decensored)$",
    re.I,
)


def chosen(merged: Iterable[Merged]) -> list[Merged]:
    """The repositories of the bundled catalog, in the order given."""
    every = [one for one in merged if one.repo_id.count("/") == 1]
    unfit = {one.repo_id for one in every if is_unfit(one)}
    fit = [
        one
        for one in every
        if one.repo_id not in unfit
        and unfit.isdisjoint(bases(one))
        and not _FIXTURES.search(one.repo_id)
    ]
    kept = {one.repo_id for one in fit if is_used(one)}
    by_task: defaultdict[str, list[Merged]] = defaultdict(list)
    for one in fit:
        task = task_of(one)
        if task in TASKS and one.row.get("downloads") != 0:
            by_task[task].append(one)
    for rows in by_task.values():
        missing = RARE_TASK - sum(one.repo_id in kept for one in rows)
        rest = sorted((one for one in rows if one.repo_id not in kept), key=_most_used_first)
        kept.update(one.repo_id for one in rest[: max(0, missing)])
    return [one for one in fit if one.repo_id in kept]


def is_used(one: Merged) -> bool:
    """Whether enough people use it, or, where downloads are not known, somebody listed it."""
    downloads = one.row.get("downloads") or 0
    if one.row.get("downloads") == 0:
        return False
    if (one.row.get("config") or {}).get("model_type") == "vits":
        return bool(downloads >= MIN_VOICE_DOWNLOADS)
    if downloads >= MIN_DOWNLOADS or (one.row.get("likes") or 0) >= MIN_LIKES:
        return True
    listed = task_facts.NAME in one.sources  # compiled by hand, task by task
    return listed and one.row.get("downloads") is None and task_of(one) in TASKS


def is_unfit(one: Merged) -> bool:
    """Whether its name, its base or a tag says that one would not show it in a meeting."""
    names = (one.repo_id, *bases(one))
    tags = map(str, one.row.get("tags") or ())
    return any(map(_UNFIT.search, names)) or any(map(_UNFIT_TAGS.search, tags))


def bases(one: Merged) -> tuple[str, ...]:
    """The repositories that it says it is made from."""
    stated = one.row["cardData"].get("base_model") or ()
    return (stated,) if isinstance(stated, str) else tuple(map(str, stated))


def task_of(one: Merged) -> str | None:
    """Its task, stated or supposed."""
    return one.row.get("pipeline_tag") or one.task_guess


def _most_used_first(one: Merged) -> tuple[int, int, str]:
    return -(one.row.get("downloads") or 0), -(one.row.get("likes") or 0), one.repo_id
