"""Sentences about licenses in the visitor's language: what each says, asks and forbids.

The engine hands out English sentences of a finite set, with names in them. A name stays as it is,
and so does a sentence that is not known here.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ui import safe
from ui.i18n import _, speaking

_WORDS = 400  # characters of what is said at once
_ENDS = re.compile(r"(?<=\.) (?=[A-Z])")
_NAME = r"(?P<\1>(?:(?!: ).)+)"  # what stands before a colon is a sentence's lead, no name

Patterns = tuple[tuple[str, re.Pattern[str]], ...]


def sentences(text: str | None) -> str:
    """One or more sentences as plain text; those that are not known stay English."""
    told = safe.plain(text, _WORDS)
    return _known(told) or " ".join(_known(part) or part for part in _ENDS.split(told))


def _known(text: str) -> str | None:
    """One sentence in the visitor's language; None where it is not of the set."""
    fixed, templates, leads = _english()
    if text in fixed:
        return _(text)
    told = _filled(text, templates)
    if told is not None:
        return told
    lead, _colon, rest = text.partition(": ")
    inner = _known(rest) if rest else None
    return None if inner is None else f"{_filled(lead, leads) or lead}: {inner}"


def _filled(text: str, templates: Patterns) -> str | None:
    for template, pattern in templates:
        match = pattern.fullmatch(text)
        if match is not None:
            return _(template).format(**match.groupdict())
    return None


@lru_cache(maxsize=1)
def _english() -> tuple[frozenset[str], Patterns, Patterns]:
    """Whole sentences, those with names in them, and what stands before a colon."""
    with speaking("en"):
        fixed = frozenset((*_fixed(), *_clauses()))
        return fixed, _patterns(_templates()), _patterns(_leads())


def _patterns(templates: tuple[str, ...]) -> Patterns:
    return tuple(
        (one, re.compile(re.sub(r"\\{(\w+)\\}", _NAME, re.escape(one)))) for one in templates
    )


def _leads() -> tuple[str, ...]:
    return (
        _("It derives from {name}"),
        _("A name says {name}, whose terms follow the weights, whatever a copy states"),
    )


def _fixed() -> tuple[str, ...]:
    """Sentences without a name."""
    return (
        _("The base model is not named; it has no license that is known here."),
        _("A license of its own is stated whose text is not known here."),
        _("No license is stated."),
        _("One of several licenses may be chosen."),
        _("It is not in the catalog; its license is not known here."),
        _("The license text of this model has not been read."),
        _("The tables behind the bundled catalog do not tell its license."),
        _("The creator's word on commercial use is missing."),
        _("The creator allows no commercial use."),
        _(
            "The creator allows selling generated images, running it on CivitAI's own "
            "services, running it on other paid services and selling the model itself or "
            "merges of it."
        ),
        _(
            "The creator allows selling generated images; not running it on CivitAI's own "
            "services, running it on other paid services nor selling the model itself or "
            "merges of it."
        ),
        _(
            "The creator allows selling generated images, running it on CivitAI's own "
            "services and running it on other paid services; not selling the model itself or "
            "merges of it."
        ),
        _("The creator asks to be credited."),
        _("Merges of it may not be shared."),
        _("Merges of it must keep the same permissions."),
        _("The creator allows it for safe-for-work images only."),
        _("Selling images is allowed; serving it or building it into a product is not."),
        _("No permission speaks of training on its pictures."),
        _("Whether merges of it may be shared is not told here."),
    )


def _templates() -> tuple[str, ...]:
    """Sentences with a name, the special before the general."""
    return (
        _("The text of {name} is not known here."),
        _("The license calls itself {name}, which reads as non-commercial."),
        _(
            "A name says {name}: the terms of that model follow its weights, "
            "whatever a copy states."
        ),
        _("It says {stated}, but {name}, which it derives from, says {its}."),
        _(
            "It says {stated}, but a name says {name}, whose terms follow the weights, "
            "whatever a copy states."
        ),
        _("It states two licenses that differ: {name}."),
        _("The creator allows what {name}, the license of the base model {base}, forbids."),
        _("The base model {base} is under {name}, whose text is not known here."),
        _("The base model {base} has no license that is known here."),
        _("CivitAI's own wording: {name}"),
        _("{name} allows it."),
        _("{name} allows it on conditions."),
        _("{name} leaves it open."),
        _("{name} forbids it."),
        _("{name}: commercial use is allowed, at most with attribution and notices."),
        _("{name}: commercial use is allowed within its use restrictions."),
        _("{name}: commercial use is allowed; what is made from it keeps the license."),
        _(
            "{name}: commercial use is allowed; what is built on it may have to be published "
            "under the same license."
        ),
        _("{name}: commercial use is allowed, with rules on names or redistribution."),
        _("{name}: commercial use is allowed, but not sharing a changed version."),
        _(
            "{name}: commercial use is allowed within naming and use rules and up to a "
            "number of users."
        ),
        _(
            "{name}: commercial use is allowed up to a size of company or audience, or with "
            "added duties."
        ),
        _("{name}: commercial use is allowed once registered or granted."),
        _("{name}: commercial use is forbidden."),
        _("{name}: research or other non-commercial use only."),
        _("{name}: a family of licenses that differ about commercial use."),
        _("{name} is taken for another spelling of its name."),
        _("{name} is not in the catalog; its license is not known here."),
        _("{name} is no longer in the catalog; what was last known of its license still counts."),
        _("{name}, which it derives from, states no license."),
    )


