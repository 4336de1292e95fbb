"""The status page in a real browser, of a real daemon with a real upstream.

Screenshots are left in the build directory, to be looked at.
"""

import json
import sys
import time
import urllib.parse

import pytest

from browser import Browser
from lab import wait_for
from rtbh import BESIDE, BUILD, VICTIM
from scene import wait_route

PORT = 9479
ORIGIN = f"http://127.0.0.1:{PORT}"
SHOTS = BUILD / "screenshots"
DESKTOP, PHONE = (1280, 900), (390, 844)
MANY = 5000
# What a client may put into a reason to harm who looks at it.
HARM = ("<script>window.harmed = 1</script>", "</script><b id=harm>\"'&amp;",
        "<img src=x onerror='window.harmed = 2'>", "\u202eevil \u2028")
_FETCH = """
import sys, urllib.error, urllib.request
try:
    answer = urllib.request.urlopen(sys.argv[1], timeout=10)
except urllib.error.HTTPError as error:
    answer = error
print(answer.status)
print(answer.headers["Content-Type"])
print(answer.headers["Content-Security-Policy"])
print(answer.read().decode(), end="")
"""
# The contrast of every badge with what is behind it (WCAG 2).
_CONTRASTS = """(() => {
    const light = (color) => {
        const [r, g, b] = color.match(/\\d+/g).map((c) => {
            c /= 255;
            return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        const color = getComputedStyle(element).backgroundColor;
        return color.startsWith("rgba") ? behind(element.parentElement)
            : color;
    };
    const texts = document.querySelectorAll(
        ".badge, .dim, h2, th, td, a, footer, dt, dd, .about");
    return [...texts].map((element) => {
        const pair = [light(getComputedStyle(element).color),
            light(behind(element))].sort((a, b) => b - a);
        return (pair[0] + 0.05) / (pair[1] + 0.05);
    });
})()"""
_ROWS = "[...document.querySelectorAll('#rows tr')].map((r) => r.innerText)"


def fetch(scene, path):
    """Status, type, policy and text."""
    done = scene.node.run(sys.executable, "-c", _FETCH, ORIGIN + path)
    status, kind, policy, text = done.stdout.split("\n", 3)
    return int(status), kind, policy, text


def victims(scene, **query):
    """One part; the daemon may ask for patience."""
    path = "/victims.json?" + urllib.parse.urlencode(query)

    def part():
        status, _, _, text = fetch(scene, path)
        assert status in (200, 503), text
        return json.loads(text) if status == 200 else None
    return wait_for("the victims", part)


@pytest.fixture
def router(scene):
    scene.rtbh.config["metrics"] = {"listen": f"127.0.0.1:{PORT}"}
    return scene.upstream("bird", description="cross-connect 4711")


@pytest.fixture
def browser(scene):
    made = Browser(scene.lab, scene.node)
    made.start()
    made.look(*DESKTOP)
    return made


def show(browser, text):
    """Waits until the page shows the text; it is compared as it is."""
    browser.wait(f"{text!r} is on the page",
                 f"document.body.innerText.includes({json.dumps(text)})")


def check_clean(browser):
    """It had nothing to complain about, and asked nobody else."""
    busy = [p for p in browser.problems
            if "status of 503" in p.get("text", "")]
    assert [p for p in browser.problems if p not in busy] == []
    assert browser.addresses
    for address in browser.addresses:
        assert address.startswith((f"{ORIGIN}/", "data:,", "about:blank"))


def test_what_happens_is_shown(scene, router, browser):
    scene.start()
    browser.open(ORIGIN)
    show(browser, "Nothing is blackholed.")
    show(browser, "cross-connect 4711")
    show(browser, "1 of 1")
    show(browser, "ipv4: 1")
    scene.rtbh.ctl("add", VICTIM[4], "--ttl", "1h", "--reason", "syn flood")
    wait_route(router, VICTIM[4])
    show(browser, "up0 delivered")
    show(browser, "victim.added")
    rows = browser.value(_ROWS)
    assert len(rows) == 1
    assert VICTIM[4] in rows[0] and "root: syn flood" in rows[0]
    left = "document.querySelector('#rows tr').left.textContent"
    before = browser.value(left)
    assert before == "1:00:00" or before.startswith("59:")
    browser.wait("the time runs", f"{left} !== '{before}'")
    scene.rtbh.ctl("add", BESIDE[4], "--owner", "noc", "--ttl", "1h")
    show(browser, BESIDE[4])
    scene.rtbh.ctl("withdraw", VICTIM[4])
    show(browser, "victim.withdrawn")
    browser.wait("one victim is left", f"{_ROWS}.length === 1")
    assert browser.value("document.getElementById('most').textContent") == \
        "at most 2"
    check_clean(browser)


