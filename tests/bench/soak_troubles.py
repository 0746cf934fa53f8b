"""What operators do to a soak's processes: an old copy of the registry's directory put back, its journal
lost, a clock that steps by minutes, files of a mirror removed."""

import os
import random
import shutil
import time

import cityid_process
from cityid_process import cityid

TROUBLE_EVERY = 45.0  # seconds
READY = 60.0  # seconds until a registry that was set back has taken everything from its witnesses


class Troubles:
    """One thing at a time, on the main thread. Nobody hands in a record meanwhile."""

    def __init__(self, soak):
        self.soak, self.rng = soak, random.Random(soak.rng.random())
        self.counts = {"restores": 0, "journals lost": 0, "clock steps": 0, "files removed": 0}
        self.copy = soak.consortium.directory / "copy"
        self.mirror = soak.consortium.directory / "mirror"
        self.after_copy = 0

    def happen(self):
        soak = self.soak
        kinds = [self.put_back, self.step_a_clock, self.remove_files]
        with soak.changing:
            try:
                self.rng.choice(kinds)()
            except (AssertionError, OSError) as error:
                soak.report.violation(f"a trouble: {type(error).__name__}: {error}")

    def put_back(self):
        """The registry is killed, and its directory is that of some minutes ago; or the copy is made
        now, for the next time. Sometimes its journal is gone, too."""
        registry = self.soak.consortium["registry"]
        registry.kill()
        if self.copy.exists():
            shutil.rmtree(registry.ledger)
            shutil.copytree(self.copy, registry.ledger)
            self.counts["restores"] += 1
            if self.rng.random() < 0.5:
                os.unlink(f"{registry.ledger}.signed")
                self.counts["journals lost"] += 1
            shutil.rmtree(self.copy)
        else:
            shutil.copytree(registry.ledger, self.copy)
        registry.start()
        self.wait_ready(registry)

    def wait_ready(self, registry):
        cityid_process.wait_until(lambda: registry.ready_now() == (200, "ready\n"),
                                  f"a registry that is ready: {registry.ready_now()}", READY)

    def step_a_clock(self):
        """One witness is some minutes ahead or behind, and right again at the next step."""
        clock = self.soak.clock
        clock.advance(-clock.ahead if clock.ahead else
                      self.rng.choice((-1, 1)) * self.rng.randrange(60, 600))
        self.counts["clock steps"] += 1

    def remove_files(self):
        """Of files that any web server could give: what is missing or empty is written again."""
        ledger = self.soak.consortium["registry"].ledger

        def export(*options):
            done = cityid("ledger", "export", "--ledger", ledger, "-o", self.mirror, *options)
            assert done.status == 0, done
        export()
        # Partial files of older heads are no longer wanted.
        files = [path for path in self.mirror.rglob("*")
                 if path.is_file() and path.parent.suffix != ".p"]
        for path in self.rng.sample(files, min(5, len(files))):
            path.unlink() if self.rng.random() < 0.5 else path.write_bytes(b"")
            self.counts["files removed"] += 1
        export()
        export("--check")
        empty = [path for path in files if not path.exists() or path.stat().st_size == 0]
        assert not empty, f"not repaired: {empty}"

    def right(self):
        """The clock is right again, so that the end can be judged."""
        if self.soak.clock.ahead:
            self.soak.clock.advance(-self.soak.clock.ahead)
        time.sleep(1)
