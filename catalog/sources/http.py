"""HTTP for sources: bounded answers, waits as told, retries, an origin that is never left."""

from __future__ import annotations

import json
import math
import queue
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, Protocol
from urllib.parse import urljoin, urlsplit

from huggingface_hub.utils import (  # type: ignore[attr-defined]  # exported lazily
    RateLimitInfo,
    parse_ratelimit_headers,
)

from catalog.errors import (
    SourceBusy,
    SourceChanged,
    SourceError,
    SourceLoop,
    SourceRefused,
    SourceUnreachable,
    SourceUntrusted,
)
from catalog.records import Quota
from catalog.sources.base import Clock

# As huggingface_hub retries, and what Cloudflare says of an upstream behind it.
RETRIED = frozenset({408, 500, 502, 503, 504, 520, 521, 522, 523, 524})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
BLOCKED_STATUS = 451  # RFC 7725: unavailable for legal reasons
MAX_REDIRECTS = 3
MAX_429_IN_A_ROW = 8
ERROR_BODY_BYTES = 65_536
CHUNK_BYTES = 65_536
INFLATE_BYTES = 1 << 20  # one step of unpacking, so that a bomb is seen before it is in memory
LONGEST_WINDOW = 86_400  # seconds; a quota that is told for longer is nonsense
MAX_DIGITS = 19  # of an integer that fits 64 bits; longer ones are nonsense in metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how much one answer and one run may take."""

    connect_seconds: float = 5.0
    read_seconds: float = 20.0
    page_seconds: float = 60.0
    body_bytes: int = 100_000_000  # unpacked
    gap_seconds: float = 0.0  # from the end of one answer to the next request
    backoff_seconds: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 8.0)
    wait_cap_seconds: float = 300.0  # one wait that an upstream asks for
    wait_budget_seconds: float = 1_800.0  # all waits of a run together ...
    wait_earned_seconds: float = 3.0  # ... and this much more for each answer that came


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One complete answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Request(NamedTuple):
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


class HeavyPage(SourceBusy):
    """5xx again and again, too long or too large: a smaller page may pass."""


class TooManyRequests(SourceBusy):
    """429: the upstream says how long to wait, or leaves it to us."""


class Timeouts(NamedTuple):
    """Seconds to wait for a connection, and for the next bytes of an answer."""

    connect: float
    read: float


