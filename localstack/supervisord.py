"""What supervisord says of a container's programs, asked over its control socket."""

import base64
import xmlrpc.client
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from supervisor.xmlrpc import SupervisorTransport

USER: Final = "functions"
_PURPOSE: Final = b"supervisord's control socket, version 1"


def control_password(private_key: RSAPrivateKey) -> str:
    """Return the socket's password, which is made of the private key."""
    secret = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    key = HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(secret)
    return base64.urlsafe_b64encode(key).decode("ascii")


def program_states(run_dir: Path, private_key: RSAPrivateKey) -> dict[str, dict[str, Any]]:
    """Return what supervisord says of each program, by its name."""
    transport = SupervisorTransport(
        USER, control_password(private_key), f"unix://{run_dir}/supervisor.sock"
    )
    with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as server:
        programs: list[dict[str, Any]] = server.supervisor.getAllProcessInfo()  # type: ignore[assignment]
    return {program["name"]: program for program in programs}
