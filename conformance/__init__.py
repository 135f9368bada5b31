"""Tests whether a server of a function, in any language, keeps the contract with the proxy.

It imports nothing of ours: it would agree with the proxy's mistakes. The contract in words is
docs/functions/other.md, the function that a server must serve meanwhile conformance/README.md.
"""
