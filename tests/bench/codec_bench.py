#!/usr/bin/python3
"""Everything below HTTP: medians over interleaved repetitions, and the ratios that docs/benchmarks.md
holds against its targets."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

NANOSECONDS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}


def run(program, options):
    """The times of every repetition, in nanoseconds, by benchmark, in the order of the source."""
    with tempfile.TemporaryDirectory(prefix="cityid-bench-") as directory:
        output = pathlib.Path(directory) / "times.json"
        command = [program, f"--benchmark_out={output}", "--benchmark_out_format=json",
                   f"--benchmark_repetitions={options.repetitions}",
                   f"--benchmark_min_time={options.seconds}",
                   "--benchmark_enable_random_interleaving=true",
                   f"--benchmark_filter={options.filter}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found = json.loads(output.read_text())["benchmarks"]
    times = {}
    for row in sorted(found, key=lambda row: (row["family_index"],
                                              row["per_family_instance_index"])):
        if row.get("error_occurred"):
            raise SystemExit(f"{row['name']}: {row['error_message']}")
        if row["run_type"] == "iteration":
            key = "real_time" if "real_time" in row["run_name"] else "cpu_time"
            name = row["run_name"].split("/iterations")[0]
            times.setdefault(name, []).append(row[key] * NANOSECONDS[row["time_unit"]])
    return times


def duration(nanoseconds):
    for unit, factor in (("ns", 1), ("us", 1e3), ("ms", 1e6)):
        if nanoseconds < 1000 * factor:
            return f"{nanoseconds / factor:.3g} {unit}"
    return f"{nanoseconds / 1e9:.3g} s"


def ratios(times):
    """What is promised or worth comparing, from one time of each benchmark; a row only if its
    benchmarks ran."""
    cores = os.cpu_count()
    rows = [
        ("sign a code / libsodium sign", ("SignCode", "SodiumSign"), lambda a, b: f"{a / b:.2f}"),
        ("verify a code / libsodium verify", ("VerifyCode", "SodiumVerify"),
         lambda a, b: f"{a / b:.2f}"),
        ("sign + QR + SVG, a second a core", ("SignAndDrawSvg",), lambda a: f"{1e9 / a:,.0f}"),
        ("sign + QR + SVG, against libqrencode alone", ("LibqrencodeAlone", "SignAndDrawSvg"),
         lambda a, b: f"{a / b:.2f}"),
        ("12-megapixel photo to contents, CPU", ("ReadPhoto",), duration),
        ("append: signatures a second / (libsodium's x cores)", ("AppendBatch", "SodiumVerify"),
         lambda a, b: f"{4 * 256 * b / a / cores:.2f}"),
        ("check records: signatures a second / libsodium's", ("VerifyAssignment", "SodiumVerify"),
         lambda a, b: f"{4 * b / a:.2f}"),
        ("look-up / LMDB get, 1,000 identifiers", ("FindIdentifierInView/1000", "LmdbGet/1000"),
         lambda a, b: f"{a / b:.2f}"),
        ("look-up / LMDB get, 100,000 identifiers",
         ("FindIdentifierInView/100000", "LmdbGet/100000"), lambda a, b: f"{a / b:.2f}"),
        ("resolve a code / libsodium verify", ("ResolveCode", "SodiumVerify"),
         lambda a, b: f"{a / b:.2f}"),
        ("pack of China's cities opened", ("OpenPackOfChina",), duration),
        ("code judged by it", ("JudgeByPackOfChina",), duration),
        ("handle a request / libsodium verify", ("DispatchCode/10000", "SodiumVerify"),
         lambda a, b: f"{a / b:.2f}"),
    ]
    for title, names, value in rows:
        if all(name in times for name in names):
            yield title, value(*(times[name] for name in names))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path, help="build directory, with CITYID_BENCH")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3, help="of a repetition, at least")
    parser.add_argument("--filter", default=".", help="regular expression; '-' before it: all but")
    parser.add_argument("--quick", action="store_true", help="shorter, without the large ledger")
    parser.add_argument("--json", action="store_true", help="every repetition, as JSON")
    options = parser.parse_args()
    if options.quick:
        options.repetitions, options.seconds, options.filter = 3, 0.05, "-/100000$"
    load = os.getloadavg()[0]
    times = run(options.build / "tests/bench/codec_bench", options)
    if options.json:
        print(json.dumps({"load": load, "nanoseconds": times}))
        return
    median = {name: statistics.median(runs) for name, runs in times.items()}
    print(f"{options.repetitions} interleaved repetitions, load average before {load:.1f}\n")
    print(f"{'':32}{'median':>10}{'lowest':>10}{'highest':>10}")
    for name, runs in times.items():
        row = (median[name], min(runs), max(runs))
        print(f"{name:32}" + "".join(f"{duration(value):>10}" for value in row))
    print(f"\n{'':52}{'medians':>10}{'lowest':>10}")
    lowest = {name: min(runs) for name, runs in times.items()}
    for (title, by_median), (_, by_lowest) in zip(ratios(median), ratios(lowest)):
        print(f"{title:52}{by_median:>10}{by_lowest:>10}")


if __name__ == "__main__":
    main()
