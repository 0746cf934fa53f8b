#!/usr/bin/python3
"""What a resolver costs over HTTP, on loopback: requests a second for codes that were asked for
before, against nginx with a static file for each answer, a bare epoll loop with a constant answer, and
cpp-httplib; processor time for codes
that nobody has asked for yet, against libsodium; memory; and what an honest client feels of
thousands of others that keep connections. Paired rounds, medians, ratios of one run."""

import argparse
import json
import os
import pathlib
import resource
import shutil
import signal
import statistics
import sys
import tempfile
import time

from http_crowd import Crowd
from http_servers import (SEARCHED, drive, make, make_paths, save_answers, save_whole_answer,
                          start_epoll, start_nginx, start_resolver, verify_seconds)

LABELS = {"nginx": "nginx, file", "nginx-sendfile": "nginx, sendfile on", "ours": "cityid",
          "epoll": "bare epoll loop", "httplib": "cpp-httplib"}
SECTIONS = ("hot", "cold", "crowd")
HOT = 1000  # codes that are asked for again and again
CROWD = 5000
DRIPPING = 64
HEAD_TIME = 10  # seconds in which the server must have the whole head of a request
LATE = 1.0  # seconds after that until a connection counts as not ended


class Ledgers:
    """Sample ledgers by their number of identifiers, made when they are asked for."""

    def __init__(self, options, work):
        self.options, self.work = options, work
        self.made = {options.cities: options.ledger} if options.ledger else {}

    def of(self, cities):
        if cities not in self.made:
            note(f"making a ledger of {cities:,} identifiers")
            self.made[cities] = self.work / f"ledger-{cities}"
            self.made[cities].mkdir()
            make(self.options.build, "ledger", self.made[cities], cities)
        return self.made[cities]


def note(text):
    print(f"http_bench: {text}", file=sys.stderr, flush=True)


def spread(values):
    """Median, lowest, highest."""
    return {"median": statistics.median(values), "range": [min(values), max(values)]}


# Hot: codes that were asked for before

def measure_hot(options, ledger, work):
    """By number of connections: the rounds of each server."""
    paths = make_paths(options.build, work / "paths", options.sizes[0], HOT)
    results = {}
    with start_resolver("ours", options.build, ledger) as ours:
        size = save_answers(ours, paths, work / "files")
        save_whole_answer(ours, paths.file.read_text().split()[0], work / "answer")
        with start_resolver("httplib", options.build, ledger) as httplib, \
                start_epoll(options.build, work / "answer") as epoll, start_nginx(work) as nginx, \
                start_nginx(work, "nginx-sendfile", sendfile=True) as with_sendfile:
            servers = [nginx, with_sendfile, ours, epoll, httplib]
            for connections in options.connections:
                note(f"hot, {connections} connections")
                for server in servers:
                    drive(server, paths, 1, connections)
                rounds = results[connections] = {server.name: [] for server in servers}
                for number in range(options.rounds):
                    turn = number % len(servers)
                    order = servers[turn:] + servers[:turn]
                    for server in order if number % 2 == 0 else reversed(order):
                        rounds[server.name].append(
                            drive(server, paths, options.seconds, connections))
    return {"body": size, "rounds": results,
            "summary": {count: summarise_hot(rounds) for count, rounds in results.items()}}


def summarise_hot(results):
    """Medians over the rounds; each ratio is of measurements of the same round."""
    summary = {}
    for name, rounds in results.items():
        row = {key: statistics.median(r[key] for r in rounds)
               for key in ("cpu", "wrk", "p50", "p99")}
        row["rate"] = spread([r["rate"] for r in rounds])
        row["ratio"] = spread([own["rate"] / nginx["rate"]
                               for own, nginx in zip(rounds, results["nginx"])])
        row["epoll_ratio"] = spread([own["rate"] / epoll["rate"]
                                     for own, epoll in zip(rounds, results["epoll"])])
        row["cpu_ratio"] = spread([own["cpu"] / nginx["cpu"]
                                   for own, nginx in zip(rounds, results["nginx"])])
        summary[name] = row
    return summary


