"""A log made by other hands than the program's, and a web server for it that can be told to lie.

Notes, tiles and consistency proofs in two pages of Python (docs/ledger-format.md 8, C2SP
tlog-tiles, signed-note, tlog-cosignature, tlog-witness): for histories that the program won't make.
"""
import base64
import contextlib
import http.server
import re
import socketserver
import threading
import time
import urllib.error
import urllib.request

import cbor2

import signed_record
from signed_record import leaf_hash, root, sha256

SIGNATURE, COSIGNATURE = 1, 4
WIDTH = 256


# Notes

def key_id(name, kind, public):
    return sha256(name.encode() + b"\n" + bytes([kind]) + public)[:4]


def line(name, kind, public, signature):
    return f"\u2014 {name} {base64.b64encode(key_id(name, kind, public) + signature).decode()}\n"


def signed(text, name, key):
    """The log's line."""
    return line(name, SIGNATURE, signed_record.public(key), key.sign(text.encode()).signature)


def cosigned(text, name, key, when):
    """A witness's line of that time."""
    message = f"cosignature/v1\ntime {when}\n{text}".encode()
    return line(name, COSIGNATURE, signed_record.public(key),
                when.to_bytes(8, "big") + key.sign(message).signature)


def checked_cosignature(signature_line, text, name, public):
    """The time of a witness's line; fails if it is not that witness's on this text."""
    dash, found, encoded = signature_line.removesuffix("\n").split(" ")
    raw = base64.b64decode(encoded)
    assert (dash, found, raw[:4]) == ("\u2014", name, key_id(name, COSIGNATURE, public)), found
    assert len(raw) == 4 + 8 + 64
    when = int.from_bytes(raw[4:12], "big")
    signed_record.VerifyKey(public).verify(f"cosignature/v1\ntime {when}\n{text}".encode(),
                                           raw[12:])
    return when


def cosigners(note):
    """The names of the lines of a note behind that of the log."""
    return [part.split(" ")[1] for part in note.rsplit("\n\n", 1)[1].splitlines()[1:]]


def proof(old, leaves):
    """RFC 6962, 2.1.2: from the first `old` leaves to all of them."""
    def sub(m, part, whole):
        n = len(part)
        if m == n:
            return [] if whole else [root(part)]
        k = 1 << (n - 1).bit_length() - 1
        if m <= k:
            return sub(m, part[:k], whole) + [root(part[k:])]
        return sub(m - k, part[k:], False) + [root(part[:k])]
    return sub(old, leaves, True) if 0 < old < len(leaves) else []


