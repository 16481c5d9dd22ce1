"""Tokens: many callers of the platform's own issuer, and the RS256 one that HAProxy verifies."""
import base64
import json
import subprocess
import time

from rig.processes import BIN, Void


def mint(data, issuer_url, count, path):
    """`count` tokens of as many callers, one a line."""
    lines = subprocess.run([BIN / "mint_tokens", data / "keys/issuer.pem", issuer_url, str(count)],
                           capture_output=True, text=True)
    if lines.returncode != 0:
        raise Void(f"no tokens: {lines.stderr}")
    path.write_text(lines.stdout)
    return path


def rs256(folder):
    """A token of 2048-bit RSA, in a file of one line, and the public key that verifies it."""
    private, public, path = folder / "rsa.pem", folder / "rsa.pub", folder / "rs256.tokens"
    subprocess.run(["openssl", "genrsa", "-out", private, "2048"], check=True, capture_output=True)
    subprocess.run(["openssl", "rsa", "-in", private, "-pubout", "-out", public], check=True, capture_output=True)
    now = int(time.time())
    claims = {"iss": "https://issuer.example", "sub": "u-0", "aud": "srasta-api", "tenant": "default",
              "roles": ["user"], "iat": now, "nbf": now, "exp": now + 3600, "jti": "bench-0"}
    message = f"{encoded({'alg': 'RS256', 'kid': 'k' * 43, 'typ': 'at+jwt'})}.{encoded(claims)}"
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", private], input=message.encode(),
                               check=True, capture_output=True).stdout
    path.write_text(f"{message}.{base64url(signature)}\n")
    return path, public


def encoded(value):
    return base64url(json.dumps(value, separators=(",", ":")).encode())


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