def print_hot(hot, options):
    for connections, summary in hot["summary"].items():
        print(f"\nHot: {HOT:,} signed URLs again and again, {connections} connections kept alive, "
              f"body of {hot['body']:,} bytes, {options.rounds} rounds of {options.seconds} s, "
              f"load {hot['load']}\n")
        rows = {
            "requests/s, median": lambda r: f"{r['rate']['median']:,.0f}",
            "  lowest to highest": lambda r: "{:,.0f} to {:,.0f}".format(*r["rate"]["range"]),
            "ratio to nginx": lambda r: f"{r['ratio']['median']:.2f}",
            "  lowest to highest round": lambda r: "{:.2f} to {:.2f}".format(*r["ratio"]["range"]),
            "ratio to the epoll loop": lambda r: f"{r['epoll_ratio']['median']:.2f}",
            "  its lowest to highest": lambda r: "{:.2f} to {:.2f}".format(
                *r["epoll_ratio"]["range"]),
            "server CPU, us a request": lambda r: f"{r['cpu']:.1f}",
            "  nginx's CPU over its own": lambda r: f"{1 / r['cpu_ratio']['median']:.2f}",
            "wrk's CPU, us a request": lambda r: f"{r['wrk']:.1f}",
            "latency p50, ms": lambda r: f"{r['p50'] / 1000:.2f}",
            "latency p99, ms": lambda r: f"{r['p99'] / 1000:.2f}",
        }
        print(f"{'':28}" + "".join(f"{LABELS[name]:>20}" for name in summary))
        for title, cell in rows.items():
            print(f"{title:28}" + "".join(f"{cell(row):>20}" for row in summary.values()))


# Cold: every code for the first time; hot beside it, for several sizes of the ledger

def measure_cold(options, ledger, cities, work):
    """Rounds of one server: codes that it has never seen, codes that it has, libsodium."""
    note(f"cold, {cities:,} identifiers: making {options.codes:,} codes")
    cold = make_paths(options.build, work / "cold", cities, options.codes)
    known = make_paths(options.build, work / "known", cities, HOT)
    # A slice of the codes for each round and one for the warm-up: nothing is asked for twice.
    share = options.codes // (options.rounds + 1)
    rounds = []
    note(f"cold, {cities:,} identifiers")
    read_through(ledger / "data.mdb")
    with start_resolver("ours", options.build, ledger) as server:
        started = server.memory()
        drive(server, cold, options.seconds, 64, 0, share)
        for number in range(1, options.rounds + 1):
            verify = verify_seconds(options.build) * 1e6
            first = drive(server, cold, options.seconds, 64, number * share, share)
            if first["rounds"] > 1:
                sys.exit(f"the codes of a round were used up: --codes over {options.codes}")
            drive(server, known, 1, 64)
            again = drive(server, known, options.seconds, 64)
            verify = (verify + verify_seconds(options.build) * 1e6) / 2
            rounds.append({"cold": first, "hot": again, "verify": verify,
                           "ratio": first["cpu"] / (verify + again["cpu"])})
        memory = {"started": started, "end": server.memory()}
    cold.file.unlink()
    return {"rounds": rounds, "memory": memory, "ratio": spread([r["ratio"] for r in rounds]),
            "verify": spread([r["verify"] for r in rounds]),
            "cold": spread([r["cold"]["cpu"] for r in rounds]),
            "hot": spread([r["hot"]["cpu"] for r in rounds]),
            "cold_rate": spread([r["cold"]["rate"] for r in rounds]),
            "hot_rate": spread([r["hot"]["rate"] for r in rounds]),
            "asked": sum(r["cold"]["requests"] for r in rounds)}


def read_through(file):
    """Into the page cache, where the ledger of a server that has run for a while is."""
    with open(file, "rb", buffering=0) as raw:
        while raw.read(1 << 22):
            pass


