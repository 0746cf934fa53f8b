"""A file that was PDF/A-1b still is with a stamp. Judged by PDFBox's preflight, which needs Java."""
import pathlib
import shutil
import subprocess
import unittest

import cityid_process
from handmade_pdf import pdf, stream
from stamper import Stamper, region, symbol

JARS = ["preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "jaxb-api", "javax.activation"]
JAVA = "/usr/share/java"
XMP = """<?xpacket begin="\u00ef\u00bb\u00bf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def archived(page="", content="/C cs 0.5 sc 0 0 90 90 re f"):
    """A file of PDF/A-1b. Its color is defined in itself, so it needs no output intent."""
    space = "/C [/CalGray << /WhitePoint [0.9505 1 1.089] >>]"
    return pdf(["<< /Type /Catalog /Pages 2 0 R /Metadata 5 0 R >>",
                "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 298 420] /Contents 4 0 R "
                f"/Resources << /ColorSpace << {space} >> >> {page} >>",
                stream(content), stream(XMP, "/Type /Metadata /Subtype /XML")],
               "/Root 1 0 R /ID [<00112233445566778899AABBCCDDEEFF> <00112233445566778899AABBCCDDEEFF>]")


class Archive(unittest.TestCase):
    def complaints(self, content):
        """What preflight says of a file; empty if it is PDF/A-1b."""
        jars = [f"{JAVA}/{name}.jar" for name in JARS]
        with cityid_process.temporary_directory() as directory:
            path = pathlib.Path(directory) / "file.pdf"
            path.write_bytes(content)
            said = subprocess.run([shutil.which("java"), "-cp", ":".join(jars),
                                   "org.apache.pdfbox.preflight.Validator_A1b", path],
                                  capture_output=True, text=True, timeout=120 * cityid_process.SLOW)
        if said.stdout.strip().endswith("is a valid PDF/A-1b file"):
            return ""
        return said.stdout + said.stderr

    def stamped(self, content):
        rows = symbol("HTTPS://ID.EXAMPLE.CN/TEST")
        with Stamper(content) as stamper:
            before, after = stamper.stamp(1, 20, 20, len(rows), 0.8,
                                          ["MA.156.1301.02-K7", "id.example.cn"], 20_000)
        return content + before + region(rows, 20_000) + after

    def test_it_stays_what_it_was(self):
        for page, content in (("", "/C cs 0.5 sc 0 0 90 90 re f"), ("/Rotate 90", "q q"), ("", "Q Q")):
            with self.subTest((page, content)):
                original = archived(page, content)
                self.assertEqual(self.complaints(original), "")
                self.assertEqual(self.complaints(self.stamped(original)), "")

    def test_twice(self):
        self.assertEqual(self.complaints(self.stamped(self.stamped(archived()))), "")

    def test_the_judge_can_say_no(self):
        self.assertIn("not a valid", self.complaints(archived(content="1 0 0 rg 0 0 9 9 re f")))
        broken = self.stamped(archived()).replace(b"\nendstream", b"endstream ")
        self.assertIn("Stream length is invalid", self.complaints(broken))


if __name__ == "__main__":
    cityid_process.main()
