"""Sources: where the facts come from, how old they are, how the last syncs went."""

import streamlit as st

from catalog.errors import CardexError
from ui import frame, messages, origins, services
from ui.i18n import _

frame.enter()

try:
    status = services.status()
    runs = services.runs()
except CardexError as error:
    messages.show(error)
    st.stop()

origins.finding(status)
if status.notice:
    origins.notice(status.notice)
for source in status.sources:
    origins.source(source)
st.markdown("#### " + _("Fetch newer facts"), anchors=False)
origins.commands()
st.markdown("#### " + _("Last syncs"), anchors=False)
origins.history(runs)
