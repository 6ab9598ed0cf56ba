"""How long after a keystroke the finder's rows are drawn, over `file://`, in a Chromium that is slowed down: for `make bench`."""

from __future__ import annotations

import shutil
import statistics
from pathlib import Path

from playwright.sync_api import sync_playwright

SLOWED, MOST, TYPED = 4, 50, "np.percentile np.argmax"  # times; milliseconds that are the goal; what is typed
ROUNDS = 5  # of which each keystroke's quickest counts: the others wait for what else the machine does
WATCH = """() => {
  window.taken = [];
  document.activeElement.addEventListener("input", () => {
    const began = performance.now();
    requestAnimationFrame(() => setTimeout(() => taken.push(performance.now() - began)));
  }, true);
}"""


def taken(site: Path, chromium: str) -> list[float]:
    """Milliseconds from each keystroke until the browser has drawn."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        window = browser.new_page()
        window.goto((site / "index.html").as_uri())
        window.keyboard.press("/")
        window.keyboard.type("a")
        window.locator(".finder-row").first.wait_for()
        window.context.new_cdp_session(window).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        window.evaluate(WATCH)
        rounds = []
        for _ in range(ROUNDS):
            window.locator(":focus").fill("a")
            window.wait_for_timeout(500)
            window.evaluate("taken.length = 0")
            for letter in TYPED:
                window.keyboard.type(letter)
                window.wait_for_timeout(200)
            rounds.append(window.evaluate("taken"))
        browser.close()
    return [min(each) for each in zip(*rounds, strict=True)]


def tell(site: Path) -> None:
    """Print it, or that there is no browser."""
    if not (chromium := shutil.which("chromium")):
        print("\nno Chromium: keystrokes are not measured")
        return
    found = taken(site, chromium)
    told = f"median {statistics.median(found):.0f} ms, longest {max(found):.0f} ms; the goal is {MOST} ms"
    print(f"\n{len(found)} keystrokes in the finder, Chromium slowed {SLOWED} times: {told}")
