"""What the answer of an upstream says of the last hops: is it up, who may ask, how much is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from catalog.sources import http, routes


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked, where, and as whom."""

    url: str
    path: str
    setting: str  # which says where it is
    page: bool  # whether a web page is what it ought to send
    may_lack: bool  # whether it may be well and not hold what was asked for
    tokened: bool
    proxy: str | None

    @property
    def host(self) -> str:
        """The upstream, for people to read."""
        return routes.host_of(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Words for each hop that was passed, and the hop that was not."""

    passed: Mapping[str, str]
    failed: tuple[str, str] | None = None


def of(answer: http.Answer, asked: Asked, now: datetime) -> Verdict:
    """The hops that status and headers tell of."""
    status = answer.status
    if status == 407 and asked.proxy:
        where = routes.host_of(asked.proxy)
        return Verdict(passed={}, failed=("proxy", wants_login(where, asked.proxy)))
    up = {"upstream": f"{asked.host} answers (status {status})."}
    if status == 429:
        waits = _wait_words(answer, asked, now)
        return Verdict(passed={**up, "auth": "Not refused."}, failed=("rate limit", waits))
    problem = _wrong(answer, asked)
    if problem is not None:
        return Verdict(passed={}, failed=("upstream", problem))
    if status in {401, 403}:
        return Verdict(passed=up, failed=("auth", _refusal(status, asked)))
    known = "The token is accepted." if asked.tokened else "Asked without a token."
    return Verdict(passed={**up, "auth": known, "rate limit": _quota_words(answer, now)})


def wants_login(where: str, proxy: str) -> str:
    """What to do about a proxy that answers 407."""
    if routes.login_of(proxy) is None:
        return (
            f"{where} asks for a user name and a password (407). Set HTTPS_PROXY and HTTP_PROXY as "
            "http://name:password@host:port."
        )
    return (
        f"{where} refuses the user name and password that HTTPS_PROXY or HTTP_PROXY holds (407). "
        "Correct them; special characters in them are written as %40 and the like."
    )


def _wrong(answer: http.Answer, asked: Asked) -> str | None:
    """Why this is no answer of a working upstream."""
    status, headers = answer.status, answer.headers
    if "challenge" in headers.get("cf-mitigated", ""):
        return (
            f"{asked.host} holds this machine for a robot (Cloudflare) and lets nothing through. "
            "Wait an hour or more before the next sync."
        )
    if status == http.BLOCKED_STATUS:
        return _of_this_region(asked)
    if status in http.REDIRECTS:
        return _moved(headers.get("location", ""), asked)
    if status >= 500 or status == 408:
        between = " or the proxy" if asked.proxy else ""
        return (
            f"{asked.host}{between} is down or overloaded (status {status}). Nothing to do here: "
            "the catalog keeps its last good rows, and a later sync may pass."
        )
    kind = headers.get("content-type", "").lower()
    if status == 404 and asked.may_lack and "json" in kind:
        return None
    if status not in {200, 401, 403}:
        return (
            f"{asked.host} answers with status {status} to {asked.path}. Look whether "
            f"{asked.setting} is its right address."
        )
    if status == 200 and not asked.page and "html" in kind:
        return (
            f"{asked.host} sent a web page where data was expected. A log-in page of the network "
            "may stand in between: open the address in a browser."
        )
    return None


def _moved(location: str, asked: Asked) -> str | None:
    base = asked.url + asked.path
    to = http.redirected(base, location)
    if http.origin(to) != http.origin(base):
        shown = routes.host_of(to) if routes.is_address(to) else "no http address"
        return (
            f"{asked.host} sends on to another address ({shown}), which is not followed. If that "
            f"is the right one, put it into {asked.setting}."
        )
    if "blocked" in urlsplit(to).path:
        return _of_this_region(asked)
    return None


def _of_this_region(asked: Asked) -> str:
    return (
        f"{asked.host} turns away visitors of this region. A mirror may not; or sync elsewhere and "
        "bring the catalog here (`snapshot export`, `snapshot import`)."
    )


def _refusal(status: int, asked: Asked) -> str:
    if asked.tokened:
        return (
            f"{asked.host} refuses the token ({status}). Make a new read-only one, or leave it "
            "out: what the catalog shows is public."
        )
    return (
        f"{asked.host} wants to know who asks ({status}), and no token was sent. A token goes to "
        f"the vendor's own address alone; the log-in of a mirror stands in {asked.setting}."
    )


def _wait_words(answer: http.Answer, asked: Asked, now: datetime) -> str:
    seconds = http.told_wait(answer.headers, now)
    shared = "A sync waits that out; others behind the same address use the same quota."
    if seconds is None:
        return f"{asked.host} allows no more requests and says not until when (429). {shared}"
    until = now + timedelta(seconds=min(seconds, http.LONGEST_WINDOW))
    return f"{asked.host} allows no more requests until {until:%H:%M:%S} UTC (429). {shared}"


def _quota_words(answer: http.Answer, now: datetime) -> str:
    quota = http.quota_of(answer.headers, now)
    if quota is None:
        return "Nothing is said of a limit."
    of_limit = f" of {quota.limit:,}" if quota.limit else ""
    return f"{quota.remaining:,}{of_limit} requests are left."
