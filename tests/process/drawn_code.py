"""Codes that `code new` draws, and what others find in its files."""
import contextlib
import re
import struct
import zlib

import cbor2

import cityid_process
from cityid_process import HOST, SHIJIAZHUANG, run


def code_new(demo, output, *options, identifier=SHIJIAZHUANG, program=None, **how):
    return run(program or cityid_process.program(), "code", "new", identifier, "--key",
               demo.code_key(identifier), "--host", HOST, "-o", output, *options, **how)


def zbar(file, *options):
    """What another reader finds in a picture."""
    found = run("zbarimg", "-q", "--raw", *options, file)
    return found.out.split("\n")[:-1]


def pdf_objects(content):
    """A PDF with the objects that newer versions of cairo compress as they are, too."""
    streams = []
    for stream in re.finditer(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        with contextlib.suppress(zlib.error):
            streams.append(zlib.decompressobj().decompress(stream[1]))
    return b"\n".join([content, *streams])


def frames(content):
    """The messages of a stream of frames, which must end with one."""
    messages = []
    while content:
        (length,) = struct.unpack(">I", content[:4])
        assert len(content) >= 4 + length, content
        messages.append(cbor2.loads(content[4:4 + length]))
        content = content[4 + length:]
    return messages
