"""A list of codes, the batch that is made of it, and what must be true of every one (docs/batch.md)."""
import csv
import hashlib
import pathlib

import cityid_process
from cityid_process import HOST, SHIJIAZHUANG, cityid

HEADER = ["id", "purpose", "days", "document_type", "document_number", "document_date",
          "document_file", "caption", "file", "format"]


def digest(content):
    return hashlib.sha256(content).hexdigest()


class BatchCase(cityid_process.Case):
    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.key = self.directory / "key"
        self.expect_done(cityid("key", "new", self.key, "--no-passphrase"))
        self.list = self.directory / "list.csv"
        self.out = self.directory / "out"

    def write_list(self, rows, header=HEADER):
        """Rows are fields in the order of the header, or a text that stands in the list as it is."""
        with open(self.list, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            for row in rows:
                if isinstance(row, str):
                    file.write(row)
                else:
                    writer.writerow(row)

    def lamps(self, count, begin=0):
        """A list of lamps, each with a caption."""
        self.write_list([[SHIJIAZHUANG, "unit", f"Lamp {i}|路灯 {i}"] for i in range(begin, count)],
                        ["id", "purpose", "caption"])

    def command(self, *options, out=None, key=None):
        return ["code", "batch", self.list, "-o", out or self.out, "--key", key or self.key,
                "--host", HOST, *options]

    def batch(self, *options, **how):
        return cityid(*self.command(*options, **how), cwd=self.directory)

    def manifest(self, out=None):
        out = out or self.out
        path = pathlib.Path(f"{out}.csv") if str(out).endswith(".pdf") else out / "manifest.csv"
        with open(path, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def next_serial(self):
        return int(pathlib.Path(f"{self.key}.serial").read_text())

    def expect_nothing_signed(self):
        self.assertEqual(self.next_serial(), 1)

    def written(self, out=None):
        """The files of a batch by their names, but for its own."""
        return {path.name: path.read_bytes() for path in (out or self.out).iterdir()
                if path.is_file() and path.name != "manifest.csv"}

    def expect_whole(self, count, out=None):
        """Every row has one file, which is what the manifest says, and a serial of its own."""
        rows = self.manifest(out)
        self.assertEqual(sorted(int(row["row"]) for row in rows), list(range(2, count + 2)))
        self.assertEqual(len({row["serial"] for row in rows}), count)
        files = self.written(out)
        self.assertEqual({row["file"]: row["sha256"] for row in rows},
                         {name: digest(content) for name, content in files.items()})
        return rows
