"""docs/documents.md as it stands: an office's day beside a running demonstration."""
import os
import pathlib
import re
import shutil

import cityid_process
from consortium import free_port
from start_test import PASSPHRASE, Typed

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "documents.md"
PERMIT = ROOT / "assets" / "permit.pdf"


def blocks():
    """The document's commands, a text for each block."""
    return re.findall(r"^```sh\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.M | re.S)


def with_status(script):
    """Lines that say which exit status they have, as a shell with -e wants them."""
    return re.sub(r"^(.*\S) +# exit status (\d)$", r"status=0; \1 || status=$?; test $status = \2",
                  script, flags=re.M)


class Day(cityid_process.Case):
    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.port = free_port()
        tools = self.directory / "tools"
        tools.mkdir()
        (tools / "cityid").symlink_to(cityid_process.program())
        self.environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"}
        shutil.copyfile(PERMIT, self.directory / "permit.pdf")
        (self.directory / "plots.csv").write_text("plot,height\n7,12\n")
        passphrase = self.directory / "passphrase"
        passphrase.write_text(PASSPHRASE + "\n")
        passphrase.chmod(0o600)

    def test_its_commands_work_as_they_stand(self):
        demo = self.enterContext(cityid_process.running(
            "demo", "--dir", self.directory / "demo", "--listen", f"127.0.0.1:{self.port}"))
        demo.wait_for("out", "To paste")
        said = []
        for script in blocks():
            typed = Typed(with_status(script.replace("127.0.0.1:8080", f"127.0.0.1:{self.port}")),
                          self.directory, self.environment)
            self.addCleanup(os.close, typed.terminal)
            said.append(typed.finish())
        everything = "\n".join(said)
        self.assertEqual(everything.count("valid: Genuine"), 5, everything)
        self.assertEqual(everything.count("revoked: "), 1, everything)
        self.assertNotIn("warning", everything)
        self.assertTrue((self.directory / "done" / "2026-000124.pdf").exists())
        self.assertFalse((self.directory / "refused").exists())


if __name__ == "__main__":
    cityid_process.main()
