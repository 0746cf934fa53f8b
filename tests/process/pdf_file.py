"""PDF files written by hand: pages with lines of text, and updates that are appended to them."""
import re

LINES = ("Building permit", "Number 2026-000123", "This is an example. It permits nothing.")


def _stream(content):
    return f"<< /Length {len(content)} >>\nstream\n{content}endstream"


def _text(lines, top):
    shown = "".join(f"BT /F1 12 Tf 72 {top - 20 * at} Td ({line}) Tj ET\n"
                    for at, line in enumerate(lines))
    return shown


def pdf(pages=1, lines=LINES, width=595, height=842, filler=b"", drawing=""):
    """A PDF whose pages have these lines and what `drawing` draws; `filler`: bytes of an object that
    nobody uses."""
    kids = [4 + 2 * at for at in range(pages)]
    objects = ["<< /Type /Catalog /Pages 2 0 R >>",
               f"<< /Type /Pages /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] /Count {pages} >>",
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    for page, kid in enumerate(kids, 1):
        objects += [f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] "
                    f"/Contents {kid + 1} 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
                    _stream(_text([*lines, f"Page {page}"], height - 80) + drawing)]
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode()
    if filler:
        places.append(len(out))
        out += b"%d 0 obj\n<< /Length %d >>\nstream\n%b\nendstream\nendobj\n" % (
            len(objects) + 1, len(filler), filler)
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    return out + (f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}"
                  f"trailer\n<< /Size {len(places) + 1} /Root 1 0 R >>\n"
                  f"startxref\n{len(out)}\n%%EOF\n").encode()


def _size(file):
    return int(re.findall(rb"/Size (\d+)", file)[-1])


def update(file, objects):
    """The file with an incremental update: objects by their number, as text; None is the next one."""
    previous = int(re.findall(rb"startxref\s+(\d+)", file)[-1])
    size, out, table = _size(file), file, ""
    for number, content in objects.items():
        if number is None:
            number, size = size, size + 1
        table += f"{number} 1\n{len(out):010d} 00000 n \n"
        out += f"{number} 0 obj\n{content}\nendobj\n".encode()
    return out + (f"xref\n{table}trailer\n<< /Size {size} /Root 1 0 R /Prev {previous} >>\n"
                  f"startxref\n{len(out)}\n%%EOF\n").encode()


def with_other_page(file):
    """An update that shows other text on the first page."""
    return update(file, {5: _stream(_text(["Everything is permitted."], 700))})


def with_annotation(file):
    """An update that lays a white square over the first page, as a comment."""
    square = ("<< /Type /Annot /Subtype /Square /Rect [0 0 595 842] /IC [1 1 1] /C [1 1 1] /F 4 >>")
    page = (f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R "
            f"/Resources << /Font << /F1 3 0 R >> >> /Annots [{_size(file)} 0 R] >>")
    return update(file, {4: page, None: square})


def with_signature(file):
    """An update as a digital signature makes it, without a good signature."""
    return update(file, {None: "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached "
                               "/ByteRange [0 10 20 10] /Contents <00> >>"})
