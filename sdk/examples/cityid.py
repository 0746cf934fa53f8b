"""The checker for Python by ctypes, as far as the examples need it. sdk/cityid.h describes each function."""
import ctypes
import os
import pathlib
import sys
import time

_c = ctypes.CDLL(os.environ.get("CITYID_LIBRARY", "libcityid.so.0"))
for _name in ("open", "open_pack", "opened", "judge", "look_up", "update_trust"):
    getattr(_c, f"cityid_{_name}").restype = ctypes.c_void_p
for _name in ("detail", "text", "verdict_name"):
    getattr(_c, f"cityid_{_name}").restype = ctypes.c_char_p
_c.cityid_trust_version.restype = ctypes.c_int64


class CannotTell(Exception):
    """It is neither a yes nor a no."""


def _data(value):
    return value, ctypes.c_size_t(len(value))


def _now():
    return ctypes.c_int64(int(time.time()))


def _text(result):
    if _c.cityid_status(result) != 0:
        raise CannotTell(_c.cityid_detail(result).decode())
    return _c.cityid_text(result, None).decode()


def _taken(result):
    """The text and the verdict's name of a result, which is freed."""
    result = ctypes.c_void_p(result)
    try:
        return _text(result), _c.cityid_verdict_name(_c.cityid_verdict(result)).decode()
    finally:
        _c.cityid_free(result)


class Proof:
    """A proof, or a pack that was stored; `kept` is the new kept head."""

    def __init__(self, trust, document, kept=b"", pack=False):
        opener = _c.cityid_open_pack if pack else _c.cityid_open
        self._at = ctypes.c_void_p(opener(*_data(trust), *_data(document), *_data(kept), _now()))
        self.kept = _text(ctypes.c_void_p(_c.cityid_opened(self._at)))

    def __del__(self):
        _c.cityid_close(self._at)

    def judge(self, scanned):
        return _taken(_c.cityid_judge(self._at, *_data(scanned), _now(), 1))

    def look_up(self, identifier):
        return _taken(_c.cityid_look_up(self._at, *_data(identifier.encode()), _now()))


def trust_version(trust):
    return _c.cityid_trust_version(*_data(trust))


def update_trust(trust, proofs, checkpoint):
    places = (ctypes.c_char_p * len(proofs))(*proofs)
    sizes = (ctypes.c_size_t * len(proofs))(*map(len, proofs))
    return _taken(_c.cityid_update_trust(*_data(trust), places, sizes, ctypes.c_size_t(len(proofs)),
                                         *_data(checkpoint), _now()))[0]


def load(path, may_miss=False):
    try:
        content = pathlib.Path(path).read_bytes()
    except FileNotFoundError:
        if may_miss:
            return b""
        raise
    if not content:
        raise OSError(f"{path} is empty")
    return content


def save(path, text):
    """A new file takes the place of the old one; so one of both is always there."""
    pathlib.Path(f"{path}.new").write_text(text)
    os.replace(f"{path}.new", path)


def _cannot_tell(_, error, *__):  # never 1, which is a no
    print(error, file=sys.stderr, flush=True)
    os._exit(3)


sys.excepthook = _cannot_tell
