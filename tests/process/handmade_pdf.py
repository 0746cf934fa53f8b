"""Small PDFs, written by hand, so that a test can have what no program writes."""


def stream(data, entries=""):
    data = data.encode("latin-1") if isinstance(data, str) else data
    return f"<< /Length {len(data)} {entries} >>\nstream\n".encode("latin-1") + data + b"\nendstream"


def pdf(objects, trailer="/Root 1 0 R"):
    """A PDF of these objects, which are numbered from 1, with a table of cross-references."""
    out, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        body = body.encode("latin-1") if isinstance(body, str) else body
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table
            + b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n"
            % (size, trailer.encode("latin-1"), len(out)))


def one_page(page="/MediaBox [0 0 298 420]", content="", pages="", more=(), contents="/Contents 4 0 R"):
    """A PDF with one page of A6, unless `page` has another box."""
    return pdf(["<< /Type /Catalog /Pages 2 0 R >>",
                f"<< /Type /Pages /Kids [3 0 R] /Count 1 {pages} >>",
                f"<< /Type /Page /Parent 2 0 R {contents} {page} >>",
                stream(content), *more])
