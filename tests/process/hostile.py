"""Documents that are made to cost their reader as much as can be: deep, wide, and full of what takes more
memory than bytes. All have the right digest, so that they get as far as a stranger can bring them."""
import cbor2

from proofs import ABOUT, INCLUSION, MAP, NOTE, RECORDS, resealed, uv
from signed_record import encode

MAX_PROOF, MAX_PACK, MAX_RECORD = 1 << 20, 16 << 20, 32 << 10
DEEPEST = 4096  # bits of a key
LEAF = b"\0\0\0"  # with nothing in it
PACK = "MA.156/pack"


def wide_map(size):
    """A balanced tree of empty leaves, of at most so many bytes: one leaf more than a power of two, so that
    what grows by doubling has just grown."""
    levels = ((size - 5) // 5).bit_length() - 1
    node = LEAF
    for bit in range(levels, 0, -1):
        node = b"\1" + uv(bit) + node + node
    return b"\1\0" + LEAF + node


def deep_map(levels=DEEPEST, left=True):
    """As deep as the bits of a key allow: on the left what is open is above, on the right behind."""
    inner = [b"\1" + uv(bit) for bit in range(levels)]
    if left:
        return b"".join(inner) + LEAF * (levels + 1)
    return b"".join(node + LEAF for node in inner) + LEAF


def policy_of_hosts(count):
    """A map with a policy whose hosts are as many empty texts."""
    key = bytes(32)
    policy = {1: 1, 2: [key], 3: [{1: "a", 3: key, 4: key}], 4: 1, 6: 0, 7: [""] * count, 8: 1}
    value = encode({1: key, 2: "a/b", 3: {1: 0, 2: key}, 4: policy})
    return b"\0\1G" + uv(len(value)) + value


def nested(levels, kind):
    """CBOR in CBOR: lists or maps, so many of them."""
    return {"list": b"\x81", "map": b"\xa1\0", "tag": b"\xc1"}[kind] * levels + b"\0"


def with_fields(proof, **fields):
    document = cbor2.loads(proof)
    for name, value in fields.items():
        document[globals()[name]] = value
    return resealed({key: value for key, value in document.items() if value is not None})


def costly_documents(proof):
    """Name and bytes: made of a proof that is genuine."""
    for about, most in ((None, MAX_PROOF), (PACK, MAX_PACK)):
        fields = {"ABOUT": about} if about else {}
        room = most - len(proof) - 100
        yield "a wide map", with_fields(proof, MAP=wide_map(room), **fields)
        yield "a policy of many hosts", with_fields(proof, MAP=policy_of_hosts(room - 300), **fields)
        yield "many records", with_fields(proof, RECORDS=[b""] * (most // 80),
                                          MAP=bytes(room - most // 80), **fields)
        yield "a long path", with_fields(proof, INCLUSION=[bytes(32)] * (room // 34), **fields)
    yield "a policy as large as can be", with_fields(proof, MAP=policy_of_hosts(2 * MAX_RECORD - 300))
    yield "a deep map, left", with_fields(proof, MAP=deep_map())
    yield "a deep map, right", with_fields(proof, MAP=deep_map(left=False))


def broken_encodings(proof):
    """Bytes that are no document, or that only look like one."""
    for kind in ("list", "map", "tag"):
        for levels in (16, 17, DEEPEST, 300_000):
            yield nested(levels, kind)
            yield b"\xa2\1" + nested(levels, kind)
    head = proof[:1]
    for size in (b"\x1a\xff\xff\xff\xff", b"\x1b" + b"\xff" * 8):
        yield head + b"\1" + bytes([0x60 | size[0] & 31]) + size[1:]
        yield head + b"\1\x60\6" + bytes([0x80 | size[0] & 31]) + size[1:]
        yield bytes([0xA0 | size[0] & 31]) + size[1:]
    document = cbor2.loads(proof)
    for name in (ABOUT, NOTE, MAP):
        yield encode({key: value for key, value in document.items() if key != name})
