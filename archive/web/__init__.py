"""Replay: archived pages in the browser, from a port of its own that serves nothing else.

What was archived is hostile: a page may try to run scripts, to call home, or to reach the archive around it.
Four fences, each of which holds without the others:

* The policy of every archived answer (`policy.ARCHIVED`): sandboxed, of an opaque origin, no scripts, nothing
  loaded but images, styles, fonts and media from this port.
* The frame it is shown in may only ever show this port (`frame-src 'self'` of the page around it), so that no
  link, redirect or refresh leads out, whatever the rewriting overlooked.
* Links and requisites are rewritten into the archive, scripts and the like are dropped.
* The port answers GET and HEAD to its own name alone, sets no cookies, and has nothing else to reach.

Where ReplayWeb.page is installed, a page can be played with its scripts: on another port, see `archive.web.player`.
"""

from archive.web.player import player
from archive.web.replay import replay

__all__ = ["player", "replay"]
