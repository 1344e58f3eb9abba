"""Explore: one line of query, what it matches, and the shape of the match."""

import streamlit as st

from catalog.errors import CardexError
from ui import filters, frame, messages, services, shape, state, tables, toolbar

frame.enter()

parsed = state.read()
query = parsed.query
filters.search_line(query)
filters.chips(query)
try:
    found = services.search(query, page=state.page_number())
    relaxations = services.relaxations(query) if found.total == 0 else ()
except CardexError as error:
    messages.show(error)
    st.stop()

state.remember_results(found.total)
filters.sidebar(query, found)
messages.left_out(query, parsed.warnings)
messages.matches_nothing(query, found.warnings)
if not found.total:
    messages.nothing_found(relaxations)
    st.stop()
view = toolbar.draw(query, found)
shape.draw(query, found)
tables.results(view)
