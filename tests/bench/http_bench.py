#!/usr/bin/python3
"""Requests a second of signed codes: our listener and cpp-httplib with the same route table,
against nginx with a static file for each answer. Paired rounds, medians; loopback only."""

import argparse
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
# If this program dies, so does what it started.
TETHERED = ["setpriv", "--pdeathsig", "TERM"]
LABELS = {"nginx": "nginx, static file", "ours": "cityid", "httplib": "cpp-httplib"}


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


def start_resolver(name, build, work):
    process = subprocess.Popen([*TETHERED, build / "tests/bench/http_server", name, work / "ledger"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    if not line.strip().isdigit():
        process.wait()
        sys.exit(f"http_server {name} did not start")
    return Server(name, process, int(line))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def save_answers(server, paths, files):
    """The answers of `server` as files at the same paths."""
    for path in paths:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as reply:
            body = reply.read()
        if json.loads(body)["verdict"] != "valid":
            sys.exit(f"{path} is not valid")
        file = files / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)


def start_nginx(work):
    nginx = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    port = free_port()
    # Only root may name the user of the workers, which must read a directory of root's.
    user_line = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
    values = {"USER_LINE": user_line, "PREFIX": work, "WORKERS": os.cpu_count(), "PORT": port}
    text = (HERE / "nginx.conf.in").read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    configuration = work / "nginx.conf"
    configuration.write_text(text)
    process = subprocess.Popen([*TETHERED, nginx, "-p", work, "-c", configuration, "-e", "stderr"])
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return Server("nginx", process, port)
        time.sleep(0.05)
    process.kill()
    process.wait()
    sys.exit("nginx did not start")


def drive(server, options, seconds, work):
    """One measurement: wrk's line, with the server's processor time a request."""
    before = server.cpu_seconds()
    finished = subprocess.run(
        ["wrk", f"-t{options.threads}", f"-c{options.connections}", f"-d{seconds}s",
         "-s", HERE / "paths.lua", f"http://127.0.0.1:{server.port}", "--", work / "paths",
         str(options.threads)],
        stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 60)
    measured = json.loads(finished.stdout.strip().splitlines()[-1])
    if measured["failed"] or not measured["requests"]:
        sys.exit(f"{server.name}: {measured['failed']} requests failed")
    measured["rate"] = measured["requests"] / measured["microseconds"] * 1e6
    measured["cpu"] = (server.cpu_seconds() - before) / measured["requests"] * 1e6
    return measured


def measure(servers, options, work):
    for server in servers:
        drive(server, options, 1, work)
    results = {server.name: [] for server in servers}
    for number in range(options.rounds):
        turn = number % len(servers)
        order = servers[turn:] + servers[:turn]
        for server in order if number % 2 == 0 else reversed(order):
            results[server.name].append(drive(server, options, options.seconds, work))
    return results


def summarise(results):
    """Medians over the rounds; each ratio is of measurements of the same round."""
    summary = {}
    for name, rounds in results.items():
        ratios = [own["rate"] / nginx["rate"] for own, nginx in zip(rounds, results["nginx"])]
        row = {key: statistics.median(r[key] for r in rounds) for key in ("rate", "cpu", "p50", "p99")}
        row["rate_range"] = [min(r["rate"] for r in rounds), max(r["rate"] for r in rounds)]
        row["ratio"] = statistics.median(ratios)
        row["ratio_range"] = [min(ratios), max(ratios)]
        summary[name] = row
    return summary


def print_table(summary):
    names = ["nginx", "ours", "httplib"]
    rows = {
        "requests/s, median": lambda r: f"{r['rate']:,.0f}",
        "  lowest to highest": lambda r: "{:,.0f} to {:,.0f}".format(*r["rate_range"]),
        "ratio to nginx": lambda r: f"{r['ratio']:.2f}",
        "  lowest to highest round": lambda r: "{:.2f} to {:.2f}".format(*r["ratio_range"]),
        "server CPU, us a request": lambda r: f"{r['cpu']:.1f}",
        "latency p50, ms": lambda r: f"{r['p50'] / 1000:.2f}",
        "latency p99, ms": lambda r: f"{r['p99'] / 1000:.2f}",
    }
    print(f"{'':26}" + "".join(f"{LABELS[name]:>22}" for name in names))
    for title, cell in rows.items():
        print(f"{title:26}" + "".join(f"{cell(summary[name]):>22}" for name in names))


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path, help="build directory, with CITYID_BENCH")
    parser.add_argument("--seconds", type=int, default=3, help="of a measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2, help="of wrk")
    parser.add_argument("--cities", type=int, default=1000)
    parser.add_argument("--codes", type=int, default=1000,
                        help="different URLs; many more than a server can remember: the cold path")
    parser.add_argument("--quick", action="store_true", help="3 rounds of 1 second")
    parser.add_argument("--json", action="store_true", help="every measurement, as JSON")
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.rounds = 1, 3
    for program in ("wrk", "nginx", "setpriv"):
        if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin"):
            parser.exit(3, f"{program} is not installed; ./dev bench installs it\n")
    return options


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    load = os.getloadavg()[0]
    servers = []
    with tempfile.TemporaryDirectory(prefix="cityid-bench-") as directory:
        work = pathlib.Path(directory)
        subprocess.run([options.build / "tests/bench/make_ledger", work, str(options.cities),
                        str(options.codes)], check=True)
        paths = (work / "paths").read_text().split()
        try:
            servers.append(start_resolver("ours", options.build, work))
            save_answers(servers[0], paths, work / "files")
            servers.append(start_resolver("httplib", options.build, work))
            servers.insert(0, start_nginx(work))
            size = (work / "files" / paths[0].lstrip("/")).stat().st_size
            results = measure(servers, options, work)
        finally:
            for server in servers:
                server.stop()
    summary = summarise(results)
    if options.json:
        print(json.dumps({"connections": options.connections, "seconds": options.seconds,
                          "codes": options.codes, "body": size, "load": load,
                          "summary": summary, "rounds": results}))
        return
    print(f"{options.codes:,} signed URLs, {options.connections} connections kept alive, "
          f"wrk -t{options.threads}, body {size:,} bytes, {options.rounds} rounds of "
          f"{options.seconds} s, load average before {load:.1f}\n")
    print_table(summary)
    if load > os.cpu_count() / 2:
        print("\nOther programs were busy: trust the processor time a request, not the rates.")


if __name__ == "__main__":
    main()
