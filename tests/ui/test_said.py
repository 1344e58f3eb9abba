"""Sentences of the engine in the visitor's language; what is not known stays as it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.records import SourceRun
from catalog.refresh import walking
from catalog.sources import http
from ui import said
from ui.i18n import speaking

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def a_run(**changes: Any) -> SourceRun:
    facts = {"source": "ollama", "scope": "full", "started_at": NOW, "finished_at": NOW}
    return SourceRun(**{**facts, "ok": False, **changes})


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("process 7 on far", "process 7 on far", "far 上的进程 7"),
        (
            "goes on with the sync of 2026-11-24 12:00 UTC, 1,234 models",
            "goes on with the sync of 2026-11-24 12:00 UTC, 1,234 models",
            "接续 2026-11-24 12:00 UTC 的同步，已有 1,234 个模型",
        ),
        (
            "walks everything: the last full walk was 31 days ago",
            "reads everything: the last full walk was 31 days ago",
            "读取全部：上次完整读取是 31 天前",
        ),
        (
            "The sync that began at 2026-11-24 12:00 UTC was stopped before its end. "
            "The next one goes on from there.",
            "The sync that began at 2026-11-24 12:00 UTC ended before its time. "
            "The next one goes on from there.",
            "始于 2026-11-24 12:00 UTC 的同步提前中断。下一次会从该处继续。",
        ),
        (
            "The Ollama library gave no usable row; the last good rows stay.",
            "The Ollama library gave no usable row; the last good rows stay.",
            "Ollama 模型库 没有给出可用的行；保留上次成功的数据。",
        ),
        (
            "All 1,200 rows that CivitAI gave are left out by rule; the last good rows stay.",
            "All rows that CivitAI gave are left out by rule (1,200); the last good rows stay.",
            "CivitAI 给出的所有行（1,200）都按规则排除；保留上次成功的数据。",
        ),
        (
            f"CivitAI allows no more requests for now (429). {walking.GOES_ON}",
            f"CivitAI allows no more requests for now (429). {walking.GOES_ON}",
            "CivitAI 目前不再接受请求（429）。 一天内的下一次同类同步会从该处继续。",
        ),
        (
            "Hugging Face refused the request (401): a token is missing, wrong or not allowed.",
            "Hugging Face refused the request (401): a token is missing, wrong or not allowed.",
            "Hugging Face 拒绝了请求（401）：缺少令牌，或令牌错误、无权限。",
        ),
        (
            "CivitAI has a fault of its own (status 503).",
            "CivitAI has a fault of its own (status 503).",
            "CivitAI 自身出现故障（状态 503）。",
        ),
        (
            "CivitAI cannot be reached: no such name.",
            "CivitAI cannot be reached: no such name.",
            "无法连接 CivitAI：no such name.",
        ),
        (
            "CivitAI cannot be reached: the connection was refused."
            f"{http.remedy('CARDEX_CIVITAI_ENDPOINT')} {walking.GOES_ON}",
            "CivitAI cannot be reached: the connection was refused. Look whether "
            "CARDEX_CIVITAI_ENDPOINT is its right address, or run `python -m catalog doctor`. "
            f"{walking.GOES_ON}",
            "无法连接 CivitAI：the connection was refused. 请检查 CARDEX_CIVITAI_ENDPOINT "
            "中的地址是否正确，或运行 `python -m catalog doctor`。 "
            "一天内的下一次同类同步会从该处继续。",
        ),
        (
            "CivitAI answered with status 404, which was not expected."
            f"{http.remedy('HF_ENDPOINT')}",
            "CivitAI answered with status 404, which was not expected. Look whether HF_ENDPOINT is "
            "its right address, or run `python -m catalog doctor`.",
            "CivitAI 返回了意料之外的状态 404。 请检查 HF_ENDPOINT 中的地址是否正确，"
            "或运行 `python -m catalog doctor`。",
        ),
        (
            "Hugging Face does not show it (status 401): not there, private or gated",
            "Hugging Face does not show it (status 401): not there, private or gated",
            "Hugging Face 不显示该模型（状态 401）：不存在、私有或需授权",
        ),
        (
            "left out for its content (poi)",
            "left out for its content (poi)",
            "因内容排除（poi）",
        ),
        ("left out, not rated yet (1, 2)", "not rated yet (1, 2)", "尚未分级（1, 2）"),
        ("left out, not a model (Poses)", "not a model (Poses)", "不是模型（Poses）"),
        ("left out, private", "private", "私有"),
        (walking.GOES_ON, walking.GOES_ON, "一天内的下一次同类同步会从该处继续。"),
        ("Something else.", "Something else.", "Something else."),
        (None, "", ""),
    ],
)
def test_a_sentence_in_the_language_of_the_visitor(
    text: str | None, english: str, chinese: str
) -> None:
    assert said.sentence(text) == english
    with speaking("zh"):
        assert said.sentence(text) == chinese


def test_why_a_run_did_not_end_well() -> None:
    assert said.of_run(a_run(error="It is away.")) == "It is away."
    assert said.of_run(a_run()) == "The sync left no reason."
    assert said.of_run(a_run(ok=True)) == ""
    assert said.of_run(a_run(stopped=True)) == "It was stopped before it had read a row."
    told = said.of_run(a_run(stopped=True, fetched=1))
    assert told == "It was stopped after 1 row, and nothing of it is published."
