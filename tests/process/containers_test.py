"""Containers without an engine: namespaces, overlays, and a root that is read-only, as an engine makes
them. That takes CAP_SYS_ADMIN: CMake leaves this test out, by name, where a process can't have it."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import unittest

import cityid_process
import containerfile_test
from cityid_process import (HOST, SHIJIAZHUANG, cityid, fetch, make_demo, run, running, toml,
                            wait_until)
from consortium import done, free_port

CONTAINER = ("unshare", "--pid", "--fork", "--kill-child")  # its first process has the number 1
VOLUME = "var/lib/cityid"


def setUpModule():
    global DEMO
    DEMO = unittest.enterModuleContext(cityid_process.demo())


def children(pid):
    return [int(child) for child in
            pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextlib.contextmanager
def container(*command, prefix=()):
    """A command in the background, the first process of a PID namespace of its own: its number as
    it is seen from outside."""
    with subprocess.Popen([*prefix, *CONTAINER, *map(str, command)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            yield process, wait_until(lambda: children(process.pid), "a first process")[0]
        finally:
            process.kill()
            process.wait()


class ContainerCase(cityid_process.Case):
    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())

    def copy(self, place):
        """A demonstration of this test's own."""
        shutil.copytree(DEMO.directory, place)
        return cityid_process.Demo(place)

    def expect_served(self, port):
        def answer():
            with contextlib.suppress(OSError):
                return fetch(port, f"/{SHIJIAZHUANG}")
            return None
        self.assertEqual(wait_until(answer, "an answer").status, 200)


class OneVolume(ContainerCase):
    """Two containers: the first process of each has the number 1, by which LMDB knows them."""

    def test_the_second_is_refused_with_the_reason_and_a_way_out(self):
        port = free_port()
        ledger = self.copy(self.directory / "volume").ledger
        status = (cityid_process.program(), "ledger", "status", "--ledger", ledger)
        write = (cityid_process.program(), "serve", "--registry", "--ledger", ledger, "--listen",
                 "127.0.0.1:0")
        with container(cityid_process.program(), "serve", "--ledger", ledger, "--listen",
                       f"127.0.0.1:{port}") as (_, first):
            self.expect_served(port)
            for command in (status, write):
                with self.subTest(command=command[1]):
                    self.expect_refused(run(*CONTAINER, *command), 3, "same number (PID)",
                                        "must share a PID namespace")
            # The way out: the namespace of the first.
            inside = ("nsenter", "--pid", "--target", first)
            self.expect_done(run(*inside, *status))
            self.expect_done(run(*inside, cityid_process.program(), "demo", "--once", "--dir",
                                 ledger.parent))
            self.expect_served(port)


class OverlaidLayers(ContainerCase):
    """A file of an image's layer is copied when somebody writes to it. Who has it open already keeps
    the old one."""

    def test_a_reader_of_the_old_file_says_so_instead_of_answering_from_it(self):
        place = self.directory
        lower, merged = place / "lower", place / "merged"
        for name in ("upper", "work", "merged"):
            (place / name).mkdir()
        lower.mkdir()
        made = self.copy(lower / "demo")
        (made.ledger / "lock.mdb").unlink(missing_ok=True)
        done(run("mount", "-t", "overlay", "overlay", "-o",
                 f"lowerdir={lower},upperdir={place}/upper,workdir={place}/work", merged))
        self.addCleanup(run, "umount", merged)
        demo = cityid_process.Demo(merged / "demo")
        with cityid_process.resolver(demo.ledger, metrics=True) as served:
            self.assertEqual(served.request(f"/{SHIJIAZHUANG}").status, 200)
            self.expect_done(make_demo(demo.directory))
            self.assertEqual(served.metric("cityid_ledger_readable"), 0)
            for reply in (fetch(served.metrics, "/readyz"), served.request("/MA.156.1100")):
                self.assertEqual(reply.status, 500, reply)
            served.served.wait_for("err", "another data.mdb .* keep it on a volume")
        # Who opens it now has the file that is written.
        with cityid_process.resolver(demo.ledger) as served:
            self.expect_done(make_demo(demo.directory))
            self.assertEqual(fetch(served.port, "/readyz").status, 200)


