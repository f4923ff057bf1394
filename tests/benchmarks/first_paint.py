"""How soon a page stands in Chromium, and its graphs, beside the full Plotly bundle on an otherwise empty page.

    .venv/bin/python -m tests.benchmarks.first_paint http://127.0.0.1:8000 [--path /parks/jixing/] [--width 360]

Both pages are opened in one run of one browser, in turns, so that what else the machine does meets both alike.
"""

import argparse
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from itertools import takewhile
from statistics import median
from urllib.parse import urlsplit

import brotli
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.conftest import FLAGS, executable

RUNS = 5
SIX = 6
# The quality with which `collect` compresses it.
BROTLI_QUALITY = 9

# Runs before the page's own scripts. Keeps when the first frame after the end of the document was made, scrolls to the
# first graph that is not drawn yet until none is left, and keeps when the last one was drawn, in milliseconds since
# the page was asked for.
WATCH = """(() => {
  window.seen = { whole: null, drawn: null, charts: 0, shift: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.seen.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  document.addEventListener("readystatechange", () => {
    requestAnimationFrame(() => setTimeout(() => { window.seen.whole ??= performance.now(); }));
  });
  document.addEventListener("DOMContentLoaded", () => {
    const boxes = [...document.querySelectorAll("[data-chart]")];
    window.seen.charts = boxes.length;
    const next = () => {
      const waiting = boxes.find((box) => !("drawn" in box.dataset));
      if (waiting) waiting.scrollIntoView({ block: "center", behavior: "instant" });
      else window.seen.drawn ??= performance.now();
    };
    new MutationObserver(next).observe(document, { subtree: true, attributeFilter: ["data-drawn"] });
    next();
  });
})()"""
ALL_DRAWN = "() => window.seen?.drawn != null && window.seen.whole != null"
TIMES = """() => ({
  paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null,
  answer: performance.getEntriesByType("navigation")[0].responseStart,
  ...window.seen,
})"""
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

# An ordinary page of Plotly's users: its bundle as a plain script, then six charts with the defaults.
EMPTY_PAGE = f"""<!doctype html><meta charset="utf-8"><title>six charts</title>
{"".join(f'<div id="c{number}" style="height:300px"></div>' for number in range(SIX))}
<script src="/plotly.min.js"></script>
<script>
const quarters = [...Array(12).keys()].map((n) => `${{2023 + (n >> 2)}}-Q${{(n & 3) + 1}}`);
const charts = [...Array({SIX}).keys()].map((number) => Plotly.newPlot(`c${{number}}`, [
  {{ x: quarters, y: quarters.map((_, n) => n * (number + 2)), name: "reported" }},
  {{ x: quarters, y: quarters.map((_, n) => n * 3 + number), type: number % 2 ? "bar" : "scatter", name: "expected" }},
], {{ title: {{ text: `chart ${{number}}` }} }}));
Promise.all(charts).then(() => {{ window.drawn = performance.now(); }});
</script>"""


@dataclass(frozen=True)
class Opened:
    """One opening of a page, or the medians of several; times in ms since it was asked for, sizes as sent.

    `answer` is when the first byte came, `paint` the first contentful paint, `whole` the first frame after the
    document's end (what a frame before it showed may have been a part), `drawn` when the last graph stood.
    Bytes count headers too; what a browser takes from its own cache counts nothing and is no request.
    """

    answer: float
    paint: float
    whole: float
    drawn: float
    charts: int
    bytes_before_plotly: int
    bytes_in_all: int
    requests_before_plotly: int
    requests_in_all: int
    layout_shift: float


@dataclass(frozen=True)
class FirstPaint:
    """Medians: opened by a new reader, opened again by the same one, and the bundle's own six charts (ms)."""

    cold: Opened
    warm: Opened
    full_bundle_cold: float
    full_bundle_warm: float


def measure(base_url: str, *, path: str = "/", width: int = 1280, runs: int = RUNS) -> FirstPaint:
    """Open the page `runs` times cold and warm, and as often the empty page with the full bundle.

    `base_url` is a running server's, without a slash at its end. Raises RuntimeError without Chromium.
    """
    found = executable()
    if found is None:
        raise RuntimeError("Chromium is not installed (name it in CHROMIUM)")
    cold, warm, bundle_cold, bundle_warm = [], [], [], []
    with full_bundle() as empty_page, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        # The first page of a browser pays for the browser itself.
        with reader(browser, width) as context:
            six_charts(context, empty_page)
            opened(context, base_url + path)
        for _run in range(runs):
            with reader(browser, width) as context:
                bundle_cold.append(six_charts(context, empty_page))
                bundle_warm.append(six_charts(context, empty_page))
            with reader(browser, width) as context:
                cold.append(opened(context, base_url + path))
                warm.append(opened(context, base_url + path))
        browser.close()
    return FirstPaint(medians(cold), medians(warm), median(bundle_cold), median(bundle_warm))


