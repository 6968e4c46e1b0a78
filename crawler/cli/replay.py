"""`warraq replay`: archived pages in the browser."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from archive.errors import WarraqError
from crawler.cli.app import EXIT_INTERRUPTED
from crawler.cli.output import emit, json_option, note, say

if TYPE_CHECKING:
    from collections.abc import Sequence, Set
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

    from crawler.cli.app import Invocation

DEFAULT_PORT = 8089
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
CONNECTIONS = 64
"""At a time; a browser opens six."""
GRACE_SECONDS = 3
"""An answer that is being sent when Ctrl-C comes has so long to end."""


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="0 is any free one.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@json_option
@click.pass_obj
def replay(invocation: Invocation, /, port: int, host: str, as_json: bool) -> int:
    """Show archived pages in the browser, until Ctrl-C.

    The port serves nothing else. Pages are sandboxed: no script of theirs runs, and nothing in them reaches the
    network.

    For pages that show nothing without their scripts, 'make replay' installs ReplayWeb.page: each page then offers to
    be played "with scripts", in a frame of another port that has this archive for a network. WARRAQ_REPLAYWEBPAGE names
    another folder that its ui.js and sw.js lie in.
    """
    import uvicorn

    from archive.store import ArchiveStore
    from archive.web import player_files
    from archive.web import replay as application

    folder = invocation.existing_archive()
    ArchiveStore.open(folder, readonly=True).close()  # what is wrong with it is told now, not to a browser
    with ExitStack() as stack:
        listening = stack.enter_context(_listen(host, port))
        name = f"[{host}]" if ":" in host else host
        url = f"http://{name}:{listening.getsockname()[1]}/"
        hosts = LOOPBACK | {name} if name in LOOPBACK else None
        if as_json:
            emit({"url": url, "archive": str(folder)})
        else:
            say(f"{folder} is replayed at {url} until Ctrl-C")
        if hosts is None:
            note(f"Whoever reaches {host} can read this archive.")
        sockets, shown = [listening], application(folder, hosts)
        program = player_files.installed()
        if program is not None and hosts is not None:  # elsewhere browsers run no service worker without TLS
            sockets.append(stack.enter_context(_listen(host, 0)))
            shown = with_player(folder, program, hosts, sockets)
        config = uvicorn.Config(
            shown, http="h11", ws="none", lifespan="off", loop="asyncio",
            log_level="error" if invocation.debug else "critical", access_log=False,
            server_header=False, proxy_headers=False, limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )  # fmt: skip
        uvicorn.Server(config).run(sockets=sockets)
    return EXIT_INTERRUPTED  # where the signal's own action is to be ignored, as in a shell's background, it ends here


def with_player(folder: Path, program: Path, hosts: Set[str], sockets: Sequence[socket.socket]) -> ASGIApp:
    """Replay on the first socket, the player on the second."""
    from archive.web import player
    from archive.web import replay as application

    port, player_port = (one.getsockname()[1] for one in sockets)
    served = {
        port: application(folder, hosts, player_port),
        player_port: player(folder, program, hosts, port),
    }

    async def by_port(scope: Scope, receive: Receive, send: Send) -> None:
        """By the socket that a request came in on, whatever it says."""
        await served[scope["server"][1]](scope, receive, send)

    return by_port


def _listen(host: str, port: int) -> socket.socket:
    """Bind before anything is said, so that the address told is the one there is.

    Raises:
        WarraqError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=CONNECTIONS)
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise WarraqError(
            f"{host} port {port}: cannot be listened on ({why}). Choose another with --port or --host; "
            f"--port 0 takes any free one."
        ) from error