class Image(ContainerCase):
    """The commands of deploy/Containerfile, in a root with nothing in it but what the image has."""

    def setUp(self):
        super().setUp()
        self.image = containerfile_test.stages(
            containerfile_test.FILE.read_text(encoding="utf-8"))[-1]
        self.user = containerfile_test.only(self.image, "USER")
        self.root = self.directory / "root"
        self.port, self.metrics = free_port(), free_port()
        for folder in (VOLUME, "etc/cityid", "usr/local/bin", "dev"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "dev/null").touch()  # an engine makes the real one
        (self.root / "dev/null").chmod(0o666)
        self.install(cityid_process.program(), "usr/local/bin/cityid")
        self.install(shutil.which("curl"), "usr/bin/curl")

    def install(self, program, place):
        """Copies a program with its libraries."""
        for library in re.findall(r"(/\S+) \(0x", run("ldd", program).out):
            target = self.root / library.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, target)
        target = self.root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(program, target)

    def configure(self, mirror, trust):
        """deploy/serve.toml with the addresses of this test."""
        text = (containerfile_test.ROOT / "deploy" / "serve.toml").read_text(encoding="utf-8")
        for key, value in (("listen", [f"127.0.0.1:{self.port}"]), ("follow", [mirror]),
                           ("metrics", f"127.0.0.1:{self.metrics}"), ("name", [HOST])):
            text, count = re.subn(rf"(?m)^{key} = .*$", f"{key} = {toml(value)}", text)
            self.assertEqual(count, 1, key)
        (self.root / "etc/cityid/serve.toml").write_text(text)
        shutil.copy(trust, self.root / "etc/cityid/trust.txt")

    def healthy(self):
        check = [word.replace("9090", str(self.metrics))
                 for word in containerfile_test.health_check(self.image)]
        return run("chroot", f"--userspec={self.user}", self.root, *check).status == 0

    def test_they_serve_from_a_read_only_root_without_root_and_end_when_told_to(self):
        volume = self.directory / "volume"
        volume.mkdir()
        done(run("chown", self.user, volume))
        trust = self.directory / "trust.txt"
        done(cityid("trust", "new", "--ledger", DEMO.ledger, "-o", trust))
        command = (containerfile_test.words(containerfile_test.only(self.image, "ENTRYPOINT"))
                   + containerfile_test.words(containerfile_test.only(self.image, "CMD")))
        script = f"""
            set -e
            mount --bind "{self.root}" "{self.root}"
            mount --bind "{volume}" "{self.root}/{VOLUME}"
            mount -o remount,bind,ro "{self.root}"
            cd "{self.root}"
            exec chroot --userspec={self.user} "{self.root}" "$@"
        """
        with cityid_process.resolver(DEMO.ledger) as mirror:
            self.configure(mirror.url, trust)
            with container("sh", "-c", script, "sh", *command,
                           prefix=("unshare", "--mount")) as (process, first):
                wait_until(self.healthy, "a healthy container")
                wait_until(lambda: fetch(self.metrics, "/readyz").status == 200, "readiness")
                self.expect_served(self.port)
                status = pathlib.Path(f"/proc/{first}/status").read_text()
                self.assertRegex(status, r"Uid:\t10001\t10001\t10001\t10001\n")
                self.assertRegex(status, r"NSpid:.*\t1\n")
                self.assertEqual({path.name for path in volume.iterdir()}, {"ledger"})
                os.kill(first, signal.SIGTERM)
                self.assertEqual(process.wait(cityid_process.DEADLINE), 0)
            self.assertFalse(self.healthy())


if __name__ == "__main__":
    cityid_process.main()
