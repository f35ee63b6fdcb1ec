"""A browser for tests: chromedriver's W3C WebDriver protocol with the standard library alone."""

import json
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"

# Without these a browser talks to its maker at every start.
ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--window-size=1280,1600",
]


class Browser:
    """One headless Chromium with an empty profile; use it in a with statement."""

    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix="gatehouse-browser-")
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True)
        self.root = None
        try:
            self.root = f"http://127.0.0.1:{self._port()}"
            options = {"args": ARGUMENTS + [f"--user-data-dir={self.profile}"]}
            made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": {
                "goog:chromeOptions": options,
                "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"}}}})
            self.root += f"/session/{made['sessionId']}"
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            if self.root and "/session/" in self.root:
                self._call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait(20)
            shutil.rmtree(self.profile, ignore_errors=True)

    def _port(self):
        for line in self.driver.stdout:
            if "successfully on port" in line:
                return int(line.rstrip(".\n").rsplit(" ", 1)[1])
        raise RuntimeError("chromedriver did not start")

    def _call(self, method, path, body=None):
        data = None if method in ("GET", "DELETE") else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.root + path, data, {"Content-Type": "application/json"},
                                         method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as e:
            raise LookupError(json.load(e)["value"]["message"].splitlines()[0]) from None

    def open(self, url):
        self._call("POST", "/url", {"url": url})

    def script(self, code, *arguments):
        return self._call("POST", "/execute/sync", {"script": code, "args": list(arguments)})

    def wait(self, find, what, seconds=20):
        """Poll ${find} until it gives something; it may raise LookupError meanwhile."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                got = find()
            except LookupError:
                got = None
            if got:
                return got
            time.sleep(0.05)
        raise AssertionError(f"never seen: {what}, but: {self.text('body')[-2000:]}")

    def element(self, css):
        return self.wait(lambda: self._call("POST", "/element", {"using": "css selector", "value": css}),
                         css)[ELEMENT]

    def click(self, css):
        def once():
            self._call("POST", f"/element/{self.element(css)}/click")
            return True
        self.wait(once, f"{css} to click")

    def type(self, css, text):
        self._call("POST", f"/element/{self.element(css)}/value", {"text": text})

    def text(self, css):
        return self._call("GET", f"/element/{self.element(css)}/text")

    def screenshot(self):
        return self._call("GET", "/screenshot")

    def requests(self):
        """The addresses of everything asked for since the last call."""
        events = [json.loads(e["message"])["message"]
                  for e in self._call("POST", "/se/log", {"type": "performance"})]
        return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]

    def complaints(self):
        """What the page wrote to its console as an error."""
        return [e["message"] for e in self._call("POST", "/se/log", {"type": "browser"})
                if e["level"] == "SEVERE"]