def _clauses() -> tuple[str, ...]:
    """What licenses ask or forbid, as their table has it."""
    return (
        _("The makers have to be named."),
        _("The license text and its notices go with every copy."),
        _("There are rules on names: what a product shows, or what a derived model is called."),
        _("What is made from it and passed on stays under the same license."),
        _("A changed version may not be passed on."),
        _("Commercial use is forbidden."),
        _("Only research or other non-commercial use is allowed."),
        _("Above a number of users a license of its own is needed."),
        _("Above a yearly revenue a license of its own is needed."),
        _("Commercial use has to be registered or granted first."),
        _("A list of forbidden uses binds you and whoever gets the model from you."),
        _("What it puts out may not be used to train or improve other models."),
        _("It is not licensed everywhere."),
        _(
            "Who is served a changed version over a network has to be offered its source "
            "under the same license."
        ),
        _("Apple's names may not be used to promote what is made from it."),
        _(
            "A changed version that is passed on must be told apart from the original, or be "
            "free itself."
        ),
        _(
            "Its list of forbidden uses binds you, and has to be passed on to whoever gets "
            "the model or is served by it."
        ),
        _("The data may be used for computing with it only."),
        _(
            "The prohibited use policy of Google binds you, has to be passed on, and covers "
            "models trained on what it puts out."
        ),
        _("Commercial use is for those below a yearly revenue that the text names."),
        _("What it puts out may not be used to train other foundation models."),
        _(
            "Whoever had more than 700 million monthly users when it was released must ask "
            "Meta for a license."
        ),
        _("The acceptable use policy of the maker binds you and is part of the license."),
        _("What it puts out may not be used to improve any other large language model."),
        _(
            'Products must show "Built with Meta Llama 3"; a derived model\'s name begins '
            'with "Llama 3".'
        ),
        _(
            'Products must show "Built with Llama"; the name of a model made from it or '
            'trained on what it puts out begins with "Llama".'
        ),
        _(
            "Whoever lives or has its seat in the European Union gets no rights to its "
            "multimodal models."
        ),
        _(
            "A changed version that is passed on must say that it is one and be told apart "
            "from the original."
        ),
        _("Changed files that are passed on stay under the same license."),
        _("Source that is passed on stays under the same license."),
        _(
            "Reserved names may not be used for a changed version, "
            "and it may not be sold by itself."
        ),
        _(
            "Commercial use has to be applied for, and is for companies below one million "
            "daily users that are no software or cloud providers."
        ),
        _("Commercial use has to be registered, up to a million visits a month."),
        _("Commercial use has to be registered; the license of the Llama 3 inside binds too."),
        _("Its list of forbidden uses (attachment A) binds you, and has to be passed on."),
        _("What it puts out may not be used to develop a model that competes with it."),
        _('The name of a derived model begins with "EXAONE".'),
        _(
            "A changed model that is passed on or served over a network stays under the same "
            "license."
        ),
        _("The use restrictions of the Stable Diffusion license stay in force."),
        _(
            "The acceptable use policy of TII binds you, and hosting it as a shared service "
            "may need a license of its own."
        ),
        _("What it puts out may not be used to train a model that competes with it."),
        _("Commercial use has to be registered."),
        _(
            "Google's prohibited use policy binds you, and clinical use needs the approvals "
            "of the law."
        ),
        _("Above 50 million US dollars of yearly revenue a license of its own is needed."),
        _("Commercial use has to be registered with Kuaishou."),
        _("Commercial use ends at ten million US dollars of yearly revenue."),
        _(
            "From ten million US dollars of yearly revenue a paid license is needed; not for "
            "products that compete with Lightricks."
        ),
        _(
            "Above the number of users or the revenue that its text names, the product must "
            "show the model's name."
        ),
        _("Its added terms begin at a number of users or a revenue that the text names."),
        _(
            "NVIDIA's terms on trustworthy AI bind you; rights end for whoever takes its "
            "guardrails out or sues."
        ),
        _("Above one million monthly users a license of its own is needed."),
        _("What it puts out may not be used to improve another image model."),
        _(
            "It is for companies below 100 people and one million US dollars (of 2019) of "
            "yearly revenue."
        ),
        _(
            "Up to a yearly revenue that the text names; services that make images need a "
            "license of their own."
        ),
        _("Whoever has more than 100 million monthly users must ask Alibaba Cloud for a license."),
        _(
            "A model trained with it or on what it puts out, when made available, must show "
            '"Built with Qwen" or "Improved using Qwen".'
        ),
        _("The acceptable use policy of Stability AI binds you."),
        _("Commercial use has to be registered with Stability AI."),
        _("Above one million US dollars of yearly revenue an enterprise license is needed."),
        _("What it puts out may not be used to create or improve a foundational generative model."),
        _("The acceptable use policy of Tencent binds you and is part of the license."),
        _(
            "Whoever had more than 100 million monthly users when it was released must ask "
            "Tencent for a license."
        ),
        _("What it puts out may not be used to improve any other AI model."),
        _("It is not licensed for use in the European Union, the United Kingdom and South Korea."),
        _("Commercial use has to be applied for."),
    )