def test_trouble_is_shown(scene, router, browser):
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    wait_route(router, VICTIM[4])
    browser.open(ORIGIN)
    show(browser, "OK")
    router.stop()
    show(browser, "CRITICAL")
    show(browser, "up0 down")
    show(browser, f"{VICTIM[4]} is covered nowhere")
    show(browser, "neighbor.down")
    scene.rtbh.ctl("freeze")
    browser.screenshot(SHOTS / "trouble.png")
    show(browser, "frozen: only operators change victims")
    assert browser.value("document.title") == "rtbh: critical"
    check_clean(browser)
    scene.rtbh.stop()
    show(browser, "The daemon has not answered since")
    browser.screenshot(SHOTS / "stopped.png")
    scene.rtbh.start()
    browser.wait("the page has recovered",
                 "document.getElementById('alarm').hidden")


def test_nothing_that_clients_say_is_run(scene, router, browser):
    scene.rtbh.config["neighbors"][0]["description"] = HARM[0]
    scene.start()
    for number, reason in enumerate(HARM):
        scene.rtbh.ctl("add", f"203.0.113.{number + 1}", "--reason", reason)
    browser.open(ORIGIN)
    browser.wait("all are there", f"{_ROWS}.length === {len(HARM)}")
    texts = browser.value("document.body.textContent")
    for reason in HARM:
        assert reason in texts
    assert HARM[0] in browser.value(
        "document.getElementById('sessions').textContent")
    assert browser.value("window.harmed === undefined")
    assert browser.value("document.querySelectorAll('script, img, b').length"
                         " === 3")
    check_clean(browser)
    assert router.established("rtbh")


