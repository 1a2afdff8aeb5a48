# SPDX-License-Identifier: Apache-2.0
"""The cases of dashboard.sh: one line, "ok WHAT" or "not ok WHAT", for each. Exit status 1 if one failed."""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser_probes import CONTRAST, FOCUSABLE, WATCH  # noqa: E402
from urllib.parse import quote  # noqa: E402
from webdriver import Browser  # noqa: E402

PATIENCE_S = 30
failed = 0
cases = []


def case(what):
    def add(function):
        cases.append((what, function))
        return function
    return add


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("origin", "daqsctl", "hostile", "long", "folder", "shots"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--hosts", type=int, required=True)
    parser.add_argument("--controller-pid", type=int, required=True)
    parser.add_argument("controller", nargs="+")
    return parser.parse_args()


args = arguments()


def ctl(*words):
    return subprocess.run([args.daqsctl, *words], check=True, capture_output=True, text=True, timeout=60).stdout


def table(*words):
    return json.loads(ctl("-o", "json", *words))


def human(*words):
    """A table of daqsctl for people: rows as dictionaries. Rates as the dashboard writes them."""
    lines = ctl(*words).splitlines()
    cells = [re.split(r" {2,}", line.strip()) for line in lines]  # a heading may have a blank
    return [dict(zip(cells[0], row)) for row in cells[1:]]


def rate(text):
    """As daqsctl writes it: 2.5 Gbit/s is 2.5Gbit."""
    return text.replace(" ", "").replace("bit/s", "bit")


def equal(got, wanted):
    assert got == wanted, f"got {got!r}, wanted {wanted!r}"


class Page:
    """The dashboard in the browser, and questions about it."""

    def __init__(self, browser):
        self.b = browser
        # Runs before the page, and beside its policy.
        browser.cdp("Page.addScriptToEvaluateOnNewDocument", source=WATCH)

    def go(self, hash_):
        self.b.open("about:blank")
        self.b.open(f"{args.origin}/{hash_}")
        self.b.wait_run(PATIENCE_S, f"{hash_} is live", "return document.getElementById('link')?.dataset.state === 'ok'")

    def host(self, name, more=""):
        self.go(f"#/host/{quote(name, safe='')}{more}")
        self.until("its VMs are listed", "return document.querySelectorAll('main tbody[data-vm]').length > 0")

    def fleet(self):
        self.go("#/")
        self.until("hosts are listed", "return document.querySelectorAll('tr[data-host]').length > 0")

    def until(self, what, script, *more):
        return self.b.wait_run(PATIENCE_S, what, script, *more)

    def text(self, selector):
        return self.b.run("return [...document.querySelectorAll(arguments[0])].map((node) => node.textContent)", selector)

    def cells(self, selector):
        """Of each such row, the texts."""
        return self.b.run("return [...document.querySelectorAll(arguments[0])].map((row) =>"
                          " [...row.querySelectorAll('tr:first-child > *, :scope > *')].filter((c) => /^T[HD]$/.test(c.tagName))"
                          ".map((cell) => cell.textContent.trim()))", selector)

    def type_into(self, selector, text):
        self.b.run("const box = document.querySelector(arguments[0]); box.focus(); box.value = ''", selector)
        self.b.write(text)

    def shot(self, name, full=True):
        self.b.screenshot(os.path.join(args.shots, f"{name}.png"), full)


# --- what it shows ---


@case("the fleet's totals are those of daqsctl")
def totals(p):
    p.fleet()
    status = {row["name"]: row["value"] for row in table("status")}
    p.until("totals", "return /up/.test(document.querySelector('.tile .value').textContent)")
    tiles = p.text(".tile")
    equal(tiles[0], f"Hosts{status['hosts_up']} up▲ {int(status['hosts']) - int(status['hosts_up'])} down")
    assert f"of {int(status['nics']):,}".replace(",", "\u202f") in tiles[3], tiles[3]
    p.until("guarantees", "return /met|missed/.test(document.querySelectorAll('.tile .value')[2].textContent)")
    p.shot("fleet", full=False)


@case("a host that is away comes first, and is said to be in words")
def away(p):
    p.fleet()
    p.until("it is first", "return document.querySelector('tr[data-host]').dataset.host === 'gone'")
    assert "away" in p.cells("tr[data-host]")[0][2]


@case("what is wrong is listed, with what to do, and of a host what is wrong there")
def problems(p):
    p.fleet()
    p.until("it", "return document.querySelectorAll('tr[data-problem=host-down]').length === 1")
    row = p.cells("tr[data-problem=host-down]")[0]
    equal(row[:2], ["▲ host-down", "gone"])
    assert row[3].startswith("no message from its agent for "), row
    assert "systemctl status daqs-agentd" in row[4], row
    p.host("sim0001")
    equal(p.b.run("return document.querySelector('section[aria-labelledby=problems]').hidden"), True)


@case("what it shows of an uplink is what daqsctl says")
def uplinks(p):
    p.fleet()
    p.type_into("main input[type=search]", "node1")
    p.until("two uplinks", "return document.querySelectorAll('tr[data-host]').length === 2")
    wanted = {(row["HOST"], row["UPLINK"]): row for row in human("hosts") if row["HOST"] == "node1"}
    for host, uplink, state, _, usage, capacity, guaranteed, vms, _ in p.cells("tr[data-host]"):
        row = wanted[host, uplink]
        equal((rate(usage), rate(capacity), rate(guaranteed), vms),
              (row["USAGE"], row["CAPACITY"], row["GUARANTEED"], row["VMS"]))
        assert row["STATE"] in state


@case("maintenance and a mode that enforces nothing have badges while they last")
def settings(p):
    badges = ("return ['maintenance', 'mode'].map((what) => document.querySelectorAll("
              "`tr[data-host=node1] [data-setting=${what}]:not([hidden])`).length).join() === '%s'")
    ctl("maintenance", "node1", "on")
    ctl("set-policy", "node1/up1", "off")
    p.fleet()
    p.type_into("main input[type=search]", "node1")
    p.until("they are there", badges % "2,1")
    assert ", 1 in maintenance" in p.text(".tile")[0], p.text(".tile")
    ctl("maintenance", "node1", "off")
    ctl("set-policy", "node1/up1", "default")
    p.until("they are gone", badges % "0,0")


@case("of hundreds of hosts it shows the first, says how many more, and finds any")
def many(p):
    p.fleet()
    count = "return document.querySelectorAll('tr[data-host]').length"
    total = len(table("hosts"))
    equal(p.b.run(count), 100)
    assert f"{total - 100} more" in p.text(".more")[0], p.text(".more")
    p.b.run("document.querySelector('.more button').click()")
    equal(p.b.run(count), 200)
    p.type_into("main input[type=search]", f"sim0{args.hosts - 3}")
    p.until("it is found", f"{count} === 1")
    equal(p.b.run("return document.querySelector('tr[data-host]').dataset.host"), f"sim0{args.hosts - 3}")
    p.b.run("location.reload()")
    p.until("a reload keeps the filter", f"{count} === 1")


@case("what it shows of a VM is what daqsctl says")
def vms(p):
    p.host("node1")
    wanted = {(row["vm"], row["nic"]): row for row in table("vms", "node1")}
    equal(len(wanted), 6)
    equal(p.b.run("return document.querySelectorAll('main tbody[data-vm]').length"), 6)
    words = {row["NIC"]: row for row in human("vms", "node1")}
    for cells in p.cells("main tbody[data-vm]"):
        vm, usage, limit, minimum, maximum, weight, state, reason, uplink, nic = cells[:10]
        row, word = wanted[vm, nic], words[nic]
        equal((rate(usage), weight, reason, uplink), (word["USAGE"], word["WEIGHT"], row["reason"], row["uplink"]))
        equal(rate(limit).replace("none", "-"), word["LIMIT"])
        equal(rate(minimum).replace("none", "0"), word["MIN"])
        equal(rate(maximum).replace("none", "-"), word["MAX"])
        assert row["state"] in state, state


@case("a plot for each VM and uplink, with what it has")
def plots(p):
    p.host("node1")
    p.until("six plots with a line", "return document.querySelectorAll('.plot canvas').length === 6 &&"
            " document.querySelectorAll('.plot .none[hidden]').length === 6")
    first = p.text(".plot")[0]
    assert "db1" in first and "2 Gbit/s" in first and "80 kbit/s" in first, first
    label = p.b.run("return document.querySelector('.plot [role=img]').getAttribute('aria-label')")
    assert "db1 on up" in label and "guarantee 2 Gbit/s" in label, label


@case("a live plot moves")
def moves(p):
    p.host("sim0001")
    picture = "return document.querySelector('.plot[data-vm=vm01] canvas').toDataURL()"
    p.until("a line", "return document.querySelector('.plot[data-vm=vm01] .none[hidden]') !== null")
    seen = set()
    p.b.wait(PATIENCE_S, "four pictures", lambda: seen.add(p.b.run(picture)) or len(seen) >= 4)
    values = set()
    p.b.wait(PATIENCE_S, "three values", lambda: values.add(p.text(".plot[data-vm=vm01] .legend .value")[0]) or len(values) >= 3)
    p.shot("host")


@case("history is in the plot: it goes back before the page was opened")
def history(p):
    p.host("sim0001", "?span=1h")
    rows = [row for row in table("history", "sim0001", "vm01", "--since", "1h", "--step", "5s")]
    assert len(rows) >= 2, rows
    p.until("a line", "return document.querySelector('.plot[data-vm=vm01] .none[hidden]') !== null")
    # What the cursor says at the left end of the line is what history says.
    box = p.b.run("const o = document.querySelector('.plot[data-vm=vm01] .u-over').getBoundingClientRect();"
                  "return [o.left, o.top, o.width, o.height]")
    wanted = {row["time"][:19].replace("T", " ") for row in rows}
    found = set()
    for step in range(40):
        p.b.cdp("Input.dispatchMouseEvent", type="mouseMoved", x=box[0] + box[2] * (1 - step / 400), y=box[1] + box[3] / 2)
        found.add(p.text(".plot[data-vm=vm01] .when")[0].replace(" UTC", ""))
    assert found & wanted, (sorted(found)[:5], sorted(wanted)[:5])


@case("spans: others, one's own, and one that cannot be")
def spans(p):
    p.host("node1")
    p.b.run("document.querySelector('[data-span=\"24h\"]').click()")
    p.until("24 h", "return location.hash === '#/host/node1?span=24h' &&"
            " document.querySelector('[data-span=\"24h\"]').getAttribute('aria-current') === 'true'")
    p.until("history", "return document.querySelectorAll('.plot .none[hidden]').length === 6")
    assert "2 Gbit/s" in p.text(".plot")[0], "below a plot is what is guaranteed now, not in its last step"
    p.go("#/host/node1?since=2020-01-01T00:00&until=2020-01-02T00:00")
    p.until("nothing was measured then", "return /Nothing was measured/.test(document.querySelector('.plot .none').textContent)")
    p.go("#/host/node1?since=2020-01-02T00:00&until=2020-01-01T00:00")
    p.until("it ends before it begins", "return /ends before it begins/.test(document.querySelector('main').textContent)")


@case("why a VM is limited as it is, with the keyboard")
def explain(p):
    p.host("sim0001")
    p.b.run("document.querySelector('tbody[data-vm=vm02] button').focus()")
    p.b.press("Enter")
    p.until("an answer", "return /vm02 on up0 sends/.test(document.querySelector('tbody[data-vm=vm02] .why').textContent)")
    equal(p.b.run("return document.activeElement.getAttribute('aria-expanded')"), "true")
    p.shot("explain")
    p.b.press("Enter")
    equal(p.b.run("return document.querySelector('tbody[data-vm=vm02] .why').hidden"), True)


@case("the report is that of daqsctl")
def report(p):
    p.go("#/report?span=1h")
    p.until("three VMs", "return document.querySelectorAll('tr[data-vm]').length === 3")
    wanted = {(row["host"], row["vm"]) for row in table("report", "--since", "1h")
              if row["met_s"] + row["missed_s"] + row["idle_s"] + row["unknown_s"] > 0}
    equal({(cells[0], cells[1]) for cells in p.cells("tr[data-vm]")}, wanted)
    sim = next(cells for cells in p.cells("tr[data-vm]") if cells[0] == "sim0001")
    assert "%" in sim[2] or "never wanted" in sim[2], sim
    p.shot("report")


@case("events come by themselves, and are found")
def events(p):
    p.go("#/events")
    p.until("some", "return document.querySelectorAll('main tbody tr').length > 100")
    ctl("set-sla", "node1", "db2", "1Gbit")
    p.until("the newest is ours", "return /sla-set.*node1.*db2.*min 1Gbit/.test(document.querySelector('main tbody tr').textContent)")
    assert "new event" in p.text("#announce")[0]
    ctl("unset-sla", "node1", "db2")
    p.type_into("main input[type=search]", "host-down")
    p.until("one is left", "return document.querySelectorAll('main tbody tr').length === 1")
    assert "gone" in p.text("main tbody tr")[0]
    p.shot("events")


# --- what is hard to bring about: answers are put in ---


def answered(p, script):
    """From now on fetch(url, init) is answered by this body of a function, unless that gives nothing."""
    p.b.run("window.asked = []; window.really ??= window.fetch; window.fetch = async (url, init) => { window.asked.push(url);"
            " return await (async (url, init) => {" + script + "})(url, init) ?? window.really(url, init); };")


@case("a missed guarantee is counted, and its uplink comes first of those that are up")
def missed(p):
    p.fleet()
    p.type_into("main input[type=search]", "up")
    answered(p, "if (!url.endsWith('/hosts')) return null; const rows = await (await window.really(url, init)).json();"
                "rows.find((row) => row.host === 'node1' && row.uplink === 'up1').missed = 2; return Response.json(rows);")
    p.until("the figure", "return document.querySelectorAll('.tile .value')[2].textContent === '▲ 2 missed'")
    rows = p.cells("tr[data-host]")
    first = next(cells for cells in rows if "away" not in cells[2])
    equal(first[:2], ["node1", "up1"])
    assert "2 guarantees missed" in first[2], first
    equal(p.b.run("return [...document.querySelectorAll('tr[data-host] [data-kind=bad]')].filter((c) =>"
                  " /missed/.test(c.textContent) && c.checkVisibility()).length"), 1)


@case("history that is not stored is said")
def failing(p):
    p.fleet()
    equal(p.b.run("return /History is not stored/.test(document.querySelector('main').innerText)"), False)
    answered(p, "if (!url.endsWith('/status')) return null; const rows = await (await window.really(url, init)).json();"
                "rows.find((row) => row.name === 'history').value = 'failing'; return Response.json(rows);")
    p.until("it says so", "return /History is not stored/.test(document.querySelector('main').innerText)")


@case("a proxy without a server behind it is reported")
def proxy(p):
    p.fleet()
    answered(p, "return new Response('<h1>Bad Gateway</h1>', {status: 502});")
    p.until("it says so", "return document.getElementById('link').dataset.state === 'down' &&"
            " document.getElementById('alert').checkVisibility()")
    answered(p, "return null;")
    p.until("it is live", "return document.getElementById('alert').hidden")


@case("a page that was left asks nothing more")
def left(p):
    p.fleet()
    answered(p, "if (!url.includes('/history')) return null;"
                "return new Promise((_, no) => init.signal.addEventListener('abort', () => no(init.signal.reason)));")
    asked = "return window.asked.filter((url) => url.includes('/history')).length"
    p.b.run("location.hash = arguments[0]", f"#/host/{quote(args.hostile, safe='')}")
    p.until("two questions of ten are under way", f"{asked} === 2")
    p.b.run("location.hash = '#/'")
    p.until("the fleet is back", "return document.querySelectorAll('tr[data-host]').length > 0")
    equal(p.b.run(asked), 2)


# --- what it must not do ---


@case("names are text, whatever they say")
def hostile(p):
    names = {row["vm"] for row in table("vms", args.hostile)}
    equal(len(names), 10)
    p.host(args.hostile)
    p.until("ten plots", "return document.querySelectorAll('.plot').length === 10")
    equal(set(p.text(".plot h3")), names)
    equal(set(p.b.run("return [...document.querySelectorAll('main tbody[data-vm] th')].map((node) => node.textContent)")), names)
    equal(p.text("h1"), [args.hostile])
    p.shot("hostile")
    # A report of a day is made of whole minutes, and the page asks for it twice a minute.
    p.b.wait(90, "a minute is stored", lambda: table("report", args.hostile, "--since", "24h"))
    for hash_ in ("#/", "#/events", f"#/events?q={quote('<img')}", "#/report?span=1h", f"#/report?host={quote(args.hostile)}"):
        p.go(hash_)
        p.until("rows", "return document.querySelectorAll('main tbody tr').length > 0")
        assert "owned" not in p.text("h1"), hash_
    equal(p.b.run("return [window.pwned ?? null, document.querySelectorAll('main img, main script, main b').length]"), [None, 0])


@case("an unknown host says so, and an unknown page too")
def unknown(p):
    p.go("#/host/nowhere")
    p.until("it says so", "return /host nowhere is not known/.test(document.querySelector('main').textContent)")
    p.go("#/nothing")
    equal(p.text("h1"), ["No such page"])


@case("no script or style but its own is let in")
def policy(p):
    p.fleet()
    p.b.run("const s = document.createElement('script'); s.textContent = 'window.pwned = 1'; document.body.append(s);"
            "const d = document.createElement('div'); d.setAttribute('style', 'color: red'); document.body.append(d)")
    p.until("two violations", "return window.violations.length === 2")
    equal(p.b.run("return window.pwned ?? null"), None)
    p.b.gather()
    p.b.troubles.clear()  # these two were ours


# --- how it is used ---


@case("the keyboard reaches everything, and shows where it is")
def keyboard(p):
    for hash_, most in (("#/?q=node1", 60), ("#/host/node1", 80), ("#/report?span=1h", 60), ("#/events?q=host-down", 60)):
        p.go(hash_)
        p.until("rows", "return document.querySelectorAll('main tbody tr').length > 0")
        wanted = p.b.run(FOCUSABLE)
        reached = set()
        for _ in range(most):
            p.b.press("Tab")
            number, outline = p.b.run("const e = document.activeElement; return [e.dataset.number ?? null,"
                                      " getComputedStyle(e).outlineStyle]")
            if number is not None:
                reached.add(int(number))
                assert outline != "none", f"{hash_}: no focus to be seen on {number}"
        equal((hash_, len(reached)), (hash_, wanted))


@case("the first Tab offers to skip to the content")
def skip(p):
    p.fleet()
    p.b.press("Tab")
    equal(p.b.run("return document.activeElement.id"), "skip")
    assert p.b.run("return document.activeElement.getBoundingClientRect().top") >= 0
    p.b.press("Enter")
    equal(p.b.run("return document.activeElement.id"), "main")


@case("headings, landmarks and tables have their names")
def landmarks(p):
    for hash_ in ("#/", "#/host/node1", "#/report?span=1h", "#/events"):
        p.go(hash_)
        p.until("rows", "return document.querySelectorAll('main tbody tr').length > 0")
        equal(p.b.run("return ['main', 'header', 'nav', 'footer', 'h1'].filter((name) => !document.querySelector(name))"), [])
        equal(p.b.run("return [...document.querySelectorAll('th')].filter((th) => !th.scope).length"), 0)
        equal(p.b.run("return [...document.querySelectorAll('table')].filter((t) => !t.caption?.textContent).length"), 0)
        equal(p.b.run("return [...document.querySelectorAll('input, select')].filter((i) =>"
                      " !i.labels?.length && !i.getAttribute('aria-label')).length"), 0)


@case("on a phone nothing scrolls sideways but tables")
def phone(p):
    p.b.size(360, 740)
    try:
        for name, hash_ in (("fleet", "#/"), ("host", "#/host/sim0001"), ("report", "#/report?span=1h"), ("events", "#/events?q=sla"),
                            ("hostile", f"#/host/{quote(args.hostile, safe='')}"), (None, "#/host/node1?since=2020-01-01T00:00&until=2020-01-02T00:00")):
            p.go(hash_)
            p.until("rows", "return document.querySelectorAll('main tbody tr').length > 0")
            equal((hash_, p.b.run("return document.documentElement.scrollWidth")), (hash_, 360))
            if name:
                p.shot(f"phone-{name}")
    finally:
        p.b.size(1360, 900)


@case("text has a contrast of 4.5 at least, light and dark")
def contrast(p):
    grounds = set()
    try:
        for scheme in ("light", "dark"):
            p.b.media(prefers_color_scheme=scheme)
            for name, hash_ in (("fleet", "#/?q=o"), ("host", "#/host/node1"), ("report", "#/report?span=1h"),
                                ("events", "#/events?q=0")):
                p.go(hash_)
                p.until("rows", "return document.querySelectorAll('main tbody tr').length > 0")
                poor, looked_at = p.b.run(CONTRAST)
                equal((scheme, hash_, poor), (scheme, hash_, []))
                assert looked_at > 20, looked_at
                if scheme == "dark":
                    p.shot(f"dark-{name}", full=name != "events")
            grounds.add(p.b.run("return getComputedStyle(document.body).backgroundColor"))
        equal(len(grounds), 2)
    finally:
        p.b.media(prefers_color_scheme="light")


@case("a page that nobody sees asks for nothing, and goes on when it is seen")
def hidden(p):
    p.host("sim0001")
    p.b.run("Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
            "document.dispatchEvent(new Event('visibilitychange'))")
    asked = "return performance.getEntriesByType('resource').length"
    still = {"count": -1, "times": 0}

    def quiet():  # for two seconds, in which it would have asked twice
        now = p.b.run(asked)
        still["times"] = still["times"] + 1 if now == still["count"] else 0
        still["count"] = now
        return still["times"] >= 20

    p.b.wait(PATIENCE_S, "it is quiet", quiet)
    p.b.run("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    p.until("it asks again", f"{asked} > arguments[0]", still["count"])


@case("nothing was asked of anybody but the controller, and nothing complained about")
def inert(p):
    p.b.gather()
    assert len(p.b.requests) > 100
    equal(p.b.foreign(args.origin), [])
    # The browser itself reports answers that are refusals.
    equal([text for text in p.b.troubles if "host=nowhere" not in text], [])


@case("a controller that is gone is said to be, and one that is back is live")
def gone(p):
    p.host("node1")
    os.kill(args.controller_pid, signal.SIGKILL)
    said = p.until("it says so", "return document.getElementById('alert').checkVisibility() && document.getElementById('alert').textContent")
    assert said.startswith("No answer from the controller since 20") and " UTC." in said, said
    equal(p.b.run("return document.getElementById('link-text').textContent"), "no answer")
    assert p.cells("main tbody[data-vm]"), "what was shown stays"
    p.shot("no-answer")
    with open(os.path.join(args.folder, "controller-again.log"), "w", encoding="utf-8") as log:
        again = subprocess.Popen(args.controller, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        p.until("it is live", "return document.getElementById('alert').hidden && document.getElementById('link').dataset.state === 'ok'")
        p.until("VMs are heard of", "return [...document.querySelectorAll('tbody[data-vm] [data-field=usage]')].every((c) => /bit/.test(c.textContent))")
    finally:
        again.terminate()
        again.wait(30)


def main():
    global failed
    shutil.rmtree(args.shots, ignore_errors=True)
    os.makedirs(args.shots)
    with Browser(args.folder) as browser:
        page = Page(browser)
        for what, function in cases:
            try:
                function(page)
                print("ok", what, flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                traceback.print_exc()
                print("not ok", what, flush=True)
                try:
                    page.shot(f"failed-{function.__name__}")
                except (OSError, RuntimeError):
                    pass
    return 1 if failed else 0


sys.exit(main())
