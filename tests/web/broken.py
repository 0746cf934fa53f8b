"""Pages with one fault each, made from a good one: what every check of pages must find."""
import http.server
import threading

GOOD = "good"  # the page without any fault, as this server gives it

_MAIN = "<main>"
_END = "</main>"
_IMAGE = '<img src="https://elsewhere.example/pixel.png" alt="a sign" width="1" height="1">'

# Name of the fault, the check that must find it, and what is done to the page: each text is
# replaced by another.
FAULTS = [
    ("another status", "status", []),
    ("another language", "language", [('lang="en"', 'lang="zh-CN"')]),
    ("another direction", "language", [('lang="en"', 'lang="en" dir="rtl"')]),
    ("a word above the title", "title first", [("<header", "<p>Welcome</p><header")]),
    ("a heading before the title", "title first", [("<header", "<h2>Welcome</h2><header")]),
    ("no heading", "title first", [("<h1>", "<p>"), ("</h1>", "</p>")]),
    ("two titles", "title first", [(_END, f"<h1>Genuine</h1>{_END}")]),
    ("another title", "title first", [("Genuine</span>", "Forged</span>")]),
    ("another title of the window", "title first", [("<title>Genuine", "<title>CityID")]),
    ("a title far below", "title first", [("<h1>", '<h1 style="margin-top:100vh">')]),
    ("a title that a script writes", "title first",
     [("Genuine</span>", "</span><script>document.querySelector('h1 span:last-of-type')"
       ".textContent='Genuine'</script>")]),
    ("something missing", "says", [("<h1>", "<p>"), ("</h1>", "</p>")]),
    ("a script", "no script", [(_END, f"<script>0</script>{_END}")]),
    ("a script in an attribute", "no script", [(_END, f'<p onclick="0">x</p>{_END}')]),
    ("a script in a link", "no script", [(_END, f'<a href="javascript:0">more</a>{_END}')]),
    ("a frame", "no script", [(_END, f'<iframe title="x"></iframe>{_END}')]),
    ("a picture from elsewhere", "nothing from elsewhere", [(_END, _IMAGE + _END)]),
    ("a style sheet", "nothing from elsewhere",
     [("<style>", '<link rel="stylesheet" href="/style.css"><style>')]),
    ("a typeface", "nothing from elsewhere",
     [("<style>", "<style>@font-face{font-family:x;src:url(/x.woff2)}h1{font-family:x}")]),
    ("a large page", "small", [(_END, f"<!--{'x' * 20_000}-->{_END}")]),
    ("a table too wide for small phones", "fits 320",
     [(_MAIN, _MAIN + '<p style="width:330px">wide</p>')]),
    ("a word too wide for any phone", "fits 390", [(_MAIN, f"{_MAIN}<div>{'0' * 90}</div>")]),
    ("something left of the screen", "fits 390",
     [(_MAIN, _MAIN + '<p style="margin-left:-3rem">left</p>')]),
    ("a picture without words", "axe", [(_END, '<img src="data:," width="9" height="9">' + _END)]),
    ("pale words", "axe", [(_END, f'<p style="color:#bbb">pale</p>{_END}')]),
    ("a field without a label", "axe", [(_END, f'<input name="x">{_END}')]),
    ("a link without words", "axe", [(_END, f'<a href="/"></a>{_END}')]),
    ("a heading left out", "axe", [(_END, f"<h2>a</h2><h5>b</h5>{_END}")]),
    ("no language", "axe", [('<html lang="en"', "<html")]),
    ("no zooming", "axe", [("initial-scale=1", "initial-scale=1,user-scalable=no")]),
    ("words outside of landmarks", "axe", [("<footer>", "<p>outside</p><footer>")]),
    ("links too small to touch", "axe",
     [("<footer>", '<footer><p style="font-size:9px;line-height:1">'
       '<a style="display:inline-block" href="/1">a</a>'
       '<a style="display:inline-block" href="/2">b</a></p>')]),
]


def made(page, changes):
    """The page with these changes; each must find something to change."""
    for old, new in changes:
        if old not in page:
            raise AssertionError(f"the good page has no {old}")
        page = page.replace(old, new, 1)
    return page

# Every fault is let through; but nobody asks for an icon of the site, as is so with real pages.
POLICY = ("default-src * 'unsafe-inline' 'unsafe-eval' data:; "
          "img-src https://elsewhere.example data:")


class Server(http.server.ThreadingHTTPServer):
    """Serves each page under /<its place in FAULTS>, and the good one under /good."""

    daemon_threads = True

    def __init__(self, good):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages = {f"/{i}": made(good, changes) for i, (_, _, changes) in enumerate(FAULTS)}
        self.pages[f"/{GOOD}"] = good
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)

    @property
    def port(self):
        return self.server_address[1]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self._thread.join()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = self.server.pages.get(self.path, self.server.pages[f"/{GOOD}"]).encode()
        odd = self.path == f"/{[name for name, _, _ in FAULTS].index('another status')}"
        self.send_response(404 if odd else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Language", "en")
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass
