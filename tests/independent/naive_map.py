#!/usr/bin/python3
"""Judges state maps and proofs of them without any of CityID's code: the definition, and no speed.

    naive_map.py --cases PROGRAM [--count N]
    naive_map.py --vectors DIR

The first form lets PROGRAM (`map_cases SEED COUNT`) print random maps, and checks of each its root,
the proof of one key and the part of the map for several keys and ranges of keys. The seed is printed; CITYID_SEED=N
runs the same again. The second one judges the Merkle prefix tree vectors in DIR. Exit status: 0 all
is well, 1 not.
"""
import hashlib
import json
import os
import random
import subprocess
import sys

LEAF, INNER, HASH = 0, 1, 2


class Wrong(Exception):
    pass


def need(condition, why):
    if not condition:
        raise Wrong(why)


def sha256(data):
    return hashlib.sha256(data).digest()


def number(value):
    """Unsigned LEB128."""
    out = b""
    while value >= 128:
        out += bytes([value % 128 + 128])
        value //= 128
    return out + bytes([value])


def text(data):
    return number(len(data)) + data


def bit(key, n):
    """Behind a key stand a byte 00 and then FF for ever."""
    i = n // 8
    byte = key[i] if i < len(key) else 0x00 if i == len(key) else 0xFF
    return byte >> (7 - n % 8) & 1


def hash_leaf(key, value):
    return sha256(bytes([LEAF]) + text(key) + text(value))


def hash_inner(at, left, right):
    return sha256(bytes([INNER]) + number(at) + left + right)


class Tree:
    """A compressed binary trie over a dict, built anew from all of it."""

    def __init__(self, pairs):
        self.bit = None
        self.children = None
        self.leaf = None
        if not pairs:
            self.hash = sha256(b"")
        elif len(pairs) == 1:
            self.leaf = next(iter(pairs.items()))
            self.hash = hash_leaf(*self.leaf)
        else:
            self.bit = 0
            while len({bit(key, self.bit) for key in pairs}) == 1:
                self.bit += 1
            self.children = [
                Tree({k: v for k, v in pairs.items() if bit(k, self.bit) == side})
                for side in (0, 1)
            ]
            self.hash = hash_inner(self.bit, *(child.hash for child in self.children))

    def proof(self, key):
        """What proves the value of one key, or that it is absent."""
        steps = []
        node = self
        while node.children:
            side = bit(key, node.bit)
            steps.append(number(node.bit) + node.children[1 - side].hash)
            node = node.children[side]
        begin = b""
        if node.leaf and node.leaf[0] != key:
            begin = text(node.leaf[0]) + text(node.leaf[1])
        return begin + b"".join(reversed(steps))

    def leaves(self):
        if self.leaf:
            yield self.leaf
        for child in self.children or []:
            yield from child.leaves()

    def part(self, keys, ranges=()):
        """The tree down to these keys, with all that begins with one of `ranges`; the rest as
        hashes."""
        if not self.leaf and not self.children:
            return b""
        if not keys and not ranges:
            return bytes([HASH]) + self.hash
        if self.leaf:
            return bytes([LEAF]) + text(self.leaf[0]) + text(self.leaf[1])
        out = bytes([INNER]) + number(self.bit)
        for side, child in enumerate(self.children):
            below = [key for key in keys if bit(key, self.bit) == side]
            # A range goes where its keys are, and where it would be if it had any.
            here = [start for start in ranges
                    if bit(start, self.bit) == side or self.has_all_of(start)]
            out += child.part(below, here)
        return out

    def has_all_of(self, start):
        """Whether every padded key below begins with `start`."""
        return all(bit(key, n) == bit(start, n)
                   for key, _ in self.leaves() for n in range(8 * len(start)))


class Reader:
    def __init__(self, data):
        self.data = data

    def take(self, size):
        need(size <= len(self.data), "it ends too early")
        part, self.data = self.data[:size], self.data[size:]
        return part

    def number(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value += (byte & 127) << shift
            if byte < 128:
                need(byte != 0 or shift == 0, "a number is not in its shortest form")
                return value
            shift += 7

    def text(self):
        return self.take(self.number())


def verify(root, key, value, proof):
    """Raises `Wrong` unless `proof` shows that `key` has `value`; None: that it is absent."""
    reader = Reader(proof)
    if value is None:
        if not proof:
            need(root == sha256(b""), "the tree is not empty")
            return
        leaf = reader.text(), reader.text()
        need(leaf[0] != key, "the key is there")
    else:
        leaf = key, value
    current = hash_leaf(*leaf)
    last = None
    while reader.data:
        at = reader.number()
        sibling = reader.take(32)
        need(last is None or at < last, "bits do not fall on the way up")
        last = at
        need(bit(key, at) == bit(leaf[0], at), "the leaf stands elsewhere")
        pair = (sibling, current) if bit(key, at) else (current, sibling)
        current = hash_inner(at, *pair)
    need(current == root, "another root")


class Part:
    """A parsed part of a map."""

    def __init__(self, reader, least=0):
        self.kind = reader.take(1)[0]
        if self.kind == HASH:
            self.hash = reader.take(32)
        elif self.kind == LEAF:
            self.leaf = reader.text(), reader.text()
            self.hash = hash_leaf(*self.leaf)
        else:
            need(self.kind == INNER, "an unknown tag")
            self.bit = reader.number()
            need(self.bit >= least, "bits do not grow on the way down")
            self.children = [Part(reader, self.bit + 1), Part(reader, self.bit + 1)]
            self.hash = hash_inner(self.bit, *(child.hash for child in self.children))

    def leaves(self):
        """The pairs in it, from left to right."""
        if self.kind == LEAF:
            yield self.leaf
        elif self.kind == INNER:
            for child in self.children:
                yield from child.leaves()

    def find(self, key):
        node = self
        while node.kind == INNER:
            # All keys below a node are the same before its bit.
            below = next(node.leaves(), None)
            if below and any(bit(key, n) != bit(below[0], n) for n in range(node.bit)):
                return None
            node = node.children[bit(key, node.bit)]
        need(node.kind == LEAF, "a key is not covered")
        return node.leaf[1] if node.leaf[0] == key else None


def judge(case):
    pairs = {bytes.fromhex(key): bytes.fromhex(value) for key, value in case["pairs"]}
    need(len(pairs) == len(case["pairs"]), "a key stands there twice")
    root = bytes.fromhex(case["root"])
    tree = Tree(pairs)
    need(tree.hash == root, "the root is another one")

    key = bytes.fromhex(case["key"])
    value = None if case["value"] is None else bytes.fromhex(case["value"])
    need(pairs.get(key) == value, "the value is not the map's")
    proof = bytes.fromhex(case["proof"])
    verify(root, key, value, proof)
    need(proof == tree.proof(key), "the proof of a key is written in another way")

    keys = [bytes.fromhex(key) for key in case["keys"]]
    ranges = [bytes.fromhex(start) for start in case["ranges"]]
    partial = bytes.fromhex(case["partial"])
    if partial:
        reader = Reader(partial)
        part = Part(reader)
        need(not reader.data, "something follows the part")
        need(part.hash == root, "the part has another root")
        asked = keys + [key for key in pairs if any(map(key.startswith, ranges))]
        # What begins with a range and isn't there is known to be absent.
        asked += [start + more for start in ranges for more in (b"", b"\0", b"\1\2", b"\xff" * 9)]
        for key in asked:
            need(part.find(key) == pairs.get(key), "the part says something else of a key")
    else:
        need(not pairs, "an empty part of a map that is not empty")
    need(partial == tree.part(keys, ranges), "the part is written in another way")
    return value is not None, len(keys)


def run_cases(program, count):
    seed = os.environ.get("CITYID_SEED") or str(random.SystemRandom().getrandbits(63))
    print(f"CITYID_SEED={seed}", flush=True)
    lines = subprocess.run([program, seed, str(count)], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    need(len(lines) == count, f"{len(lines)} cases instead of {count}")
    present = absent = asked = 0
    for at, line in enumerate(lines):
        try:
            there, keys = judge(json.loads(line))
        except Wrong as error:
            raise Wrong(f"case {at}: {error}\n{line}") from error
        present += there
        absent += not there
        asked += keys
    need(present > count // 10 and absent > count // 10, "too few cases of one kind")
    print(f"{count} maps, {present} keys proved present, {absent} absent, {asked} keys in parts")


def unquoted(word):
    return b"" if word == "''" else bytes.fromhex(word)


def run_vectors(folder):
    roots = proofs = 0
    pairs = {}
    with open(os.path.join(folder, "treehash-subset.txt"), encoding="ascii") as lines:
        for words in map(str.split, lines):
            if words[:1] == ["kv"]:
                pairs[unquoted(words[1])] = unquoted(words[2])
            elif words[:1] == ["hash"]:
                need(Tree(pairs).hash.hex() == words[1], f"not the root {words[1]}")
                pairs = {}
                roots += 1
    given = {}
    with open(os.path.join(folder, "verify-subset.txt"), encoding="ascii") as lines:
        for words in map(str.split, lines):
            if words and words[0] != "#":
                given[words[0]] = words[1]
            if words[:1] != ["verify"]:
                continue
            value = None if given["val"] == "-" else unquoted(given["val"])
            try:
                verify(unquoted(given["snap"]), unquoted(given["key"]), value,
                       unquoted(given["proof"]))
                answer = "true"
            except Wrong:
                answer = "false"
            need(answer == given["verify"], f"{given['snap']} {given['key']}: {answer}")
            proofs += 1
    need(roots == 14 and proofs == 8, f"{roots} roots and {proofs} proofs instead of 14 and 8")
    print(f"{roots} roots, {proofs} proofs")


def main(arguments):
    try:
        if len(arguments) in (2, 4) and arguments[0] == "--cases":
            need(len(arguments) == 2 or arguments[2] == "--count", __doc__)
            run_cases(arguments[1], int(arguments[3]) if len(arguments) == 4 else 400)
        elif len(arguments) == 2 and arguments[0] == "--vectors":
            run_vectors(arguments[1])
        else:
            raise Wrong(__doc__)
    except Wrong as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
