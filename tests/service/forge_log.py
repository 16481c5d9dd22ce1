#!/usr/bin/env python3
"""Rewrite the end of an audit log as root could: with the log key and the epoch keys of the data folder.

Usage: forge_log.py DATA [--stream NAME] [--from SEQ] [--actor ID] [--alone]

From record SEQ on (the first inference, or checkpoint in `install`, unless it is given) whoever acted becomes ID. All
hashes are computed anew, every checkpoint of the changed records gets its new root and both signatures, and the other
streams tell of the new roots and remember the new heads. What somebody else has signed is removed: there are no keys
for that here. The result is a whole log. With --alone the other streams stay as they are: somebody has the keys of
this one and of the log, and not those of its neighbours.
"""
import argparse
import base64
import hashlib
import pathlib
import re
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "verifiers"))
sys.dont_write_bytecode = True
from audit_verify import BASE, ED25519, IDENTITY, ORDER, Key, Tree, add, double, encode_point, parse_note  # noqa: E402


# ---- Ed25519 (RFC 8032 section 5.1.6)

def times_base(scalar):
    point = IDENTITY
    for shift in range(252, -1, -4):
        point = add(double(double(double(double(point)))), BASE[scalar >> shift & 15])
    return encode_point(point)


class Signer:
    def __init__(self, name, seed):
        digest = hashlib.sha512(seed).digest()
        self.scalar = (int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254) % ORDER
        self.prefix, self.name = digest[32:], name
        self.public = times_base(self.scalar)
        self.id = Key(name, ED25519, self.public).id

    def line(self, text):
        once = int.from_bytes(hashlib.sha512(self.prefix + text).digest(), "little") % ORDER
        point = times_base(once)
        challenge = int.from_bytes(hashlib.sha512(point + self.public + text).digest(), "little")
        signature = point + ((once + challenge * self.scalar) % ORDER).to_bytes(32, "little")
        return "\u2014 ".encode() + self.name + b" " + base64.b64encode(self.id + signature) + b"\n"


def log_seed(path):
    """Of PKCS #8 (RFC 8410 section 7), whose last 32 bytes it is."""
    return base64.b64decode("".join(path.read_text().splitlines()[1:-1]))[-32:]


def epoch_signer(folder):
    """The key of the current epoch: those before were destroyed."""
    word = max(folder.glob("epoch-*.key")).read_bytes().strip()
    name, _, data = word.removeprefix(b"PRIVATE+KEY+").split(b"+", 2)
    return Signer(name, base64.b64decode(data)[1:])


# ---- one stream

