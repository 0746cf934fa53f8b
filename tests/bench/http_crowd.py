"""Connections that want a server's memory and time and give it nothing: idle ones, half-open ones
that sent half a head, and ones that drip a byte a second."""

import select
import socket
import threading
import time

HEAD = b"GET /healthz HTTP/1.1\r\nHost: id.example.cn\r\n"
# Bytes that never end the head.
DRIPPED = b"X-Slow: " + b"a" * 4096


class Crowd:
    """Holds connections open until they are closed by either side; drips meanwhile."""

    def __init__(self, port):
        self.address = ("127.0.0.1", port)
        self.sockets = {}  # by descriptor: socket, kind, when it sent its first byte
        self.gone = {"idle": [], "half-open": [], "dripping": []}  # seconds from its first byte
        self._poll = select.epoll()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._hold, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self._thread.join()
        for connection, _, _ in self.sockets.values():
            connection.close()
        self._poll.close()

    def open(self, kind, count):
        """Opens so many. An idle one has asked for something and got it."""
        for _ in range(count):
            connection = socket.create_connection(self.address, timeout=30)
            if kind == "idle":
                connection.sendall(HEAD + b"\r\n")
                if not connection.recv(65536).startswith(b"HTTP/1.1 200 "):
                    raise SystemExit("an idle connection was refused")
            else:
                connection.sendall(HEAD[:40] if kind == "half-open" else HEAD[:1])
            connection.setblocking(False)
            with self._lock:
                self.sockets[connection.fileno()] = (connection, kind, time.monotonic())
            self._poll.register(connection, select.EPOLLIN | select.EPOLLRDHUP)

    def count(self, kind):
        """How many of the kind are open."""
        with self._lock:
            return sum(one == kind for _, one, _ in self.sockets.values())

    def wait_gone(self, kinds, deadline):
        """Until all of these kinds are closed, or the deadline has come (time.monotonic)."""
        while any(map(self.count, kinds)) and time.monotonic() < deadline:
            time.sleep(0.05)

    def _hold(self):
        dripped = 0
        next_drop = time.monotonic() + 1
        while not self._stopped.is_set():
            for descriptor, _ in self._poll.poll(0.05):
                self._read(descriptor)
            if time.monotonic() >= next_drop:
                next_drop += 1
                dripped += 1
                self._drip(dripped)

    def _read(self, descriptor):
        connection, kind, began = self.sockets[descriptor]
        try:
            ended = not connection.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            ended = True
        if ended:
            self._poll.unregister(connection)
            with self._lock:
                del self.sockets[descriptor]
                self.gone[kind].append(time.monotonic() - began)
            connection.close()

    def _drip(self, number):
        with self._lock:
            dripping = [one for one, kind, _ in self.sockets.values() if kind == "dripping"]
        text = HEAD + DRIPPED
        for connection in dripping:
            try:
                connection.send(text[number:number + 1])
            except OSError:
                pass  # it is read as closed in a moment
