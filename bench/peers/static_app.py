"""``python -m bench.peers.static_app PORT``: Falcon on waitress with one answer, the proxy's floor.

No proxy on this server and this framework can be faster: it does what both cost, and no more.
"""

from __future__ import annotations

import sys
from typing import Final

import falcon
import waitress

from bench.peers.responder import ANSWER, INFO

THREADS: Final = 128
"""As many as the proxy's."""


class _Static:
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        req.bounded_stream.read()
        resp.content_type = "application/json"
        resp.set_header("X-Extra-Info", INFO)
        resp.data = ANSWER


if __name__ == "__main__":
    app: falcon.App[falcon.Request, falcon.Response] = falcon.App()
    app.add_route("/sync", _Static())
    waitress.serve(
        app,
        listen=f"127.0.0.1:{sys.argv[1]}",
        threads=THREADS,
        connection_limit=1000,
        asyncore_use_poll=True,
        ident=None,
    )