def fill(scene, count):
    """So many IPv6 victims in one commit; two of them stand out."""
    prefixes = [{"prefix": f"2001:db8:100::{number:x}", "reason": "flood"}
                for number in range(1, count + 1)]
    prefixes[count // 2]["reason"] = "needle in the middle"
    prefixes[-1]["reason"] = "the Last one"
    with scene.rtbh.connect() as control:
        control.write(json.dumps({
            "jsonrpc": "2.0", "id": 1, "method": "victim.add_many",
            "params": {"victims": prefixes, "wait": "delivered",
                       "timeout": 60}}) + "\n")
        control.flush()
        assert json.loads(control.readline())["result"]["added"] == count


@pytest.fixture
def crowd(scene):
    """A daemon with many victims at an upstream that has them all."""
    scene.rtbh.config["metrics"] = {"listen": f"127.0.0.1:{PORT}"}
    scene.rtbh.config["blackhole"] = {"max-victims": 2 * MANY}
    scene.upstream("bird", 6)
    scene.start()
    fill(scene, MANY)
    return scene


def test_many_victims(crowd, browser, record_property):
    began = time.monotonic()
    browser.open(ORIGIN)
    browser.wait("the first page", f"{_ROWS}.length >= 100")
    took = time.monotonic() - began
    record_property("figure", f"status page of {MANY} victims: {took:.2f} s")
    assert took < 10
    assert browser.value(f"{_ROWS}[0]").startswith("2001:db8:100::1/128")
    show(browser, "5,000")
    browser.value("document.getElementById('more').click()")
    show(browser, "page 2, 100 shown")
    assert browser.value(f"{_ROWS}[0]").startswith("2001:db8:100::65/128")
    browser.screenshot(SHOTS / "many.png")
    browser.value("document.getElementById('back').click()")
    show(browser, "page 1, 100 shown")
    search = "document.getElementById('search')"
    for text, count in (("NEEDLE", 1), ("last", 1), ("::1388/", 1),
                        ("nowhere to be found", 0)):
        browser.value(f"{search}.value = {json.dumps(text)}; "
                      f"{search}.dispatchEvent(new Event('input'))")
        browser.wait(f"what {text!r} finds",
                     f"{_ROWS}.length === {count} && "
                     f"!document.getElementById('none').hidden === "
                     f"{json.dumps(count == 0)}")
    browser.value(f"{search}.value = ''; "
                  "document.getElementById('only').click()")
    show(browser, "No victim here.")
    check_clean(browser)
    assert crowd.rtbh.established("up0")


def test_parts_make_the_whole(crowd):
    """Each victim once, in order, and those that the text finds."""
    seen, after = [], ""
    while after is not None:
        part = victims(crowd, **({"after": after} if after else {}))
        assert len(part["victims"]) <= 100
        seen += [v["prefix"] for v in part["victims"]]
        after = part["next"]
    assert seen == [f"2001:db8:100::{number:x}/128"
                    for number in range(1, MANY + 1)]
    state = part["states"][int(part["victims"][0]["standing"])]
    assert (part["neighbors"], state) == (["up0"], "delivered")
    found = victims(crowd, search="needle", after="2001:db8:100::900")
    assert [v["prefix"] for v in found["victims"]] == [
        f"2001:db8:100::{MANY // 2 + 1:x}/128"]


def test_in_light_and_dark_and_small(scene, router, browser):
    scene.rtbh.neighbor("away", "192.0.2.250", 64999, description="not there")
    router.start()
    scene.rtbh.start()
    scene.wait_established([0])
    scene.rtbh.ctl("add", VICTIM[4], "--reason", "udp flood 12 Mpps " * 9)
    scene.rtbh.ctl("add", BESIDE[4], "--forever", code=1)
    scene.rtbh.ctl("add", "203.0.113.9", "--owner", "noc", "--ttl", "6d")
    wait_route(router, VICTIM[4])
    browser.open(ORIGIN)
    show(browser, "up0 delivered")
    backs = set()
    for name, size, dark in (("light", DESKTOP, False), ("dark", DESKTOP, True),
                             ("phone", PHONE, False),
                             ("phone-dark", PHONE, True)):
        browser.look(*size, dark)
        browser.screenshot(SHOTS / f"{name}.png")
        backs.add(browser.value(
            "getComputedStyle(document.body).backgroundColor"))
        assert browser.value("document.documentElement.scrollWidth === "
                             "document.documentElement.clientWidth")
        assert min(browser.value(_CONTRASTS)) >= 4.5
    assert len(backs) == 2
    assert browser.value("[...document.querySelectorAll('input')].every("
                         "(i) => i.labels.length === 1)")
    check_clean(browser)


@pytest.mark.parametrize("query", [
    "after=nonsense", "search=" + 65 * "a", "only=this", "other=1", "after",
    "after=203.0.113.7/24"])
def test_wrong_questions(scene, router, query):
    scene.rtbh.start()
    assert router.kind == "bird"
    assert fetch(scene, f"/victims.json?{query}")[0] == 400


def test_what_is_served(scene, router):
    """A page that browsers may not load or run anything else for."""
    scene.rtbh.config["neighbors"][0]["password"] = "not for you"
    scene.rtbh.write_config().chmod(0o600)
    scene.rtbh.daemon.start()
    wait_for("it serves", lambda: scene.node.run(
        sys.executable, "-c", _FETCH, ORIGIN, check=False).returncode == 0)
    status, kind, policy, text = fetch(scene, "/")
    assert (status, kind) == (200, "text/html; charset=utf-8")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert text.startswith("<!DOCTYPE html>\n") and "://" not in text
    status, kind, policy, text = fetch(scene, "/status.json")
    assert (status, kind) == (200, "application/json")
    assert policy == "default-src 'none'"
    assert "not for you" not in text
    told = json.loads(text)
    assert [n["name"] for n in told["neighbors"]] == ["up0"]
    assert told["day"] == {"step": 300, "victims": [0]}
    assert router.kind == "bird"
