#!/usr/bin/python3
"""Seals real PDFs, and looks at each with other programs. Prints a table.

    tests/bench/documents/real_pdfs.py BUILD FOLDER [--node-modules DIR] [NAME...]

The PDFs of real_pdfs.txt come from Debian's packages, which are downloaded into FOLDER and unpacked there,
never installed; some more are made of them by Chromium, Ghostscript and qpdf. NAME: only these. Needs
apt-get, qpdf, poppler-utils, ghostscript, mupdf-tools, zbar-tools, python3-cbor2 and chromium. With
--node-modules (`npm install pdfjs-dist@4 @hyzyla/pdfium`) it asks pdf.js, PDFium and Chromium, too.
FOLDER/pictures has each page before and after, to be looked at.

Each is sealed by `cityid document seal`, where that finds room. A file is good if qpdf, poppler, Ghostscript,
MuPDF, pdf.js and PDFium complain no more about the sealed one than about the original; if the pictures of
poppler (150 dpi) and PDFium differ in the stamp's rectangle only; if zbar reads the code from poppler's picture
and from what Chromium shows; if another page stays as it is; and if `document verify` says that it is unchanged and valid.
"""
import argparse
import gzip
import json
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "process"))
import cityid_process  # noqa: E402
import document_cases  # noqa: E402
import picture  # noqa: E402
from stamper import Refused, Stamper, drawn  # noqa: E402

DPI = 150


def run(*command, **how):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, **how)


