"""A transparency log in the formats of C2SP, from the specifications and not by the platform's code."""
import base64
import hashlib
import struct
import subprocess

PUBLIC_PREFIX = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: an Ed25519 key in DER
ED25519, COSIGNATURE = b"\x01", b"\x04"


def openssl(*words, given=None):
    return subprocess.run(["openssl", *map(str, words)], input=given, check=True, capture_output=True).stdout


def b64(data):
    return base64.b64encode(data).decode()


def key_id(name, key_data):
    return hashlib.sha256(name.encode() + b"\n" + key_data).digest()[:4]


def vkey(name, key_data):
    return f"{name}+{key_id(name, key_data).hex()}+{b64(key_data)}"


class Signer:
    def __init__(self, folder, name):
        self.name = name
        self.folder = folder
        self.file = folder / f"{hashlib.sha256(str(name).encode()).hexdigest()[:8]}-{len(list(folder.iterdir()))}.pem"
        openssl("genpkey", "-algorithm", "ed25519", "-out", self.file)
        self.public = openssl("pkey", "-in", self.file, "-pubout", "-outform", "DER")[-32:]

    def vkey(self, name=None):
        return vkey(name or self.name, ED25519 + self.public)

    def line(self, text):
        message = self.folder / "message"
        message.write_bytes(text.encode())
        signature = openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.file, "-in", message)
        return f"\u2014 {self.name} {b64(key_id(self.name, ED25519 + self.public) + signature)}\n"


def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def root_of(leaves):
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root_of(leaves[:split]) + root_of(leaves[split:])).digest()


def subproof(size, leaves, whole):
    """RFC 6962 section 2.1.2."""
    if size == len(leaves):
        return [] if whole else [root_of(leaves)]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if size <= split:
        return subproof(size, leaves[:split], whole) + [root_of(leaves[split:])]
    return subproof(size - split, leaves[split:], False) + [root_of(leaves[:split])]


class Log:
    """Leaves are numbers, behind the names of the forks that lie before them."""

    def __init__(self, signer, forks=()):
        self.signer, self.origin, self.forks = signer, signer.name, forks

    def forked(self, at, name="fork"):
        return Log(self.signer, (*self.forks, (at, name)))

    def leaf(self, number):
        names = "".join(f"{name} " for at, name in self.forks if number >= at)
        return leaf_hash(f"{names}{number}".encode())

    def leaves(self, size):
        return [self.leaf(number) for number in range(size)]

    def text(self, size):
        return f"{self.origin}\n{size}\n{b64(root_of(self.leaves(size)))}\n"

    def note(self, size):
        return self.text(size) + "\n" + self.signer.line(self.text(size))

    def proof(self, old, size):
        return subproof(old, self.leaves(size), True) if 0 < old < size else []

    def request(self, old, size, proof=None):
        hashes = self.proof(old, size) if proof is None else proof
        return "".join([f"old {old}\n", *(b64(each) + "\n" for each in hashes), "\n", self.note(size)]).encode()


def cosigned_at(folder, witness_vkey, text, answer):
    """The time of the cosignature in a witness's answer. Raises unless it is right."""
    name, _, data = witness_vkey.split("+", 2)
    data = base64.b64decode(data)
    assert data[:1] == COSIGNATURE, witness_vkey
    dash, line_name, encoded = answer.decode().rstrip("\n").split(" ")
    assert dash == "\u2014" and line_name == name, answer
    raw = base64.b64decode(encoded)
    assert raw[:4] == key_id(name, data), "the id is another key's"
    seconds = struct.unpack(">Q", raw[4:12])[0]
    for part, content in (("key", PUBLIC_PREFIX + data[1:]), ("signature", raw[12:]),
                          ("message", f"cosignature/v1\ntime {seconds}\n{text}".encode())):
        (folder / part).write_bytes(content)
    openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", folder / "key",
            "-in", folder / "message", "-sigfile", folder / "signature")
    return seconds
