"""A relative link leads to something that is there."""
from __future__ import annotations

import re
from typing import Iterator
from urllib.parse import unquote

from .markdown import Complaint, Page

LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")


def check(page: Page) -> Iterator[Complaint]:
    for line, _, text in page.prose:
        for target in LINK.findall(re.sub(r"`[^`]*`", "", text)):
            file = unquote(target.split("#")[0])
            if not file or re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            if not (page.path.parent / file).exists():
                yield Complaint(line, f"the link leads to {target}, and there is nothing")
