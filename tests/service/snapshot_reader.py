"""Reads access snapshots as docs/formats/access-snapshot.md says; written from that page, not from the C++ reader.

usage: snapshot_reader.py DATA_FOLDER
"""
import dataclasses
import hashlib
import hmac
import ipaddress
import json
import pathlib
import struct
import sys

MAC = 32
HEAD = struct.Struct("<8sIIQQ32sQQQQ")
NO_LIST = 0xFFFFFFFF


class Damaged(Exception):
    pass


def principal_of(issuer, tenant, subject):
    text = b"".join(b"%d:%s" % (len(part), part) for part in (word.encode() for word in (issuer, tenant, subject)))
    return hashlib.sha256(text).digest()[:16]


class Cursor:
    def __init__(self, data, at):
        self.data, self.at = data, at

    def raw(self, size):
        if size > len(self.data) - self.at:
            raise Damaged(f"{size} bytes at offset {self.at} reach past the end")
        self.at += size
        return self.data[self.at - size:self.at]

    def u32(self):
        return int.from_bytes(self.raw(4), "little")

    def u64(self):
        return int.from_bytes(self.raw(8), "little")

    def text(self):
        return self.raw(self.u32()).decode()

    def texts(self):
        return [self.text() for _ in range(self.u32())]

    def list(self):
        """Texts, or None for "no list"."""
        count = self.u32()
        return None if count == NO_LIST else [self.text() for _ in range(count)]

    def block(self):
        address = ipaddress.ip_address(self.raw(16))
        return f"{address.ipv4_mapped or address}/{self.u32() - (96 if address.ipv4_mapped else 0)}"


@dataclasses.dataclass
class Snapshot:
    epoch: int
    revision: int
    source: str
    roles: dict
    tenants: dict
    personas: dict
    models: dict | None
    issuer_keys: list
    users: dict
    keys: dict


def read_user(cursor):
    return {"disabled": cursor.u32() != 0, "deny_roles": cursor.texts()}


def read_key(cursor):
    return {"secret_sha256": cursor.raw(32).hex(), "expires": cursor.u64(), "subject": cursor.text(),
            "tenant": cursor.text(), "roles": cursor.texts(), "models": cursor.list(), "personas": cursor.texts(),
            "networks": [cursor.block() for _ in range(cursor.u32())]}


def read_index(data, at, count, id_size, read):
    index, found = Cursor(data, at), {}
    for _ in range(count):
        name = index.raw(id_size)
        found[name] = read(Cursor(data, index.u64()))
    if list(found) != sorted(found) or len(found) != count:
        raise Damaged("an index is not in order")
    return found


def read_snapshot(file, key):
    """`key`: what <data>/keys/access.key holds, as text."""
    if len(file) < HEAD.size + MAC or file[:8] != b"SRASTAAC":
        raise Damaged("not a snapshot")
    data, mac = file[:-MAC], file[-MAC:]
    if not hmac.compare_digest(hmac.digest(key.encode(), data, "sha256"), mac):
        raise Damaged("wrong authentication code")
    _, version, _, epoch, revision, source, users_at, users, keys_at, keys = HEAD.unpack_from(data)
    if version != 2:
        raise Damaged(f"version {version}")
    body = Cursor(data, HEAD.size)
    roles = {body.text(): body.texts() for _ in range(body.u32())}
    tenants = {body.text(): {"suspended": body.u32() != 0} for _ in range(body.u32())}
    personas = {body.text(): {"permissions": body.texts(), "models": body.list()} for _ in range(body.u32())}
    count = body.u32()
    models = None if count == NO_LIST else {body.text(): body.texts() for _ in range(count)}
    issuer_keys = body.texts()
    return Snapshot(epoch, revision, source.hex(), roles, tenants, personas, models, issuer_keys,
                    read_index(data, users_at, users, 16, read_user),
                    {name.decode(): key for name, key in read_index(data, keys_at, keys, 12, read_key).items()})


def read_folder(data):
    data = pathlib.Path(data)
    snapshot = read_snapshot((data / "access/snapshot").read_bytes(), (data / "keys/access.key").read_text())
    word = (data / "access/epoch").read_bytes()
    if len(word) != 8 or int.from_bytes(word, "little") != snapshot.epoch:
        raise Damaged("the epoch announces another snapshot")
    return snapshot


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    shown = dataclasses.asdict(read_folder(sys.argv[1]))
    shown["users"] = {principal.hex(): user for principal, user in shown["users"].items()}
    print(json.dumps(shown, indent=2))