def medians(openings: list[Opened]) -> Opened:
    return Opened(**{name: median(getattr(each, name) for each in openings) for name in asdict(openings[0])})


@contextmanager
def reader(browser: Browser, width: int) -> Iterator[BrowserContext]:
    """Somebody who was never here: nothing is in the browser's cache."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
    context.add_init_script(WATCH)
    yield context
    context.close()


class Sent:
    """What a page asked for, in the order of asking; `bytes` as they travelled, with their headers."""

    def __init__(self, context: BrowserContext, page: Page):
        self.requests: dict[str, dict] = {}
        network = context.new_cdp_session(page)
        network.on("Network.requestWillBeSent", self._asked)
        network.on("Network.requestServedFromCache", lambda event: self._of(event).update(kept=True))
        network.on("Network.responseReceived", self._answered)
        network.on(
            "Network.loadingFinished", lambda event: self._of(event).update(bytes=event["encodedDataLength"])
        )
        network.send("Network.enable")

    def _of(self, event: dict) -> dict:
        return self.requests.setdefault(event["requestId"], {"path": "", "kept": False, "bytes": 0})

    def _asked(self, event: dict) -> None:
        self._of(event)["path"] = urlsplit(event["request"]["url"]).path

    def _answered(self, event: dict) -> None:
        answer = event["response"]
        if answer.get("fromDiskCache") or answer.get("fromPrefetchCache"):
            self._of(event)["kept"] = True

    def all(self) -> list[dict]:
        """What was not in the browser's own cache."""
        return [request for request in self.requests.values() if not request["kept"]]

    def before_plotly(self) -> list[dict]:
        """The same, up to the first request for plotly's file."""
        upto = takewhile(lambda request: not is_plotly(request["path"]), self.requests.values())
        return [request for request in upto if not request["kept"]]


def is_plotly(path: str) -> bool:
    return "/plotly.min." in path


def opened(context: BrowserContext, address: str) -> Opened:
    """Open an address, scroll to its graphs as soon as they are there and wait until all are drawn."""
    page = context.new_page()
    sent = Sent(context, page)
    page.goto(address, wait_until="load")
    page.wait_for_function(ALL_DRAWN)
    page.evaluate(TWO_FRAMES)
    times = page.evaluate(TIMES)
    page.close()
    before, everything = sent.before_plotly(), sent.all()
    return Opened(
        answer=times["answer"],
        paint=times["paint"],
        whole=times["whole"],
        drawn=times["drawn"],
        charts=times["charts"],
        bytes_before_plotly=sum(request["bytes"] for request in before),
        bytes_in_all=sum(request["bytes"] for request in everything),
        requests_before_plotly=len(before),
        requests_in_all=len(everything),
        layout_shift=times["shift"],
    )


def six_charts(context: BrowserContext, address: str) -> float:
    """When the six charts of the empty page stand, in ms since it was asked for."""
    page = context.new_page()
    page.goto(address, wait_until="load")
    page.wait_for_function("() => window.drawn")
    drawn = page.evaluate("() => window.drawn")
    page.close()
    return drawn


@contextmanager
def full_bundle() -> Iterator[str]:
    """A server of the empty page and of the installed plotly's script, which it compresses once; its address."""
    script = (files("plotly") / "package_data" / "plotly.min.js").read_bytes()
    answers = {
        "/": ("text/html; charset=utf-8", None, EMPTY_PAGE.encode()),
        "/plotly.min.js": ("text/javascript", "br", brotli.compress(script, quality=BROTLI_QUALITY)),
    }

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            kind, encoding, body = answers.get(self.path, ("text/plain", None, b""))
            self.send_response(200 if self.path in answers else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if encoding:
                self.send_header("Content-Encoding", encoding)
                self.send_header("Cache-Control", "max-age=315360000, public, immutable")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base_url")
    parser.add_argument("--path", default="/")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--runs", type=int, default=RUNS)
    asked = parser.parse_args()
    found = measure(asked.base_url.rstrip("/"), path=asked.path, width=asked.width, runs=asked.runs)
    json.dump(asdict(found), sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
