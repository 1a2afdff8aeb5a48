# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, driven over WebDriver (chromedriver), with a record of its actions: for
tests of the dashboard.

    with Browser(folder) as browser:
        browser.open(url)
        browser.run("return document.title")

Profile, logs and downloads stay in `folder`. Ends only processes started here."""

import base64
import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Space": " ", "Shift": "\ue008", "Escape": "\ue00c", "Down": "\ue015"}
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
    "--disable-dev-shm-usage", "--no-default-browser-check", "--no-proxy-server", "--force-color-profile=srgb",
    # Only loopback can be resolved.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Browser:
    def __init__(self, folder, width=1360, height=900):
        os.makedirs(folder, exist_ok=True)
        self.base = f"http://127.0.0.1:{free_port()}"
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.log = open(os.path.join(folder, "chromedriver.log"), "w", encoding="utf-8")
        self.driver = subprocess.Popen(["chromedriver", f"--port={self.base.rsplit(':', 1)[1]}"],
                                       stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL,
                                       env={**os.environ, "HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder})
        self.requests = []
        self.troubles = []
        self.session = None
        try:
            self.wait(30, "chromedriver answers", lambda: self.call("GET", "/status")["ready"])
            made = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
                "browserName": "chrome",
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
                "goog:chromeOptions": {
                    "binary": "/usr/bin/chromium",
                    "args": FLAGS + [f"--user-data-dir={folder}/profile", f"--window-size={width},{height}"],
                },
            }}})
            self.session = f"/session/{made['sessionId']}"
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            if self.session:
                self.call("DELETE", self.session)
        except OSError:
            pass
        self.driver.terminate()
        self.driver.wait(30)
        self.log.close()

    # --- WebDriver ---

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with self.opener.open(request, timeout=120) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise RuntimeError(f"{value['error']}: {value['message'].splitlines()[0]}") from error

    def post(self, path, body=None):
        return self.call("POST", self.session + path, body or {})

    def cdp(self, command, **params):
        return self.post("/goog/cdp/execute", {"cmd": command, "params": params})

    def open(self, url):
        self.post("/url", {"url": url})

    def run(self, script, *args):
        return self.post("/execute/sync", {"script": script, "args": list(args)})

    def size(self, width, height):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def media(self, **features):
        self.cdp("Emulation.setEmulatedMedia",
                 features=[{"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    def screenshot(self, path, full=True):
        shot = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=full)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def press(self, *names):
        """Presses keys together: press("Shift", "Tab")."""
        keys = [KEYS.get(name, name) for name in names]
        down = [{"type": "keyDown", "value": key} for key in keys]
        up = [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self.post("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": down + up}]})

    def write(self, text):
        for letter in text:
            self.press(letter)

    # --- waiting ---

    def wait(self, seconds, what, condition):
        """Waits until condition() is true; returns its last value. The limit bounds a failure; it
        measures nothing."""
        end = time.monotonic() + seconds
        while True:
            value = None
            try:
                value = condition()
                if value:
                    return value
            except (OSError, RuntimeError, KeyError):
                pass
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds} s in vain: {what} (last: {value!r})")
            time.sleep(0.1)

    def wait_run(self, seconds, what, script, *args):
        return self.wait(seconds, what, lambda: self.run(script, *args))

    # --- recorded actions ---

    def gather(self):
        """Adds the new requests to requests, and the console's messages to troubles."""
        for entry in self.post("/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
        for entry in self.post("/se/log", {"type": "browser"}):
            if entry["level"] in ("SEVERE", "WARNING"):
                self.troubles.append(entry["message"])

    def foreign(self, origin):
        """Returns requests to other origins, except for inline data and the browser's own pages."""
        own = re.compile(re.escape(origin) + r"(/|$)")
        inner = re.compile(r"(data|about|chrome|chrome-[a-z]+):")
        return [url for url in self.requests if not own.match(url) and not inner.match(url)]
