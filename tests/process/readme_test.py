"""README.md's lines, pasted one after the other beside a running demonstration."""
import pathlib
import re
import shutil
import subprocess

import cityid_process
from consortium import free_port

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


def blocks():
    """The commands of the section on what to do next, a text for each block."""
    section = README.read_text().split("## What to do next")[1].split("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", section, re.M | re.S)


class Readme(cityid_process.Case):
    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        (self.directory / "build" / "release").mkdir(parents=True)
        (self.directory / "build" / "release" / "cityid").symlink_to(cityid_process.program())
        self.port, self.replica = free_port(), free_port()

    def mapped(self, text):
        return text.replace("127.0.0.1:8080", f"127.0.0.1:{self.port}").replace(
            "127.0.0.1:8082", f"127.0.0.1:{self.replica}")

    def paste(self, lines):
        script = self.mapped("".join(line + "\n" for line in lines))
        done = subprocess.run(["bash", "-ex", "-c", script], cwd=self.directory, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding="utf-8", timeout=120)
        return cityid_process.Finished((script,), done.returncode, done.stdout, done.stderr)

    def test_its_lines_work_as_they_stand(self):
        *pasted, serving = blocks()
        lines = "".join(pasted).splitlines()
        if shutil.which("curl") is None:
            lines = [line for line in lines if not line.startswith("curl ")]
        demo = self.enterContext(cityid_process.running(
            "demo", "--dir", self.directory / "demo", "--listen", f"127.0.0.1:{self.port}"))
        demo.wait_for("out", "To paste")
        finished = self.paste(lines)
        self.expect_done(finished)
        self.assertNotIn("warning", finished.err)
        self.assertEqual(finished.out.count("valid: Genuine\n"), 7, finished)
        self.assertIn("+ holding.metadata.names.en: Example City", finished.out)
        words = self.mapped(serving).split()
        replica = self.enterContext(cityid_process.running(
            *(self.directory / word if word in ("demo/trust.txt", "replica") else word
              for word in words[1:])))
        replica.wait_for("err", "serving")

    def test_the_path_is_the_one_that_a_build_makes(self):
        self.assertIn('export PATH="$PWD/build/release:$PATH"', blocks()[0])


if __name__ == "__main__":
    cityid_process.main()
