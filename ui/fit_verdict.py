"""The finding about a model on a machine: a grade with a sentence, what is left, how fast."""

from __future__ import annotations

import streamlit as st

from catalog.fit.answer import FitAnswer
from catalog.fit.speed import Speed
from ui import fit_words, look, safe, said_fit, wording
from ui.i18n import _, ngettext

_NO_REASON = "not stated where the facts are from."
_PROMPT = 1024  # tokens for which `catalog.fit.speed` works out the wait


def verdict(answer: FitAnswer) -> None:
    """The sentence with its badge, then what follows from it in lines that stand back."""
    badge = f"{look.fit_badge(answer.grade)} " if answer.machine else ""
    st.markdown(f"### {badge}{safe.text(finding(answer), 300)}", anchors=False)
    for line in reasons(answer):
        st.markdown(look.gray(safe.text(line, 500)))
    if answer.speed is not None and answer.grade in {"fits", "tight", "offload"}:
        st.markdown(_speed(answer.speed))


def finding(answer: FitAnswer) -> str:
    """The verdict in words, as plain text."""
    parts = {
        "name": safe.plain(fit_words.rung(answer), 48),
        "size": fit_words.total(answer.breakdown),
        "use": fit_words.use(answer.breakdown),
    }
    memory = answer.machine.memory_bytes if answer.machine else None
    if answer.breakdown.total is None and answer.breakdown.high is None:
        if answer.breakdown.term("weights").high is None:
            return _("How much memory it needs is not known")
        return _("{name} needs {size} {use}; the rest is not known").format(**parts)
    if memory is None:
        return _("{name} takes {size} {use}").format(**parts)
    parts["memory"] = wording.gib(memory)
    if answer.grade == "no":
        return _("Even {name} takes {size} {use}, more than {memory}").format(**parts)
    taken = _("{name} takes {size} of {memory} {use}").format(**parts)
    more = _more(answer) if answer.grade in {"fits", "tight"} else ""
    return f"{taken}{more}"


def _more(answer: FitAnswer) -> str:
    """How far it goes on this machine: a longer context, or more users."""
    need = answer.breakdown.need
    if not fit_words.talks(answer.breakdown):
        return ""
    longest, most = answer.longest_context, answer.most_users
    context = wording.context(longest) if longest and longest > need.context else None
    users = wording.users(most) if most and most > need.users else None
    if context and users:
        return _("; up to {context} tokens or {users}").format(context=context, users=users)
    if context:
        return _("; up to {context} tokens").format(context=context)
    return _("; up to {users}").format(users=users) if users else ""


def reasons(answer: FitAnswer) -> list[str]:
    """What else there is to say, as plain text: why it is not known, what is left, what to do."""
    lines = []
    found, one = answer.breakdown, answer.machine
    weights = found.term("weights")
    ranged = weights.bytes is None and weights.high is not None
    others = [term for term in found.terms if term.bytes is None and term is not weights]
    nothing_else = ranged and not others and (found.doubt or "").endswith(_NO_REASON)
    if found.doubt and not nothing_else:
        lines.append(said_fit.doubt(found.doubt))
    if one is None:
        lines.append(_("Choose a machine to see whether it fits there."))
    elif one.memory_bytes is None:
        lines.append(_("The memory of this machine is not stated; type a size such as 24GiB."))
    if answer.grade == "offload" and answer.offload_layers is not None:
        layers = ngettext("{number} layer goes", "{number} layers go", answer.offload_layers)
        lines.append(
            _("{layers} on the graphics card, the rest stays in main memory and is slower.").format(
                layers=layers.format(number=wording.whole(answer.offload_layers))
            )
        )
    if answer.rung is None and answer.quant is not None:
        lines.append(_("No files of it are listed; so much would one take once converted."))
    if ranged:
        lines.append(_("The weights are a range, worked out from parameters and usual bits."))
    elif answer.estimated and weights.high is not None:
        lines.append(_("An estimate: the sizes are rounded, or worked out from parameters."))
    return lines


def _speed(speed: Speed) -> str:
    """The band of tokens per second and of the wait for the first, with what it stands on."""
    how = _("measured here") if speed.measured else _("estimate")
    rate = wording.band(speed.decode_low, speed.decode_high, _("tokens/s"))
    words = _("{rate} for one user ({how})").format(rate=f"**{safe.text(rate)}**", how=how)
    if speed.first_token_low is not None and speed.first_token_high is not None:
        wait = wording.band(speed.first_token_low, speed.first_token_high, _("s"))
        words += _(", the first of them after {wait} where {prompt} tokens are asked").format(
            wait=safe.text(wait), prompt=wording.whole(_PROMPT)
        )
    return f"{words} :gray[:small[{safe.text(said_fit.basis(speed.basis), 500)}]]"
