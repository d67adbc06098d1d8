"""Runs the browser test if there is what it needs; otherwise says what is missing, and exits with 77."""
import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
OLDEST_NODE = 18
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def skip(what):
    print(f"SKIPPED: {what}")
    sys.exit(77)


def find_node():
    node = shutil.which("node")
    if not node:
        skip("node is not here; get it with: apt-get install nodejs npm")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.match(r"v(\d+)", said)
    if not version or int(version[1]) < OLDEST_NODE:
        skip(f"node is {said.strip()}, but the test needs {OLDEST_NODE} or newer")
    return node


def find_browser():
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    return skip("no Chromium is here; get it with: apt-get install chromium")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the full cluster, or what speaks like it")
    parser.add_argument("--pictures", required=True, help="directory for screenshots; made if need be")
    given = parser.parse_args()
    node = find_node()
    if not (HERE / "node_modules" / "playwright-core").is_dir():
        skip("playwright-core is not here; get it with: npm ci --prefix tests/browser")
    browser = find_browser()
    Path(given.pictures).mkdir(parents=True, exist_ok=True)
    # In place of this process, so that a signal for the test reaches it.
    os.execv(node, [node, str(HERE / "browser_test.mjs"), given.program, browser, given.pictures])


if __name__ == "__main__":
    main()
