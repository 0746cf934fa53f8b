"""HTTP as it goes over the wire: a request in bytes, a reply, and a connection that sends what a test likes."""
import contextlib
import copy
import json
import os
import socket
import time

HOST = "id.example.cn"
SLOW = float(os.environ.get("CITYID_SLOW") or 1)
DEADLINE = 30.0 * SLOW  # seconds until something that must happen counts as not happening
MAX_REPLY = 4 << 20


def message(target, body, **headers):
    """The bytes of a POST."""
    return head(target, "POST", content_length=len(body), **headers) + body


def head(target, method="GET", **headers):
    """The bytes of a request without a body."""
    fields = {"Host": HOST, **{k.replace("_", "-").title(): v for k, v in headers.items()}}
    text = f"{method} {target} HTTP/1.1\r\n"
    return (text + "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n").encode("latin-1")


class Reply:
    """One HTTP reply."""

    def __init__(self, raw_head, body):
        lines = raw_head.decode("latin-1").split("\r\n")
        version, status, self.reason = lines[0].split(" ", 2)
        assert version == "HTTP/1.1", lines[0]
        self.status = int(status)
        self.fields = [(k.lower(), v.strip()) for k, v in (x.split(":", 1) for x in lines[1:])]
        self.body = body

    def __str__(self):
        return f"\n{self.status} {self.reason}\n{self.fields}\n{self.body[:2000]!r}"

    def __getitem__(self, name):
        """The value of the only field of this name, or None."""
        values = [v for k, v in self.fields if k == name]
        assert len(values) <= 1, f"{name} is there {len(values)} times"
        return values[0] if values else None

    @property
    def media_type(self):
        return (self["content-type"] or "").split(";")[0]

    def turned_into(self, state):
        """This reply to a record as it would be now that the record has another state."""
        turned = copy.copy(self)
        turned.status = {"sequenced": 201, "refused": 409}.get(state["state"], 202)
        turned.body = json.dumps({"detail": state.get("why")} | state).encode()
        if turned.status == 409:
            turned.fields = [("content-type", "application/problem+json")]
        return turned

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.body)


class ConnectionEnded(AssertionError):
    """The other side closed before its reply was whole."""


class Connection:
    """A socket that says what it means in HTTP."""

    def __init__(self, port, source=None, tls=None):
        """`source`: the loopback address to come from; `tls`: a context that knows the server."""
        self._socket = socket.create_connection(("127.0.0.1", port), DEADLINE,
                                                source and (source, 0))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self._socket = tls.wrap_socket(self._socket, server_hostname=HOST)
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def send(self, raw):
        self._socket.sendall(raw)

    def reply(self, bodiless=False):
        """The next reply, exactly as long as it says it is."""
        while b"\r\n\r\n" not in self._buffer:
            self._receive()
        raw_head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        reply = Reply(raw_head, b"")
        length = 0 if bodiless or reply.status == 204 else int(reply["content-length"])
        while len(self._buffer) < length:
            self._receive()
        reply.body, self._buffer = self._buffer[:length], self._buffer[length:]
        return reply

    def rest(self, seconds=DEADLINE):
        """What still comes until the other side closes; fails if it does not by then."""
        rest, self._buffer = self._buffer, b""
        deadline = time.monotonic() + seconds
        while True:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                got = self._socket.recv(65536)
            except ConnectionResetError:
                return rest
            except socket.timeout as error:
                raise AssertionError(f"still open after {seconds:.0f} s") from error
            if not got:
                return rest
            rest += got

    @property
    def socket(self):
        return self._socket

    def fileno(self):
        return self._socket.fileno()

    def closed_within(self, seconds):
        """Whether the other side ends within that time; what it says is lost."""
        with contextlib.suppress(AssertionError):
            self.rest(seconds)
            return True
        return False

    def take(self, most):
        """Up to so many bytes of what comes; none at the end."""
        if self._buffer:
            taken, self._buffer = self._buffer[:most], self._buffer[most:]
            return taken
        return self._socket.recv(most)

    def _receive(self):
        got = self._socket.recv(65536)
        if not got or len(self._buffer) > MAX_REPLY:
            raise ConnectionEnded(f"the connection ended inside a reply: {self._buffer[:500]!r}")
        self._buffer += got
