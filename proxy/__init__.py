"""The proxy on ``$PORT``: proves who calls, lends the function a token, passes the answer back."""
