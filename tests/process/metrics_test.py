"""The metrics of `cityid serve`: their text, what they count, and for whom."""
import re
import socket
import stat
import time

import cityid_process
import operations_cases
from cityid_process import cityid, fetch, head, running, wait_until
from operations_cases import APPLICATIONS, CITY, LOCAL, OperationsCase, code_path
from signed_code import with_other_last_digit

SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (\S+)')


def setUpModule():
    global DEMO
    DEMO = operations_cases.set_up()


def parse(text):
    """The samples of a page in the text format 0.0.4, by family: [(name, labels, value)]. Refuses
    what is not in order."""
    families, kinds, order = {}, {}, []
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split(" ")[2]
            assert family not in families and len(line.split(" ", 3)[3]) > 5, line
            families[family] = []
            order.append(family)
        elif line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            assert family == order[-1] and family not in kinds and not families[family], line
            assert kind in ("counter", "gauge", "histogram"), line
            kinds[family] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            labels = dict(re.findall(r'([a-z]+)="((?:[^"\\]|\\.)*)"', match[2] or ""))
            family = order[-1]
            endings = ("_bucket", "_sum", "_count") if kinds[family] == "histogram" else ("",)
            assert match[1] in [family + ending for ending in endings], line
            families[family].append((match[1], labels, float(match[3])))
    for family, samples in families.items():
        names = [(name, tuple(sorted(labels.items()))) for name, labels, _ in samples]
        assert len(set(names)) == len(names), family
        assert (kinds[family] == "counter") == family.endswith("_total"), family
        if kinds[family] == "counter":
            assert all(value >= 0 and value == int(value) for _, _, value in samples), family
        if kinds[family] == "histogram":
            check_histogram(family, samples)
    return families


def check_histogram(family, samples):
    series = {}
    for name, labels, value in samples:
        rest = tuple(sorted((k, v) for k, v in labels.items() if k != "le"))
        series.setdefault(rest, {"bucket": [], "sum": [], "count": []})[
            name.removeprefix(family + "_")].append((labels.get("le"), value))
    for parts in series.values():
        bounds = [float(le) for le, _ in parts["bucket"]]
        counts = [count for _, count in parts["bucket"]]
        assert bounds == sorted(set(bounds)) and bounds[-1] == float("inf"), bounds
        assert parts["bucket"][-1][0] == "+Inf" and counts == sorted(counts), parts
        assert parts["count"] == [(None, counts[-1])], parts
        assert len(parts["sum"]) == 1 and parts["sum"][0][1] >= 0, parts


