#!/usr/bin/env python3
"""Writes a tiny llama model with random weights: write_random_model.py OUT.gguf

No model weights can be fetched where this project is built and tested. This file is what a real
engine needs to run its whole path: it answers every prompt with made-up syllables and says so in
its name. The same bytes come out on every machine. Format: ggml's docs/gguf.md, version 3.
"""

import array
import os
import random
import struct
import sys

NAME = "srasta-demo-random"
SEED = 20240601
CONTEXT, WIDTH, HEADS, LAYERS, HIDDEN = 8192, 64, 4, 2, 128
ALIGNMENT = 32

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)

UINT32, FLOAT32, BOOL, STRING, ARRAY, INT32 = 4, 6, 7, 8, 9, 5
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6


def vocabulary():
    """(text, score, type) rows. Every byte has a token, so that every input can be written."""
    rows = [("<unk>", 0.0, UNKNOWN), ("<s>", 0.0, CONTROL), ("</s>", 0.0, CONTROL)]
    rows += [(f"<0x{byte:02X}>", 0.0, BYTE) for byte in range(256)]
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    pieces = ["\u2581" + s for s in syllables] + syllables
    pieces += ["\u2581"] + [chr(code) for code in range(0x21, 0x7F)]
    return rows + [(piece, -float(rank), NORMAL) for rank, piece in enumerate(pieces)]


def is_speakable(row):
    """Only syllables and the end of text may be generated: bytes would make broken UTF-8."""
    text, _, kind = row
    return text == "</s>" or (kind == NORMAL and len(text.strip("\u2581")) == 2)


def text_value(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def field(key, kind, value):
    if kind == STRING:
        packed = text_value(value)
    else:
        packed = struct.pack({UINT32: "<I", FLOAT32: "<f", BOOL: "<?"}[kind], value)
    return text_value(key) + struct.pack("<I", kind) + packed


def list_field(key, kind, values):
    pack = {STRING: text_value, FLOAT32: lambda v: struct.pack("<f", v),
            INT32: lambda v: struct.pack("<i", v)}[kind]
    head = text_value(key) + struct.pack("<IIQ", ARRAY, kind, len(values))
    return head + b"".join(pack(value) for value in values)


def metadata(rows):
    return [
        field("general.architecture", STRING, "llama"),
        field("general.name", STRING, NAME),
        field("general.description", STRING, "Random weights for demonstrations and tests."),
        field("general.alignment", UINT32, ALIGNMENT),
        field("llama.context_length", UINT32, CONTEXT),
        field("llama.embedding_length", UINT32, WIDTH),
        field("llama.block_count", UINT32, LAYERS),
        field("llama.feed_forward_length", UINT32, HIDDEN),
        field("llama.rope.dimension_count", UINT32, WIDTH // HEADS),
        field("llama.attention.head_count", UINT32, HEADS),
        field("llama.attention.head_count_kv", UINT32, HEADS),
        field("llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-5),
        field("llama.vocab_size", UINT32, len(rows)),
        field("tokenizer.ggml.model", STRING, "llama"),
        list_field("tokenizer.ggml.tokens", STRING, [row[0] for row in rows]),
        list_field("tokenizer.ggml.scores", FLOAT32, [row[1] for row in rows]),
        list_field("tokenizer.ggml.token_type", INT32, [row[2] for row in rows]),
        field("tokenizer.ggml.unknown_token_id", UINT32, 0),
        field("tokenizer.ggml.bos_token_id", UINT32, 1),
        field("tokenizer.ggml.eos_token_id", UINT32, 2),
        field("tokenizer.ggml.add_bos_token", BOOL, True),
        field("tokenizer.ggml.add_eos_token", BOOL, False),
        field("tokenizer.chat_template", STRING, CHAT_TEMPLATE),
    ]


class Tensors:
    """Collects (name, shape, values); `shape` is in ggml's order, fastest dimension first."""

    def __init__(self):
        self.rows = []
        self.dice = random.Random(SEED)

    def add(self, name, shape, values):
        self.rows.append((name, shape, array.array("f", values)))

    def ones(self, name):
        self.add(name, (WIDTH,), [1.0] * WIDTH)

    def noise(self, name, columns, lines, scale):
        values = [(2.0 * self.dice.random() - 1.0) * scale for _ in range(columns * lines)]
        self.add(name, (columns, lines), values)

    def silence(self, line):
        """Keeps the newest tensor from writing to one dimension of its output."""
        _, (columns, _), values = self.rows[-1]
        values[line * columns:(line + 1) * columns] = array.array("f", [0.0] * columns)

    def set_column(self, column, values):
        _, (columns, _), target = self.rows[-1]
        for line, value in enumerate(values):
            target[line * columns + column] = value


def weights(rows):
    """Dimension 0 carries a constant through the network: the last layer uses it to say no to
    tokens that must not be generated."""
    tensors = Tensors()
    tensors.noise("token_embd.weight", WIDTH, len(rows), 1.0)
    tensors.set_column(0, [4.0] * len(rows))
    for layer in range(LAYERS):
        prefix = f"blk.{layer}."
        tensors.ones(prefix + "attn_norm.weight")
        for part in ("attn_q", "attn_k", "attn_v"):
            tensors.noise(f"{prefix}{part}.weight", WIDTH, WIDTH, 0.3)
        tensors.noise(prefix + "attn_output.weight", WIDTH, WIDTH, 0.3)
        tensors.silence(0)
        tensors.ones(prefix + "ffn_norm.weight")
        tensors.noise(prefix + "ffn_gate.weight", WIDTH, HIDDEN, 0.3)
        tensors.noise(prefix + "ffn_up.weight", WIDTH, HIDDEN, 0.3)
        tensors.noise(prefix + "ffn_down.weight", HIDDEN, WIDTH, 0.3)
        tensors.silence(0)
    tensors.ones("output_norm.weight")
    tensors.noise("output.weight", WIDTH, len(rows), 0.4)
    tensors.set_column(0, [0.0 if is_speakable(row) else -40.0 for row in rows])
    return tensors.rows


def padded(data):
    return data + b"\0" * (-len(data) % ALIGNMENT)


def gguf(rows):
    fields, tensors = metadata(rows), weights(rows)
    directory, offset, blobs = b"", 0, []
    for name, shape, values in tensors:
        if sys.byteorder == "big":
            values.byteswap()
        blobs.append(padded(values.tobytes()))
        directory += text_value(name) + struct.pack("<I", len(shape))
        directory += struct.pack(f"<{len(shape)}QIQ", *shape, 0, offset)  # 0 = F32
        offset += len(blobs[-1])
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(fields)) + b"".join(fields)
    return padded(head + directory) + b"".join(blobs)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[0])
    out = sys.argv[1]
    os.makedirs(os.path.dirname(os.path.abspath(out)), exist_ok=True)
    with open(out + ".part", "wb") as file:
        file.write(gguf(vocabulary()))
    os.replace(out + ".part", out)


if __name__ == "__main__":
    main()
