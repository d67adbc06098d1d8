"""Just enough of C++'s lexer to tell code from comments and literals."""
from __future__ import annotations

import re
from typing import Iterator

# In the order in which they must be tried. A number is a token of its own because of 1'000.
TOKEN = re.compile(r"""
    (?P<comment> //(?:\\\r?\n|[^\n])* | /\*.*?(?:\*/|\Z) )
  | (?P<raw>     (?:u8|[uUL])?R"(?P<delimiter>[^()\\\s]{0,16})\(.*?(?:\)(?P=delimiter)"|\Z) )
  | (?P<string>  (?:u8|[uUL])?"(?:\\.|[^"\\\n])*(?:"|(?=\n)|\Z) )
  | (?P<number>  \.?\d(?:'?[\w.]|(?<=[eEpP])[+-])* )
  | (?P<char>    (?:u8|[uUL])?'(?:\\.|[^'\\\n])*(?:'|(?=\n)|\Z) )
  | (?P<word>    [A-Za-z_]\w* )
  | (?P<other>   . )
""", re.VERBOSE | re.DOTALL)


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of every token; joined, they are the text again."""
    for found in TOKEN.finditer(text):
        kind = found.lastgroup or "other"
        yield ("raw" if kind == "delimiter" else kind), found[0]


def blanked(text: str, kinds: tuple[str, ...] = ("comment", "raw", "string", "char")) -> str:
    """The text with those kinds of token turned into spaces: every line and column stays where it was."""
    return "".join(re.sub(r"[^\n]", " ", token) if kind in kinds else token for kind, token in tokens(text))


def code(text: str) -> str:
    """Code alone; an #include keeps no path."""
    return blanked(text)


def includes(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, opening character, path) of every #include."""
    for number, line in enumerate(blanked(text, ("comment", "raw")).splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if found:
            yield number, found[1], found[2]
