"""Model: what it is, whether one may use it, what its files weigh, where each fact is from."""

import streamlit as st

from catalog.errors import CardexError, UnknownRef
from ui import facts, feed, frame, installed, lineage, messages, services, state
from ui.i18n import _

frame.enter()

facts.way_back()
ref = state.ref()
if ref is None:
    st.header(_("No model is chosen"), anchor=False)
    st.caption(_("Open one from the list of Explore."))
    st.stop()
try:
    detail = services.model(ref)
    changes = services.history(detail.model.ref)
except UnknownRef as error:
    messages.unknown_model(error)
    st.stop()
except CardexError as error:
    messages.show(error)
    st.stop()

model = detail.model
facts.header(model)
facts.badges(model)
installed.marks(model)
facts.metrics(model)
facts.doubts(model)
names = [_("Files"), _("Facts and their origin"), _("License"), _("Lineage"), _("History")]
first = names[0] if detail.files else names[1]
files, facts_tab, license_tab, family, history = st.tabs(names, default=first, key="model.tab")
with files:
    lineage.files(detail)
with facts_tab:
    facts.table(model, listed=bool(detail.files))
    facts.tags(model)
with license_tab:
    facts.license_(model)
with family:
    lineage.family(detail)
with history:
    feed.history(changes)
facts.command(model)