def print_cold(cold, options):
    print(f"\nCold: each of up to {options.codes:,} signed URLs once, 64 connections kept alive, "
          f"{options.rounds} rounds of {options.seconds} s, load {cold['load']}\n")
    mib = 1 << 20
    rows = {
        "codes asked for, each once": lambda r: f"{r['asked']:,}",
        "cold: CPU, us a request": lambda r: f"{r['cold']['median']:.1f}",
        "hot: CPU, us a request": lambda r: f"{r['hot']['median']:.1f}",
        "libsodium verify, us": lambda r: f"{r['verify']['median']:.1f}",
        "cold / (verify + hot)": lambda r: f"{r['ratio']['median']:.2f}",
        "  lowest to highest round": lambda r: "{:.2f} to {:.2f}".format(*r["ratio"]["range"]),
        "cold requests/s": lambda r: f"{r['cold_rate']['median']:,.0f}",
        "hot requests/s": lambda r: f"{r['hot_rate']['median']:,.0f}",
        "own memory at start, MiB": lambda r: f"{r['memory']['started']['own'] / mib:.1f}",
        "own memory at end, MiB": lambda r: f"{r['memory']['end']['own'] / mib:.1f}",
        "pages of the ledger, MiB": lambda r: f"{r['memory']['end']['files'] / mib:.1f}",
    }
    print(f"{'':28}" + "".join(f"{cities:>14,} ids" for cities in cold["sizes"]))
    for title, cell in rows.items():
        print(f"{title:28}" + "".join(f"{cell(row):>18}" for row in cold["sizes"].values()))


# Crowd: thousands of connections that want nothing, or never finish

def memory_of(options, ledger, paths, kind):
    """Bytes a connection of the kind, in a server of its own."""
    with start_resolver("ours", options.build, ledger) as server:
        drive(server, paths, 1, 64)
        time.sleep(0.5)
        before = server.memory()["all"]
        with Crowd(server.port) as crowd:
            crowd.open(kind, CROWD)
            time.sleep(0.5)
            if crowd.count(kind) < CROWD:
                sys.exit(f"{CROWD - crowd.count(kind)} {kind} connections were closed too early")
            return (server.memory()["all"] - before) / CROWD


