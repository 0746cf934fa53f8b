"""The servers that the HTTP benchmark compares, what they take of the machine, and wrk's look at
them. Loopback only; whoever starts them stops them."""

import json
import os
import pathlib
import pwd
import resource
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
# If this program dies, so does what it started.
TETHERED = ["setpriv", "--pdeathsig", "TERM"]
SEARCHED = os.environ.get("PATH", "") + ":/usr/sbin"


class Server:
    """A running server: how to reach it, and which processes serve."""

    def __init__(self, name, process, port):
        self.name = name
        self.process = process
        self.port = port

    def cpu_seconds(self):
        """User and system time of the process and of its children so far."""
        pid = self.process.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ticks = 0
        for process in [pid, *children]:
            fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """Bytes in memory: all of them, its own ("anonymous"), and of files such as the ledger."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        found = {}
        for line in status.splitlines():
            name, _, value = line.partition(":")
            if name in ("VmRSS", "RssAnon", "RssFile"):
                found[name] = int(value.split()[0]) << 10
        return {"all": found["VmRSS"], "own": found["RssAnon"], "files": found["RssFile"]}

    def stop(self):
        if self.process.stdin:
            self.process.stdin.close()
        else:
            self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Paths:
    """A file with the path of a signed code a line."""

    def __init__(self, file, count):
        self.file = file
        self.count = count


def make(build, *arguments):
    subprocess.run([build / "tests/bench/make_ledger", *map(str, arguments)], check=True)


def make_paths(build, file, cities, codes):
    make(build, "paths", file, cities, codes)
    return Paths(file, codes)


def start_program(name, *command):
    """A program of ours that prints its port, and serves until its standard input ends."""
    process = subprocess.Popen([*TETHERED, *command], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    if not line.strip().isdigit():
        process.wait()
        sys.exit(f"{name} did not start")
    return Server(name, process, int(line))


def start_resolver(name, build, ledger):
    return start_program(name, build / "tests/bench/http_server", name, ledger)


def start_epoll(build, answer):
    """A bare epoll loop that answers everything with the bytes of the file `answer`."""
    return start_program("epoll", build / "tests/bench/epoll_server", answer)


def save_whole_answer(server, path, file):
    """Head and body of one answer, as they come, in a file."""
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(1 << 16)
        head = answer.split(b"\r\n\r\n", 1)[0]
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                      if line.startswith(b"content-length:"))
        while len(answer) < len(head) + 4 + length:
            answer += connection.recv(1 << 16)
    file.write_bytes(answer)


def verify_seconds(build):
    """Processor time of one verification by libsodium."""
    done = subprocess.run([build / "tests/bench/http_server", "verify"], stdout=subprocess.PIPE,
                          text=True, check=True)
    return float(done.stdout) / 1e9


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def save_answers(server, paths, files):
    """The answers of `server` as files at the same paths; the bytes of one."""
    for path in paths.file.read_text().split():
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as reply:
            body = reply.read()
        if json.loads(body)["verdict"] != "valid":
            sys.exit(f"{path} is not valid")
        file = files / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    return len(body)


def start_nginx(work, name="nginx", sendfile=False):
    """nginx with the files below `work`; its fastest with them is without sendfile."""
    port = free_port()
    # Only root may name the user of the workers, which must read a directory of root's.
    user_line = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
    values = {"USER_LINE": user_line, "PREFIX": work, "WORKERS": os.cpu_count(), "PORT": port,
              "NAME": name, "SENDFILE": "on" if sendfile else "off"}
    text = (HERE / "nginx.conf.in").read_text()
    for word, value in values.items():
        text = text.replace(f"@{word}@", str(value))
    configuration = work / f"{name}.conf"
    configuration.write_text(text)
    process = subprocess.Popen([*TETHERED, shutil.which("nginx", path=SEARCHED), "-p", work, "-c",
                                configuration, "-e", "stderr"])
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return Server(name, process, port)
        time.sleep(0.05)
    process.kill()
    process.wait()
    sys.exit(f"{name} did not start")


def children_seconds():
    """Processor time of our children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def drive(server, paths, seconds, connections, first=0, count=None, pause=0, threads=2):
    """One measurement: wrk's line, with the processor time a request of server and wrk. It asks for `count`
    paths from the one at `first` on; `pause`: milliseconds between two requests of a connection."""
    before, client_before = server.cpu_seconds(), children_seconds()
    finished = subprocess.run(
        ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s", HERE / "paths.lua",
         f"http://127.0.0.1:{server.port}", "--", paths.file, str(first),
         str(count or paths.count), str(threads), str(pause)],
        stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 60)
    measured = json.loads(finished.stdout.strip().splitlines()[-1])
    if measured["failed"] or not measured["requests"]:
        sys.exit(f"{server.name}: {measured['failed']} requests failed")
    measured["rate"] = measured["requests"] / measured["microseconds"] * 1e6
    measured["cpu"] = (server.cpu_seconds() - before) / measured["requests"] * 1e6
    measured["wrk"] = (children_seconds() - client_before) / measured["requests"] * 1e6
    return measured