class Stream:
    def __init__(self, data, name):
        self.folder = data / "audit" / name
        self.origin = (data / "audit/origin").read_text().strip() + "/" + name
        self.signers = [epoch_signer(self.folder), Signer(self.origin.encode(), log_seed(data / "keys/log.pem"))]
        self.segments = {path: path.read_bytes().splitlines() for path in sorted((self.folder / "seg").iterdir())}
        self.changed = None  # number of the first record that is another one
        self.hash(lambda seq, body: body)

    def lines(self):
        return [line for lines in self.segments.values() for line in lines]

    def hash(self, change):
        """Changes bodies and makes their chain and tree fit. Whether any record is another one now."""
        tree, self.roots, self.leaves, again = Tree(()), {}, [], False
        for lines in self.segments.values():
            for at, line in enumerate(lines):
                seq = len(self.leaves)
                body = change(seq, line[:-72] + b"}")
                if seq > 0:
                    body = re.sub(rb'"prev":"[0-9a-f]{64}"', b'"prev":"%s"' % self.leaves[-1].hex().encode(), body)
                leaf = hashlib.sha256(b"\0" + body).digest()
                lines[at] = body[:-1] + b',"h":"' + leaf.hex().encode() + b'"}'
                if lines[at] != line:
                    self.changed, again = min(seq, seq if self.changed is None else self.changed), True
                self.leaves.append(leaf)
                tree.append(leaf)
                self.roots[seq + 1] = tree.root()
        return again

    def save(self):
        if self.changed is None:
            return
        for path, lines in self.segments.items():
            path.write_bytes(b"".join(line + b"\n" for line in lines))
        self.sign_again()
        shutil.rmtree(self.folder / "tile", ignore_errors=True)
        for cosigned in self.folder.glob("cosigned*"):
            cosigned.unlink()

    def sign_again(self):
        for name in ("head", "checkpoint", "under-way"):
            path = self.folder / name
            path.write_bytes(self.forged(path.read_bytes()))
        path = self.folder / "checkpoints.log"
        notes = re.findall(rb".*?\n\n.*?\n\n", path.read_bytes(), re.S)
        path.write_bytes(b"".join(self.forged(note[:-1]) + b"\n" for note in notes))

    def forged(self, data):
        """The note with the root that its tree has now, signed by those who had signed it."""
        note = parse_note(data)
        lines = note.text.split(b"\n")
        # `under-way` has a line before its origin, and its root in hexadecimal.
        at = lines.index(self.origin.encode())
        size = int(lines[at + 1])
        if size <= self.changed:
            return data
        root = self.roots[size]
        lines[at + 2] = base64.b64encode(root) if at == 0 else root.hex().encode()
        text = b"\n".join(lines)
        names = {name for name, _, _ in note.signatures}
        return text + b"\n" + b"".join(signer.line(text) for signer in self.signers if signer.name in names)


TOLD = re.compile(rb'"root":"[0-9a-f]{64}","size":([0-9]+),"stream":"([a-z0-9-]+)"')
SEEN = re.compile(rb'\{"h":"[0-9a-f]{64}","n":([0-9]+),("p":1,)?"s":"([a-z0-9-]+)"\}')


def forge(data, stream="gateway", first=None, actor="u-somebody-else", alone=False, edit=None):
    """`edit` changes a body in another way than by who acted. Returns the number of the first record that is another
    one now."""
    data = pathlib.Path(data)
    names = [stream] if alone else sorted(path.parent.name for path in (data / "audit").glob("*/seg"))
    streams = {name: Stream(data, name) for name in names}
    # `install` tells of what nobody did.
    act, who = (b"log.checkpoint", b"") if stream == "install" else (b"inference.", b'[^"-]')
    if first is None:
        first = next(seq for seq, line in enumerate(streams[stream].lines()) if b'"act":"' + act in line)

    def tell_anew(found):
        known = streams.get(found[2].decode())
        return found[0] if not known else b'"root":"%s","size":%s,"stream":"%s"' % (
            known.roots[int(found[1])].hex().encode(), found[1], found[2])

    def see_anew(found):
        known = streams.get(found[3].decode())
        return found[0] if not known else b'{"h":"%s","n":%s,%s"s":"%s"}' % (
            known.leaves[int(found[1]) - 1].hex().encode(), found[1], found[2] or b"", found[3])

    def change(name):
        def changed(seq, body):
            if name == stream and seq >= first and edit:
                body = edit(body)
            elif name == stream and seq >= first:
                body = re.sub(rb'("actor":\{"id":")' + who + rb'[^"]*"', rb'\1' + actor.encode() + b'"', body)
            return SEEN.sub(see_anew, TOLD.sub(tell_anew, body) if name == "install" else body)
        return changed

    # What a record says of another stream was before it, so this comes to an end.
    while any([one.hash(change(name)) for name, one in streams.items()]):
        pass
    for one in streams.values():
        one.save()
    return first


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--stream", default="gateway")
    parser.add_argument("--from", dest="first", type=int)
    parser.add_argument("--actor", default="u-somebody-else")
    parser.add_argument("--alone", action="store_true")
    given = parser.parse_args()
    print(f"rewritten from record {forge(given.data, given.stream, given.first, given.actor, given.alone)} on")
