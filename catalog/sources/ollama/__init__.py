"""Ollama: the library and its registry, runtimes on this network, and folders of models."""

from __future__ import annotations

from catalog.sources.ollama.walk import NAME, Ollama, make

__all__ = ["NAME", "Ollama", "make"]