class Log:
    """Entries, and everything that a log publishes of them."""

    def __init__(self, consortium, entries):
        self.consortium, self.entries = consortium, list(entries)

    def __len__(self):
        return len(self.entries)

    def but(self, *entries, size=None):
        """Another history: the first `size` entries, and then these."""
        return Log(self.consortium, self.entries[:size] + list(entries))

    def leaves(self, size=None):
        return [leaf_hash(entry) for entry in self.entries[:size]]

    def root(self, size=None):
        return root(self.leaves(size))

    def state_root(self):
        """Map root and time of the last one."""
        for entry in reversed(self.entries):
            with contextlib.suppress(cbor2.CBORDecodeError, AttributeError):
                if found := signed_record.state_root(entry):
                    return found[1], found[3]
        raise AssertionError("no state root")

    def closing(self, map_root=None, size=None, when=None, more=0):
        """A state root that would follow here, behind `more` further entries."""
        last_map, last_time = self.state_root()
        body = {1: map_root or last_map, 2: len(self) + more if size is None else size,
                3: last_time if when is None else when}
        record = signed_record.Record(signed_record.STATE_ROOT, body, log=self.consortium.log,
                                      not_after=None)
        return signed_record.entry_of(record.payload(), [])

    def closed(self, *entries, **how):
        """This log and these entries with a state root behind them."""
        return self.but(*entries, self.closing(more=len(entries), **how))

    def text(self, size=None, origin=None):
        size = len(self) if size is None else size
        encoded = base64.b64encode(self.root(size)).decode()
        return f"{origin or self.consortium.origin}\n{size}\n{encoded}\n"

    def note(self, size=None, key=None, text=None, witnesses=(), when=None):
        """A checkpoint with the line of the log and of the witnesses of these numbers (from 0)."""
        text = text or self.text(size)
        origin = text.split("\n", 1)[0]
        when = int(time.time()) if when is None else when
        lines = [signed(text, origin, key or self.consortium.log_key)]
        lines += [cosigned(text, f"institute{i}.example", self.consortium.witnesses[i], when)
                  for i in witnesses]
        return text + "\n" + "".join(lines)

    def request(self, old, note=None, path=None):
        """The body of an add-checkpoint."""
        path = proof(old, self.leaves()) if path is None else path
        lines = "".join(base64.b64encode(node).decode() + "\n" for node in path)
        return f"old {old}\n{lines}\n{note or self.note()}".encode()

    def file(self, path):
        """A tile or bundle by its path below /ledger/; None if there is none."""
        match = re.fullmatch(r"tile/(entries|\d)/(\d{3})(?:\.p/(\d+))?", path)
        if not match:
            return None
        level = 0 if match[1] == "entries" else int(match[1])
        width, first = int(match[3] or WIDTH), int(match[2]) * WIDTH
        unit = WIDTH ** level
        if (first + width) * unit > len(self):
            return None
        if match[1] == "entries":
            chosen = self.entries[first:first + width]
            return b"".join(len(entry).to_bytes(2, "big") + entry for entry in chosen)
        leaves = self.leaves()
        return b"".join(root(leaves[i * unit:(i + 1) * unit])
                        for i in range(first, first + width))


# Servers that are not ours

class Reply:
    """What a server of this module says; `raw` takes over the connection instead."""

    def __init__(self, status=200, body=b"", raw=None, **fields):
        self.status, self.body, self.raw = status, body, raw
        self.fields = {name.replace("_", "-"): value for name, value in fields.items()}


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """Clients may go as they like."""


class Web:
    """A web server on a free port: `answer(path, headers)` gives a Reply, and may be exchanged.
    `headers.body` is what was posted, or None."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []  # (path, status)
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.handle_with(self.rfile.read(int(self.headers["Content-Length"])))

            def do_GET(self):
                self.handle_with(None)

            def handle_with(self, body):
                self.headers.body = body
                reply = web.answer(self.path, self.headers)
                web.asked.append((self.path, None if reply.raw else reply.status))
                if reply.raw:
                    with contextlib.suppress(OSError):
                        reply.raw(self.wfile)
                    return
                self.send_response(reply.status)
                for name, value in reply.fields.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(reply.body)

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def times_asked(self, pattern, status=None):
        return sum(1 for path, said in list(self.asked)
                   if re.search(pattern, path) and status in (None, said))


def serving(log, note=None):
    """Answers with a handmade log, whose checkpoint is this note, or none."""
    def answer(path, _):
        path = path.removeprefix("/ledger/")
        if path == "checkpoint":
            body = None if note is None else note.encode()
        else:
            body = log.file(path)
        return Reply(404) if body is None else Reply(200, body)
    return answer


def below(prefix, answer):
    """Answers so below a path, and with 404 everywhere else."""
    def answer_below(path, headers):
        if not path.startswith(prefix + "/"):
            return Reply(404)
        return answer(path.removeprefix(prefix), headers)
    return answer_below


def mirror_of(url, lie=None):
    """Answers as `url` does, also to a POST. `lie(path, reply)` may change each reply, or give another one."""
    def answer(path, headers):
        request = urllib.request.Request(url + path, data=headers.body)
        if headers["If-None-Match"]:
            request.add_header("If-None-Match", headers["If-None-Match"])
        try:
            with urllib.request.urlopen(request, timeout=20) as got:
                reply = Reply(got.status, got.read())
                etag = got.headers["ETag"]
        except urllib.error.HTTPError as error:
            reply, etag = Reply(error.code, error.read()), error.headers["ETag"]
        except OSError:
            reply, etag = Reply(502), None
        if etag:
            reply.fields["ETag"] = etag
        return (lie(path, reply) if lie else None) or reply
    return answer
