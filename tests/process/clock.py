"""A time of day for processes instead of the machine's, so that no test sleeps until it is later."""
import os
import pathlib
import struct

import cityid_process


class Clock:
    """Differs from the machine's clock by whole seconds. Processes have it whose environment is `env`."""

    def __init__(self, file, ahead):
        """`file`: a path for its state. `ahead`: seconds; negative if it is behind."""
        library = pathlib.Path(cityid_process.program()).parent / "tests" / "libtest_clock.so"
        assert library.exists(), f"{library} is built with the tests"
        self.env = {**os.environ, "LD_PRELOAD": str(library), "CITYID_TEST_CLOCK": str(file)}
        self.ahead = ahead
        self._file = open(file, "w+b", buffering=0)
        self._write()

    def __enter__(self):
        return self

    def __exit__(self, *details):
        self._file.close()

    def advance(self, seconds):
        self.ahead += seconds
        self._write()

    def _write(self):
        os.pwrite(self._file.fileno(), struct.pack("=q", self.ahead), 0)
