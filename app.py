"""Cardex: `streamlit run app.py` serves it anywhere."""

from ui import frame

frame.run()
