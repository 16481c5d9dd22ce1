#!/usr/bin/env python3
"""Rewrite the end of an audit log as root could: with the log key and the epoch keys of the data folder.

Usage: forge_log.py DATA [--stream NAME] [--from SEQ] [--actor ID]

From record SEQ on (the first inference, unless it is given) whoever acted becomes ID. All hashes are computed anew,
every checkpoint of the changed records gets its new root and both signatures, and `install` tells of the new roots.
What somebody else has signed is removed: there are no keys for that here. The result is a whole log.
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

    def lines(self):
        return [line for lines in self.segments.values() for line in lines]

    def rewrite(self, first, change):
        """Changes bodies from record `first` on, and makes the rest fit. Returns the roots by size."""
        tree, roots, leaf, seq = Tree(()), {}, None, 0
        for path, lines in self.segments.items():
            for at, line in enumerate(lines):
                body = line[:-72] + b"}"
                if seq >= first:
                    body = re.sub(rb'"prev":"[0-9a-f]{64}"', b'"prev":"%s"' % leaf.hex().encode(), change(body))
                leaf = hashlib.sha256(b"\0" + body).digest()
                lines[at] = body[:-1] + b',"h":"' + leaf.hex().encode() + b'"}'
                tree.append(leaf)
                seq += 1
                roots[seq] = tree.root()
            path.write_bytes(b"".join(line + b"\n" for line in lines))
        self.sign_again(first, roots)
        shutil.rmtree(self.folder / "tile", ignore_errors=True)
        for cosigned in self.folder.glob("cosigned*"):
            cosigned.unlink()
        return roots

    def sign_again(self, first, roots):
        for name in ("head", "checkpoint", "under-way"):
            path = self.folder / name
            path.write_bytes(self.forged(path.read_bytes(), first, roots))
        path = self.folder / "checkpoints.log"
        notes = re.findall(rb".*?\n\n.*?\n\n", path.read_bytes(), re.S)
        path.write_bytes(b"".join(self.forged(note[:-1], first, roots) + b"\n" for note in notes))

    def forged(self, data, first, roots):
        """The note with the root that its tree has now, signed by those who had signed it."""
        note = parse_note(data)
        lines = note.text.split(b"\n")
        # `under-way` has a line before its origin, and its root in hexadecimal.
        at = lines.index(self.origin.encode())
        size = int(lines[at + 1])
        if size <= first:
            return data
        root = roots[size]
        lines[at + 2] = base64.b64encode(root) if at == 0 else root.hex().encode()
        text = b"\n".join(lines)
        names = {name for name, _, _ in note.signatures}
        return text + b"\n" + b"".join(signer.line(text) for signer in self.signers if signer.name in names)


def forge(data, stream="gateway", first=None, actor="u-somebody-else"):
    """Returns the number of the first record that is another one now."""
    data = pathlib.Path(data)
    target = Stream(data, stream)
    if first is None:
        first = next(seq for seq, line in enumerate(target.lines()) if b'"act":"inference.' in line)
    roots = target.rewrite(first, lambda body: re.sub(rb'("actor":\{"id":")[^"-][^"]*"', rb'\1' + actor.encode() + b'"',
                                                      body))
    told = re.compile(rb'"root":"[0-9a-f]{64}","size":([0-9]+),"stream":"%s"' % stream.encode())

    def tell_anew(body):
        return told.sub(lambda found: b'"root":"%s","size":%s,"stream":"%s"'
                        % (roots[int(found[1])].hex().encode(), found[1], stream.encode()), body)

    install = Stream(data, "install")
    changed = [seq for seq, line in enumerate(install.lines()) if (tells := told.search(line)) and int(tells[1]) > first]
    if changed:
        install.rewrite(changed[0], tell_anew)
    return first


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--stream", default="gateway")
    parser.add_argument("--from", dest="first", type=int)
    parser.add_argument("--actor", default="u-somebody-else")
    given = parser.parse_args()
    print(f"rewritten from record {forge(given.data, given.stream, given.first, given.actor)} on")
