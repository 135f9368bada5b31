"""The HTTP server on ``$PORT``: waitress 3.0.2, and what it lacks.

Each lack, the upstream issue where there is one, and what can be deleted once it is mended:

- A stop drops what is running (Pylons/waitress#198, open): `draining_server`, whole.
- Bare LF, bare CR in places, odd chunks and trailers pass, which other servers read otherwise; some
  heads cost seconds in its expressions (no issue known): `framing`, `chunked_body`, and of
  `invocation.request_head` the limits that waitress would have to know.
- A payload is received before anybody asks whether it is wanted, and there is no bound on all of
  them together (none known): `bodies`, and ``look`` and ``budget`` in `framing`.
- A client that takes no answer, or sends a byte a second, keeps its connection; idle ones are found
  only after two minutes (none known): `slow_clients`, and `Channel.taken_bytes` in `serving`.
- `connection_limit` knows nothing of the files that a process may have open: `connection_limit`.
- Refusals are text/plain and may quote the request: `serving.JsonErrorTask`.
- The loop and a worker may send the same bytes when `100 Continue` comes in between:
  `serving.Channel._flush_some`.

It is pinned: all of this leans on parts that are not documented, and tests watch them.
"""
