"""Charts: a query seen from above, each chart with its numbers and what it leaves out."""

import streamlit as st

from catalog.errors import CardexError
from ui import filters, frame, gallery, messages, services, state

frame.enter()

parsed = state.read()
query = parsed.query
try:
    found = services.sample(query)
    relaxations = services.relaxations(query) if found.total == 0 else ()
    gallery.opening(query, found)
    filters.search_line(query)
    filters.chips(query)
    messages.left_out(query, parsed.warnings)
    messages.matches_nothing(query, found.warnings)
    if not found.total:
        messages.nothing_found(relaxations)
        st.stop()
    gallery.draw(query, found)
except CardexError as error:
    messages.show(error)
    st.stop()