class Raw(NamedTuple):
    """The head of an answer, header names in lower case, and its body as it comes in."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]  # packed as it was sent


class Wire(Protocol):
    """Carries one request; follows nothing, tries nothing again, raises SourceUnreachable."""

    def open(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, times: Timeouts
    ) -> AbstractContextManager[Raw]:
        """The answer while its body is being read; the message of an error is its reason."""
        ...


Judge = Callable[[Answer], SourceError | None]  # an error that no waiting would cure
Follow = Callable[[str, str], bool]  # whether a redirect from one address to another is followed


def no_judge(_: Answer) -> SourceError | None:
    """Every answer may pass."""
    return None


def same_origin(url: str, target: str) -> bool:
    """Whether a redirect stays where it was asked; what a source follows unless it says more."""
    return origin(target) == origin(url)


class Fetcher:
    """Gets one address at a time from one upstream, patiently but not for ever."""

    def __init__(
        self,
        wire: Wire,
        *,
        who: str,
        clock: Clock,
        limits: Limits | None = None,
        judge: Judge = no_judge,
        follow: Follow = same_origin,
        setting: str = "",  # that holds the address
    ) -> None:
        self._wire = wire
        self._judge = judge
        self._follow = follow
        self._who = who
        self._setting = setting
        self._clock = clock
        self._limits = limits or Limits()
        self._budget = self._limits.wait_budget_seconds
        self._pace = 0.0  # seconds that the last answer asked to leave before the next request
        self._last: float | None = None  # when the last answer ended
        self._quota: Quota | None = None

    @property
    def quota(self) -> Quota | None:
        """What the upstream last said of its limit; None when it never did."""
        return self._quota

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """The answer to GET; statuses that may pass are tried again, others are handed out."""
        address = url
        for _ in range(MAX_REDIRECTS + 1):
            sent = headers if origin(address) == origin(url) else _without_token(headers)
            answer = self._patiently(_Request("GET", address, sent))
            if answer.status not in REDIRECTS:
                return answer
            address = self._redirect(address, answer)
        raise SourceLoop(f"{self._who} redirects in a circle.")

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to a POST that changes nothing, so that it may be tried again."""
        return self._patiently(_Request("POST", url, headers, body))

    def _patiently(self, request: _Request) -> Answer:
        backoff = self._limits.backoff_seconds
        failures = refusals = 0
        while True:
            self._wait(self._pace)
            self._pace = 0.0
            self._keep_distance()
            problem: SourceError
            try:
                answer = self._bounded(request)
                passing = self._told_by(answer)
                if passing is None:
                    self._budget += self._limits.wait_earned_seconds
                    self._pace = _pace_of(answer.headers)
                    return answer
                problem = passing
            except SourceUntrusted:
                raise  # no certificate gets better by being looked at again
            except SourceUnreachable as error:
                problem = error
            if isinstance(problem, TooManyRequests):
                refusals += 1
                if refusals > MAX_429_IN_A_ROW:
                    raise problem
                self._wait(problem.retry_after or backoff[min(refusals, len(backoff)) - 1] * 4)
            elif failures >= len(backoff):
                raise problem
            else:
                self._clock.sleep(backoff[failures])
                failures += 1

    def _told_by(self, answer: Answer) -> SourceBusy | None:
        """Keeps what an answer says of the quota; raises what the judge finds in it."""
        self._quota = quota_of(answer.headers, self._clock.now()) or self._quota
        hopeless = self._judge(answer)
        if hopeless is not None:
            raise hopeless
        return self._passing(answer)

    def _keep_distance(self) -> None:
        """The pause between two requests that the source keeps of itself; costs no budget."""
        if self._last is not None and self._limits.gap_seconds > 0:
            rest = self._last + self._limits.gap_seconds - self._clock.monotonic()
            if rest > 0:
                self._clock.sleep(rest)

    def _passing(self, answer: Answer) -> SourceBusy | None:
        """The state of the upstream that may pass by itself, if it is in one."""
        if answer.status == 429:
            seconds = told_wait(answer.headers, self._clock.now())
            return TooManyRequests(f"{self._who} allows no more requests for now (429).", seconds)
        if answer.status in RETRIED:
            return HeavyPage(f"{self._who} has a fault of its own (status {answer.status}).")
        return None

    def _wait(self, seconds: float) -> None:
        if seconds <= 0:
            return
        seconds = min(seconds, self._limits.wait_cap_seconds)
        if seconds > self._budget:
            raise SourceBusy(
                f"{self._who} asked for longer waits than one sync may take. Try again later.",
                seconds,
            )
        self._budget -= seconds
        self._clock.sleep(seconds)

    def _redirect(self, url: str, answer: Answer) -> str:
        target = redirected(url, answer.headers.get("location", ""))
        if not self._follow(url, target):
            raise SourceLoop(
                f"{self._who} redirects to another address ({_host(target)}); it was not followed."
            )
        return target

    def _bounded(self, request: _Request) -> Answer:
        # Timeouts of the client are per read, so an upstream that sends a byte now and then could
        # hold a sync for hours. The thread is left behind; its own deadline ends it.
        box: queue.SimpleQueue[Answer | SourceError] = queue.SimpleQueue()
        threading.Thread(target=self._deliver, args=(request, box), daemon=True).start()
        try:
            result = box.get(timeout=self._limits.page_seconds)
        except queue.Empty:
            raise self._too_slow() from None
        finally:
            self._last = self._clock.monotonic()
        if isinstance(result, SourceError):
            raise result
        return result

    def _deliver(self, request: _Request, box: queue.SimpleQueue[Answer | SourceError]) -> None:
        try:
            box.put(self._read(request))
        except SourceUnreachable as error:
            kind = SourceUntrusted if isinstance(error, SourceUntrusted) else SourceUnreachable
            # Some reasons say themselves what to do.
            setting = "" if kind is SourceUntrusted or ". " in str(error) else self._setting
            box.put(kind(f"{self._who} cannot be reached: {error}.{remedy(setting)}"))
        except SourceRefused as error:  # by a proxy on the way; asking again changes nothing
            box.put(SourceRefused(f"{self._who} cannot be reached: {error}."))
        except SourceError as error:
            box.put(error)
        except (OSError, ValueError, zlib.error):
            box.put(SourceUnreachable(f"{self._who} sent an answer that broke off."))

    def _read(self, request: _Request) -> Answer:
        times = Timeouts(self._limits.connect_seconds, self._limits.read_seconds)
        sent = {"accept": "application/json", **request.headers, "accept-encoding": "gzip"}
        with self._wire.open(request.method, request.url, sent, request.body, times) as raw:
            return Answer(status=raw.status, headers=raw.headers, body=self._body(raw))

    def _body(self, raw: Raw) -> bytes:
        deadline = self._clock.monotonic() + self._limits.page_seconds
        wanted = raw.status == 200
        most = self._limits.body_bytes if wanted else ERROR_BODY_BYTES
        packing = raw.headers.get("content-encoding", "identity").strip().lower()
        if packing not in {"gzip", "identity", ""}:
            raise SourceChanged(f"{self._who} sent a packing that was not asked for ({packing}).")
        unpack = zlib.decompressobj(31) if packing == "gzip" else None
        body = bytearray()
        for chunk in raw.chunks:
            rest = chunk
            while rest:
                if unpack is None:
                    body += rest
                    rest = b""
                else:
                    body += unpack.decompress(rest, INFLATE_BYTES)
                    rest = unpack.unconsumed_tail
                if len(body) > most:
                    if not wanted:
                        return bytes(body[:most])
                    body.clear()  # the error keeps this frame, and with it what was read
                    raise HeavyPage(f"{self._who} sent a page of more than {most:,} bytes.")
            if self._clock.monotonic() > deadline:
                raise self._too_slow()
        if unpack is not None and not unpack.eof and wanted:
            raise ValueError("the packed body is not complete")
        return bytes(body)

    def _too_slow(self) -> HeavyPage:
        seconds = self._limits.page_seconds
        return HeavyPage(f"{self._who} took more than {seconds:g} seconds for one page.")


