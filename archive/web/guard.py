"""Before everything that is served: who is answered, and the headers that every answer has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse

from archive.web import policy

if TYPE_CHECKING:
    from collections.abc import Set

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Guard:
    """Before everything: other methods and other names are refused, and each answer has its headers."""

    def __init__(self, app: ASGIApp, hosts: Set[str] | None, sent: str = policy.ARCHIVED) -> None:
        """Prepare.

        Args:
            app: what answers.
            hosts: names that requests may call this server by; None is any.
            sent: Content-Security-Policy of answers that bring none of their own.
        """
        self._app = app
        self._hosts = hosts
        self._sent = sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse to."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _fence(MutableHeaders(raw=message.setdefault("headers", [])), self._sent)
            await send(message)

        await (self._refusal(scope) or self._app)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        if scope["method"] not in {"GET", "HEAD"}:
            return PlainTextResponse("Only GET and HEAD are answered here.\n", 405, {"Allow": "GET, HEAD"})
        if self._hosts is not None and name_said(scope) not in self._hosts:
            return PlainTextResponse("This server is not called by that name.\n", 421)
        return None


def name_said(scope: Scope) -> str:
    """What a request calls this server, without the port."""
    said: str = dict(scope["headers"]).get(b"host", b"").decode("latin-1").lower()
    return said.rpartition(":")[0] if said.rpartition(":")[2].isdigit() else said


def _fence(headers: MutableHeaders, sent: str) -> None:
    for name, value in policy.ALWAYS:
        headers[name] = value
    headers.setdefault("Content-Security-Policy", sent)
    del headers["set-cookie"]