def crowd_round(server, paths, seconds):
    """An honest client without the crowd, with it, and while the half-open ones are ended."""
    calm = drive(server, paths, seconds, 8, pause=10, threads=1)
    with Crowd(server.port) as crowd:
        began = time.monotonic()
        crowd.open("idle", CROWD // 2)
        crowd.open("half-open", CROWD - CROWD // 2)
        crowd.open("dripping", DRIPPING)
        opened = time.monotonic() - began
        if opened + seconds > HEAD_TIME - 0.5:
            note(f"opening took {opened:.1f} s: some were ended while the client was measured")
        crowded = drive(server, paths, seconds, 8, pause=10, threads=1)
        standing = {kind: crowd.count(kind) for kind in crowd.gone}
        rest = max(1, round(began + opened + HEAD_TIME + LATE - time.monotonic()))
        ending = drive(server, paths, rest, 8, pause=10, threads=1)
        crowd.wait_gone(("half-open", "dripping"), time.monotonic() + HEAD_TIME)
        gone = {kind: sorted(crowd.gone[kind]) for kind in ("half-open", "dripping")}
        idle = crowd.count("idle")
    return {"calm": calm, "crowded": crowded, "ending": ending, "opened": opened,
            "standing": standing, "idle_left": idle,
            "gone": {kind: {"in_time": sum(t <= HEAD_TIME + LATE for t in times),
                            "late": sum(t > HEAD_TIME + LATE for t in times),
                            "last": times[-1] if times else None}
                     for kind, times in gone.items()}}


def measure_crowd(options, ledger, work):
    paths = make_paths(options.build, work / "paths", options.sizes[0], HOT)
    note(f"crowd: memory of {CROWD:,} connections")
    memory = {kind: memory_of(options, ledger, paths, kind) for kind in ("idle", "half-open")}
    rounds = []
    with start_resolver("ours", options.build, ledger) as server:
        drive(server, paths, 1, 64)
        for number in range(options.rounds):
            note(f"crowd: round {number + 1} of {options.rounds}")
            rounds.append(crowd_round(server, paths, options.crowd_seconds))
    return {"memory": memory, "rounds": rounds,
            **{key: {what: spread([r[key][what] for r in rounds])
                     for what in ("p50", "p99", "max", "cpu")}
               for key in ("calm", "crowded", "ending")},
            "rate": spread([r["calm"]["rate"] for r in rounds]),
            "ratio": spread([r["crowded"]["p99"] / r["calm"]["p99"] for r in rounds]),
            # Of the quietest rounds: what others do to the machine only adds.
            "lowest_ratio": (min(r["crowded"]["p99"] for r in rounds) /
                             min(r["calm"]["p99"] for r in rounds))}


def print_crowd(crowd, options):
    print(f"\nCrowd: {CROWD // 2:,} idle and {CROWD - CROWD // 2:,} half-open connections, "
          f"{DRIPPING} that drip a byte a second; an honest client with 8 connections asks "
          f"{crowd['rate']['median']:,.0f} times a second, {options.rounds} rounds of "
          f"{options.crowd_seconds} s, load {crowd['load']}\n")
    print(f"{'':28}{'alone':>14}{'in the crowd':>14}{'when it ends':>14}")
    for title, key in (("latency p50, ms", "p50"), ("latency p99, ms", "p99"),
                       ("longest, ms", "max")):
        cells = (crowd[who][key]["median"] / 1000 for who in ("calm", "crowded", "ending"))
        print(f"{title:28}" + "".join(f"{cell:>14.2f}" for cell in cells))
    cells = (crowd[who]["p99"]["range"][0] / 1000 for who in ("calm", "crowded", "ending"))
    print(f"{'  p99 of the lowest round':28}" + "".join(f"{cell:>14.2f}" for cell in cells))
    cells = (crowd[who]["cpu"]["median"] for who in ("calm", "crowded", "ending"))
    print(f"{'server CPU, us a request':28}" + "".join(f"{cell:>14.1f}" for cell in cells))
    print(f"{'p99 over alone':28}{1:>14.2f}{crowd['ratio']['median']:>14.2f}")
    print(f"{'  lowest to highest round':28}{'':14}"
          f"{'{:.2f} to {:.2f}'.format(*crowd['ratio']['range']):>14}")
    print(f"{'  lowest over lowest':28}{1:>14.2f}{crowd['lowest_ratio']:>14.2f}")
    for kind, each in crowd["memory"].items():
        print(f"memory of {kind + ' one, KiB':18}{each / 1024:>14.2f}")
    for kind, all_of_them in (("half-open", CROWD - CROWD // 2), ("dripping", DRIPPING)):
        gone = [r["gone"][kind] for r in crowd["rounds"]]
        last = max(one["last"] or 0 for one in gone)
        print(f"{kind + ' ones ended in time':28}{sum(one['in_time'] for one in gone):>14,} of "
              f"{all_of_them * len(gone):,}; the last after {last:.1f} s of {HEAD_TIME}")


# All of it

def verdicts(found):
    """The targets: what, at most or at least, how much, and what was measured."""
    if "hot" in found:
        for connections, summary in found["hot"]["summary"].items():
            yield (f"hot, {connections} connections: requests/s over nginx's", "at least", 1.0,
                   summary["ours"]["ratio"]["median"])
            yield (f"hot, {connections} connections: requests/s over the epoll loop's", "at least",
                   0.9, summary["ours"]["epoll_ratio"]["median"])
    for cities, row in found.get("cold", {}).get("sizes", {}).items():
        limit = 1.2 if cities < 1_000_000 else 1.4
        yield (f"cold / (verify + hot), {cities:,} identifiers", "at most", limit,
               row["ratio"]["median"])
    if "crowd" in found:
        yield "p99 in the crowd over p99 alone", "at most", 1.5, found["crowd"]["ratio"]["median"]
        yield ("  lowest over lowest round", "at most", 1.5, found["crowd"]["lowest_ratio"])
        for kind, each in found["crowd"]["memory"].items():
            yield f"memory of {kind} connection, KiB", "at most", 4.0, each / 1024
        left = sum(r["standing"][kind] - r["gone"][kind]["in_time"]
                   for r in found["crowd"]["rounds"] for kind in r["gone"])
        yield "half-open or dripping connections past their deadline", "at most", 0, left


def print_verdicts(found):
    print(f"\n{'':60}{'target':>14}{'measured':>12}")
    for title, bound, limit, value in verdicts(found):
        met = value >= limit if bound == "at least" else value <= limit
        print(f"{title:60}{f'{bound} {limit:g}':>14}{value:>12.2f}{'' if met else '  NOT MET'}")


def loads():
    return "{:.1f}".format(os.getloadavg()[0])


def measure(options, work):
    ledgers = Ledgers(options, work)
    found = {}
    if "hot" in options.only:
        before = loads()
        found["hot"] = measure_hot(options, ledgers.of(options.sizes[0]), work)
        found["hot"]["load"] = f"{before} before, {loads()} after"
    if "cold" in options.only:
        before = loads()
        found["cold"] = {"sizes": {cities: measure_cold(options, ledgers.of(cities), cities, work)
                                   for cities in options.sizes}}
        found["cold"]["load"] = f"{before} before, {loads()} after"
    if "crowd" in options.only:
        before = loads()
        found["crowd"] = measure_crowd(options, ledgers.of(options.sizes[0]), work)
        found["crowd"]["load"] = f"{before} before, {loads()} after"
    return found


def numbers(text):
    return [int(word) for word in text.split(",")]


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path, help="build directory, with CITYID_BENCH")
    parser.add_argument("--only", default=",".join(SECTIONS), help="some of hot,cold,crowd")
    parser.add_argument("--sizes", type=numbers, default=[1000, 100_000],
                        help="identifiers in the ledger, for cold; hot and crowd take the first")
    parser.add_argument("--ledger", type=pathlib.Path, help="a sample ledger that is there already")
    parser.add_argument("--cities", type=int, help="with --ledger: its identifiers")
    parser.add_argument("--connections", type=numbers, default=[64, 512], help="for hot")
    parser.add_argument("--codes", type=int, default=1_200_000, help="for cold, in all rounds")
    parser.add_argument("--seconds", type=int, default=3, help="of a measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true",
                        help="3 rounds of 1 second, and the first size only")
    parser.add_argument("--json", action="store_true", help="every measurement, as JSON")
    options = parser.parse_args()
    options.only = options.only.split(",")
    if not set(options.only) <= set(SECTIONS):
        parser.error(f"--only takes {', '.join(SECTIONS)}")
    if (options.ledger is None) != (options.cities is None):
        parser.error("--ledger and --cities go together")
    if options.cities and options.cities not in options.sizes:
        options.sizes.append(options.cities)
    if options.quick:
        options.seconds, options.rounds, options.codes = 1, 3, 240_000
        options.sizes = options.sizes[:1]
    options.crowd_seconds = 2 if options.quick else 5
    for program in ("wrk", "nginx", "setpriv"):
        if not shutil.which(program, path=SEARCHED):
            parser.exit(3, f"{program} is not installed; ./dev bench installs it\n")
    return options


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # For the crowd, and for the server that gets it.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if "crowd" in options.only and hard < CROWD + 1000:
        sys.exit(f"a process may have {hard} files; the crowd needs {CROWD + 1000}")
    with tempfile.TemporaryDirectory(prefix="cityid-bench-", dir=os.environ.get("TMPDIR",
                                                                               "/var/tmp")) as made:
        found = measure(options, pathlib.Path(made))
    if options.json:
        shown = {key: str(value) if isinstance(value, pathlib.Path) else value
                 for key, value in vars(options).items()}
        print(json.dumps({"options": shown, "cores": os.cpu_count(), **found}))
        return
    printers = {"hot": print_hot, "cold": print_cold, "crowd": print_crowd}
    for section, result in found.items():
        printers[section](result, options)
    print_verdicts(found)
    if os.getloadavg()[0] > 2 * os.cpu_count():
        print("\nOther programs were busy: trust processor times and ratios, not rates.")


if __name__ == "__main__":
    main()