def remedy(setting: str) -> str:
    """What to do where another address may help, behind a sentence; empty for no setting."""
    if not setting:
        return ""
    return f" Look whether {setting} is its right address, or run `python -m catalog doctor`."


def check(answer: Answer, who: str, setting: str = "") -> None:
    """Raise the error that a status other than 200 stands for; `setting` holds the address."""
    status = answer.status
    if status == 200:
        return
    if status == 407:
        raise SourceRefused(f"The proxy on the way to {who} asks for a user name (407).")
    if status in {401, 403}:
        raise SourceRefused(
            f"{who} refused the request ({status}): a token is missing, wrong or not allowed."
        )
    raise SourceChanged(
        f"{who} answered with status {status}, which was not expected.{remedy(setting)}"
    )


def json_of(answer: Answer, who: str) -> Any:
    """The JSON value of an answer; what JSON does not have (NaN, endless numbers) is null."""
    kind = answer.headers.get("content-type", "").lower()
    if "html" in kind or answer.body.lstrip()[:1] == b"<":
        raise SourceChanged(
            f"{who} sent a web page where data was expected; a proxy or a log-in page may stand "
            "in between."
        )
    try:
        return json.loads(
            answer.body.decode("utf-8"),
            parse_constant=lambda _: None,
            parse_int=lambda digits: int(digits) if len(digits) <= MAX_DIGITS else None,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as error:
        raise SourceChanged(f"{who} sent data that is not valid JSON.") from error


def _without_token(headers: Mapping[str, str]) -> dict[str, str]:
    secret = {"authorization", "cookie"}
    return {name: value for name, value in headers.items() if name.lower() not in secret}


def _ratelimit(headers: Mapping[str, str]) -> RateLimitInfo | None:
    try:
        return parse_ratelimit_headers(headers)
    except ValueError:  # a number of thousands of digits
        return None


def _pace_of(headers: Mapping[str, str]) -> float:
    """Seconds to pause when the quota, which an office shares, is nearly used up."""
    info = _ratelimit(headers)
    if info is None or info.remaining > (info.limit or 0) // 10:
        return 0.0
    return info.reset_in_seconds + 1.0


def quota_of(headers: Mapping[str, str], now: datetime) -> Quota | None:
    """What the RateLimit headers of an answer say, if it has any."""
    info = _ratelimit(headers)
    if info is None:
        return None
    seconds = min(max(0, info.reset_in_seconds), LONGEST_WINDOW)
    return Quota(
        remaining=info.remaining, limit=info.limit, resets_at=now + timedelta(seconds=seconds)
    )


def told_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that RateLimit or else Retry-After asks to wait; None when neither says."""
    info = _ratelimit(headers)
    if info is not None:
        return info.reset_in_seconds + 1.0
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:MAX_DIGITS])
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())


def redirected(url: str, location: str) -> str:
    """The address that a redirect from `url` names; one that cannot be read is nobody's."""
    try:
        return urljoin(url, location)
    except ValueError:  # "//[/"
        return ""


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: what must be equal before a further address is asked."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # "http://host:99999999/", "http://[/"
        return "", "", None
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").rstrip("."), default if port is None else port


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _host(url: str) -> str:
    scheme, host, _ = origin(url)
    return f"{scheme}://{host}"