class Metrics(OperationsCase):
    def families(self):
        reply = fetch(self.served.metrics, "/metrics")
        self.assertEqual((reply.status, reply["content-type"]),
                         (200, "text/plain; version=0.0.4; charset=utf-8"))
        return parse(reply.text)

    def counted(self, family):
        """By the values of its labels."""
        return {tuple(labels.values()): value for _, labels, value in self.families()[family]
                if value}

    def test_a_known_sequence_of_requests_is_counted_right(self):
        self.serve("--threads", "2")
        self.families()  # before anything
        code = code_path()
        tag = self.served.request(CITY)["etag"]
        for target, headers in ((CITY, {}), (CITY, {"accept": "text/html"}), (code, {}), (code, {}),
                                (with_other_last_digit(code), {}), ("/MA.156.0000", {}),
                                ("/nothing", {}), (code_path(issued=1, days=1), {}),
                                ("/healthz", {}), ("/readyz", {}), ("/a/b/c", {}), ("/a/b/c", {}),
                                ("/problems/forged", {}), ("/ledger/entry/0", {}),
                                ("/ledger/entry/99999999", {}), (CITY, {"accept": "image/png"}),
                                (CITY, {"if_none_match": tag})):
            if "if_none_match" in headers:
                with self.served.connect() as connection:
                    connection.send(head(target, **headers))
                    self.assertEqual(connection.reply(bodiless=True).status, 304)
            else:
                self.served.request(target, **headers)
        self.served.request(CITY, "HEAD")
        self.served.request(CITY, "POST")
        self.served.request(CITY, "OPTIONS")
        self.served.send(b"x\r\n\r\n")
        self.served.send(head("/" + "x" * 5000))
        self.served.send(head(CITY)[:-2] + b"Content-Length: 9\r\n\r\n")
        requests = self.counted("cityid_requests_total")
        self.assertEqual(requests, {
            ("GET", "/{id}", "2xx"): 4, ("GET", "/{id}", "3xx"): 1, ("GET", "/{id}", "4xx"): 3,
            ("GET", "/{id}/{token}", "2xx"): 2, ("GET", "/{id}/{token}", "4xx"): 2,
            ("GET", "/healthz", "2xx"): 1, ("GET", "/readyz", "2xx"): 1,
            ("GET", "/problems/{type}", "2xx"): 1, ("GET", "/ledger/entry/{index}", "2xx"): 1,
            ("GET", "/ledger/entry/{index}", "4xx"): 1, ("", "none", "4xx"): 3,
            ("", "none", "2xx"): 1})
        self.assertEqual(self.counted("cityid_verdicts_total"), {
            ("registered",): 5, ("valid",): 2, ("forged",): 1, ("unknown-id",): 1,
            ("malformed",): 1, ("expired",): 1})
        self.assertEqual(self.counted("cityid_refusals_total"),
                         {("malformed",): 1, ("too-large",): 2})
        connections = 18 + 3 + 3
        self.assertEqual(self.counted("cityid_connections_total"), {(): connections})
        durations = self.families()["cityid_request_duration_seconds"]
        self.assertEqual(sum(value for name, _, value in durations if name.endswith("_count")),
                         sum(requests.values()))
        wait_until(lambda: not self.counted("cityid_connections_open"), "all are closed")

    def test_what_is_asked_of_the_metrics_is_not_counted(self):
        self.serve()
        for _ in range(3):
            self.families()
        self.assertEqual(self.counted("cityid_requests_total"), {})
        self.assertEqual(self.counted("cityid_connections_total"), {})

    def test_every_verdict_and_every_reason_is_there_from_the_start(self):
        self.serve()
        families = self.families()
        self.assertEqual({labels["reason"] for _, labels, _ in families["cityid_refusals_total"]},
                         {"connections", "client-connections", "evicted", "rate", "queue", "timeout",
                          "malformed", "too-large", "host", "slow-reader", "tls"})
        verdicts = {labels["verdict"] for _, labels, _ in families["cityid_verdicts_total"]}
        self.assertLessEqual({"valid", "registered", "forged", "revoked", "ledger-stale"}, verdicts)
        for verdict in verdicts:
            self.assertEqual(self.served.request(f"/problems/{verdict}").status, 200)

    def test_the_ledger_is_told(self):
        self.serve()
        status = DEMO.status()
        values = {name: samples[0][2] for name, samples in self.families().items()
                  if name.startswith("cityid_ledger")}
        self.assertEqual(values["cityid_ledger_entries"], status["size"])
        self.assertEqual((values["cityid_ledger_readable"], values["cityid_ledger_stale"],
                          values["cityid_ledger_frozen"]), (1, 0, 0))
        self.assertLess(abs(time.time() - values["cityid_ledger_confirmed_timestamp_seconds"] -
                            values["cityid_ledger_age_seconds"]), 3)

    def test_metrics_are_on_their_own_listener_only_and_health_is_on_both(self):
        self.serve()
        self.assertIn(self.served.request("/metrics").status, (400, 404))
        self.assertNotIn("cityid_requests_total", self.served.request("/metrics").text)
        for port in (self.served.port, self.served.metrics):
            self.assertEqual(fetch(port, "/healthz").body, b"ok\n")
            self.assertEqual(fetch(port, "/readyz").body, b"ready\n")
            self.assertEqual(fetch(port, "/healthz")["cache-control"], "no-store")
        for target in (CITY, "/", "/metrics/", "/ledger/checkpoint", APPLICATIONS):
            self.assertEqual(fetch(self.served.metrics, target).status, 404, target)
        self.assertEqual(fetch(self.served.metrics, "/metrics", "HEAD").status, 200)
        self.assertEqual(fetch(self.served.metrics, "/metrics", "POST").status, 405)
        self.assertEqual(cityid_process.post(self.served.metrics, "/metrics", b"x").status, 413)

    def test_metrics_on_a_unix_socket_are_for_its_group_and_end_with_the_server(self):
        path = self.directory / "metrics.sock"
        with socket.socket(socket.AF_UNIX) as left:  # by a server that was killed
            left.bind(str(path))
        with running("serve", "--ledger", DEMO.ledger, "--listen", LOCAL,
                     "--metrics", f"unix:{path}") as served:
            served.wait_for("err", rf"metrics on http://unix:{path}:/metrics\n")
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o660)
            for target, words in (("/metrics", b"\ncityid_ledger_readable 1\n"),
                                  ("/healthz", b"ok\n"), ("/readyz", b"ready\n")):
                with socket.socket(socket.AF_UNIX) as asking:
                    asking.settimeout(cityid_process.DEADLINE)
                    asking.connect(str(path))
                    asking.sendall(head(target))
                    reply = b"".join(iter(lambda asking=asking: asking.recv(65536), b""))
                    self.assertTrue(reply.startswith(b"HTTP/1.1 200 "), reply)
                    self.assertIn(words, reply)
            self.expect_refused(cityid("serve", "--ledger", DEMO.ledger, "--listen", LOCAL,
                                       "--metrics", f"unix:{path}"), 3, "in use", str(path))
            self.assertEqual(served.stop().status, 0)
        self.assertFalse(path.exists())

    def test_metrics_are_for_this_machine_only(self):
        for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:9090"):
            self.expect_refused(cityid("serve", "--ledger", DEMO.ledger, "--listen", LOCAL,
                                       "--metrics", address), 2, address, "loopback", "unix:/PATH")

    def test_a_ledger_past_its_ages_is_told_and_not_ready_but_healthy(self):
        self.serve("--soft-age", "1", "--hard-age", "2")
        wait_until(lambda: fetch(self.served.metrics, "/readyz").status == 503, "it is too old")
        for port in (self.served.port, self.served.metrics):
            self.assertIn("hard age", fetch(port, "/readyz").text)
            self.assertEqual(fetch(port, "/healthz").status, 200)
        self.assertEqual(self.served.metric("cityid_ledger_stale"), 1)
        self.assertEqual(self.served.request(CITY).json()["verdict"], "ledger-stale")
        self.assertEqual(self.served.metric("cityid_verdicts_total", verdict="ledger-stale"), 1)


if __name__ == "__main__":
    cityid_process.main()