def collect(folder):
    """The PDFs by name: the file, the page to seal, and where it is from."""
    files = {}
    for line in (HERE / "real_pdfs.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        package, rest = line.split(" ", 1)
        end, _, page = rest.partition(" page=")
        files[f"{package}: {end.split('/')[-1]}"] = (
            find(unpacked(folder, package), end), int(page or -1), package)
    files.update(derived(folder, {name: file for name, (file, _, _) in files.items()}))
    return files


def unpacked(folder, package):
    target = folder / "packages" / package
    if not target.exists():
        downloads = folder / "downloads"
        downloads.mkdir(parents=True, exist_ok=True)
        got = run("apt-get", "download", "-qq", package, cwd=downloads)
        (archive,) = downloads.glob(f"{package}_*.deb") or sys.exit(got.stderr)
        target.mkdir(parents=True)
        run("dpkg-deb", "-x", archive, target, check=True)
    return target


def find(directory, end):
    """The file whose path ends so, also if it is compressed."""
    found = sorted(path for path in directory.rglob("*.pdf*") if path.is_file()
                   and str(path).removesuffix(".gz").endswith("/" + end))
    if not found:
        sys.exit(f"no {end} in {directory}")
    if found[0].suffix != ".gz":
        return found[0]
    plain = directory / found[0].stem
    plain.write_bytes(gzip.decompress(found[0].read_bytes()))
    return plain


def derived(folder, files):
    """What programs that are here make of these documents."""
    made = folder / "made"
    made.mkdir(exist_ok=True)
    word = files["snap-aligner: SNAP User Manual.pdf"]
    html = {"bash": find_html(folder, "bash-doc", "bashref.html"),
            "policy": find_html(folder, "debian-policy", "ch-controlfields.html"),
            "faq": find_html(folder, "debian-faq", "basic-defs.en.html")}
    for name, page in html.items():
        target = made / f"chromium-{name}.pdf"
        if not target.exists():
            run("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
                f"--print-to-pdf={target}", f"file://{page}", timeout=120)
    commands = {
        "linearized-tagged": ["qpdf", "--linearize", word, None],
        "object-streams-2.0": ["qpdf", "--object-streams=generate", "--force-version=2.0", word, None],
        "linearized-cairo": ["qpdf", "--linearize", "--object-streams=generate",
                             files["cups-filters: default-testpage.pdf"], None],
        "ghostscript-2.0": ["gs", "-q", "-dCompatibilityLevel=2.0", "-sDEVICE=pdfwrite", "-o", None,
                            files["velvet: Manual.pdf"]],
        "turned": ["qpdf", "--rotate=+90", files["r-cran-zoo: zoo-quickref.pdf"], None],
    }
    for name, command in commands.items():
        target = made / f"{name}.pdf"
        if not target.exists():
            run(*[part or target for part in command])
    return {f"made: {path.name}": (path, -1, "made") for path in sorted(made.glob("*.pdf"))}


def find_html(folder, package, name):
    return sorted(unpacked(folder, package).rglob(name))[0]


def facts(file):
    """Producer, version, and what is special."""
    said = dict(line.split(":", 1) for line in run("pdfinfo", file).stdout.splitlines() if ":" in line)
    said = {key: value.strip() for key, value in said.items()}
    more = [word for key, word in (("Tagged", "tagged"), ("Optimized", "linearized"))
            if said.get(key) == "yes"]
    producer = re.sub(r" ?\(http.*| Copyright.*| [0-9-]+ Q16.*|, pari@.*", "", said.get("Producer", "?"))
    return f"{producer}; {said.get('PDF version', '?')}" + "".join(f", {word}" for word in more)


def complaints(file, number):
    """What each program says of a file, by its name; of the page, where it can look at one."""
    page = str(number)
    check = run("qpdf", "--check", file)
    said = {"qpdf": "" if check.returncode == 0 else check.stdout + check.stderr}
    said["poppler"] = run("pdftocairo", "-svg", "-f", page, "-l", page, file, "/dev/null").stderr
    ghost = run("gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=nullpage", f"-dFirstPage={page}",
                f"-dLastPage={page}", file, timeout=300)
    said["ghostscript"] = ghost.stdout + ghost.stderr
    said["mutool"] = run("mutool", "info", "-M", file).stderr
    return {name: re.sub(r"\(\d+\)|offset \d+|/\S+\.pdf", "", text) for name, text in said.items()}


def node_judges(modules, pairs):
    """What pdf.js and PDFium say of pairs of files, and how their pictures differ."""
    plan = [{"before": str(before), "after": str(after), "page": page, "box": box}
            for before, after, page, box in pairs]
    judged = subprocess.run(["node", HERE / "node_judges.mjs", modules], input=json.dumps(plan),
                            capture_output=True, text=True)
    if judged.returncode:
        sys.exit(judged.stderr)
    return json.loads(judged.stdout)


def not_shown_by_chromium(pairs):
    """Which of pairs of a sealed file and its picture have no code that is read as Chromium shows it."""
    plan = {"chromium": shutil.which("chromium"),
            "pages": [{"file": str(one.file), "page": one.page, "picture": str(target)}
                      for one, target in pairs]}
    subprocess.run(["node", HERE / "chromium_shows.mjs"], input=json.dumps(plan), text=True, check=True)
    return [one for one, target in pairs
            if one.url not in run("zbarimg", "-q", "--raw", target).stdout]


def changed_outside(before, after, box):
    """How many pixels outside of a rectangle differ, but for two around it; the box in pixels."""
    left, top, right, bottom = box
    if (before.width, before.height) != (after.width, after.height):
        return -1
    count = 0
    for row in range(after.height):
        line = slice(row * after.width, (row + 1) * after.width)
        old, new = before.pixels[line], after.pixels[line]
        if old == new:
            continue
        inside = top - 2 <= row <= bottom + 2
        count += sum(a != b and not (inside and left - 2 <= x <= right + 2)
                     for x, (a, b) in enumerate(zip(old, new)))
    return count


def png(gray):
    return picture.png([gray.pixels[y * gray.width:(y + 1) * gray.width] for y in range(gray.height)])


class Sealed:
    """A PDF sealed by `cityid document seal`, where that found room, and what is to be compared."""

    def __init__(self, name, file, page, folder):
        self.original = file
        self.file = folder / "sealed" / (re.sub(r"[^A-Za-z0-9.]+", "-", name).removesuffix(".pdf") + ".pdf")
        self.file.parent.mkdir(exist_ok=True)
        where = "last" if page == -1 else str(page)
        self.with_dynamic = False
        done = document_cases.seal(file, self.file, "--page", where)
        if done.status and "--dynamic" in done.err:
            self.with_dynamic = True
            done = document_cases.seal(file, self.file, "--page", where, "--dynamic")
        if done.status:
            raise Refused(done.status, done.err.strip())
        self.url = done.out.strip()
        page, x, y = re.search(r"stamped page (\d+), (\d+) mm .* and (\d+) mm", done.err).groups()
        self.covers = "covers" in done.err
        self.page = int(page)
        with Stamper(file.read_bytes()) as stamper:
            self.pages, _, self.width, _, _ = stamper.look(self.page)
        size = stamp_size(self.file.read_bytes(), self.original)
        self.box = (int(x) - 0.5, int(y) - 0.5, int(x) + size[0] + 0.5, int(y) + size[1] + 0.5)


def stamp_size(content, original):
    """The stamp's width and height in mm, from the operators that draw its ground."""
    stamp = content[original.stat().st_size:].decode("latin-1")
    matrix, ground = re.search(r"([-\d. ]+) cm\n([-\d. ]+) re\nf\n0 sc\n%CityID-Seal", stamp).groups()
    module = max(abs(float(number)) for number in matrix.split()[:2]) * 25.4 / 72
    unit = re.search(r"/UserUnit ([\d.]+)", stamp)
    module *= float(unit[1]) if unit else 1
    return [float(number) * module for number in ground.split()[2:]]


def judge(sealed, pictures):
    """What is wrong with a sealed file."""
    wrong = []
    old, new = complaints(sealed.original, sealed.page), complaints(sealed.file, sealed.page)
    wrong += [f"{name}: {new[name].strip()[:100]}" for name in new
              if new[name] and new[name] != old[name]]
    before, _ = drawn(sealed.original.read_bytes(), sealed.page, DPI)
    after, _ = drawn(sealed.file.read_bytes(), sealed.page, DPI)
    scale = after.width / sealed.width
    if outside := changed_outside(before, after, [side * scale for side in sealed.box]):
        wrong.append(f"{outside} pixels differ")
    stem = sealed.file.stem
    for what, gray in (("before", before), ("after", after)):
        (pictures / f"{stem}-{what}.png").write_bytes(png(gray))
    if sealed.url not in run("zbarimg", "-q", "--raw", pictures / f"{stem}-after.png").stdout:
        wrong.append("the code isn't read")
    verified = document_cases.verify(sealed.file)
    if verified.status or not verified.out.startswith("unchanged"):
        wrong.append(f"verify: {verified.out[:60]}{verified.err[:60]}")
    other = 1 if sealed.page > 1 else 2
    if sealed.pages > 1:
        one, two = (drawn(path.read_bytes(), other, 50)[0] for path in (sealed.original, sealed.file))
        if one.pixels != two.pixels:
            wrong.append(f"page {other} differs")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--node-modules", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    options = parser.parse_intermixed_args()
    cityid_process._program = str(options.build.resolve() / "cityid")
    folder = options.folder.resolve()
    pictures = folder / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    with cityid_process.demo() as document_cases.DEMO:
        report(options, folder, pictures)


def report(options, folder, pictures):
    rows, sealed = [], []
    for name, (file, page, _) in collect(folder).items():
        if options.names and not any(part in name for part in options.names):
            continue
        print(name, file=sys.stderr)
        try:
            one = Sealed(name, file, page, folder)
        except Refused as refused:
            rows.append([name, facts(file), "refused", str(refused)])
            print("  refused:", refused, file=sys.stderr)
            continue
        sealed.append((len(rows), one))
        how = ", `--dynamic`" * one.with_dynamic + ", covers something" * one.covers
        rows.append([name, facts(file), f"{one.page} of {one.pages}{how}", judge(one, pictures)])
        print("  " + ("; ".join(rows[-1][3]) or "good"), file=sys.stderr)
    if options.node_modules:
        verdicts = node_judges(options.node_modules.resolve(),
                               [(one.original, one.file, one.page, [side / one.width for side in one.box])
                                for _, one in sealed])
        for (row, _), more in zip(sealed, verdicts):
            rows[row][3] += more
        shown = [(one, pictures / f"{one.file.stem}-chromium.png") for _, one in sealed]
        missing = not_shown_by_chromium(shown)
        for row, one in sealed:
            rows[row][3] += ["Chromium: the code isn't read"] * (one in missing)
    print("| file | made by | page | result |\n|---|---|---|---|")
    for name, made_by, page, result in rows:
        result = result if isinstance(result, str) else "; ".join(result) or "good"
        print(f"| {name} | {made_by} | {page} | {result} |".replace("\n", " "))
    good = sum(row[3] == [] for row in rows)
    print(f"\n{good} good, {sum(row[2] == 'refused' for row in rows)} refused, of {len(rows)}")


if __name__ == "__main__":
    main()
