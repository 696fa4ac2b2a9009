"""The part of Solr's query language in which CKAN's clients ask: `q` and `fq`.

Terms and phrases with or without a field, groups, AND, OR, NOT, `+`, `-`, `!`, ranges and `*`. Words
side by side must all match, as in CKAN. Boosts and fuzziness are read and left aside: they only
order what is found.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from .refusals import SearchError

MOST_CLAUSES = 1024  # Solr's own limit
DEEPEST = 32

TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<and>AND(?=[\s()]|$)|&&)
  | (?P<or>OR(?=[\s()]|$)|\|\|)
  | (?P<not>NOT(?=[\s()]|$)|!)
  | (?P<sign>[+-])
  | (?P<open>\()
  | (?P<close>\))
  | (?P<range>[\[{]\s*(?P<low>"[^"]*"|\S+?)\s+TO\s+(?P<high>"[^"]*"|[^\s\]}]+)\s*(?P<end>[\]}]))
  | (?P<quoted>"(?P<inside>(?:\\.|[^"\\])*)")
  | (?P<loose>[\^~][0-9.]*)
  | (?P<field>(?:\\.|[^\s:()\[\]{}"^~\\!+])(?:\\.|[^\s:()\[\]{}"^~\\])*(?=:))
  | (?P<colon>:)
  | (?P<term>(?:\\.|[^\s:()\[\]{}"^~\\])+)
    """,
    re.VERBOSE | re.DOTALL,
)
NO_WORDS = re.compile(r'\b(?:AND|OR|NOT)\b|["()\[\]{}+!^~\\]')
ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Everything:
    pass


@dataclass(frozen=True, slots=True)
class Match:
    """A term or a phrase. `pattern` keeps the wildcards of a term; None where it has none."""

    field: str
    text: str
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`; None is open."""

    field: str
    low: str | None
    high: str | None
    with_low: bool = True
    with_high: bool = True


@dataclass(frozen=True, slots=True)
class All:
    parts: "Sequence[Condition]"


@dataclass(frozen=True, slots=True)
class Any_:
    parts: "Sequence[Condition]"


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition: TypeAlias = Everything | Match | Range | All | Any_ | Not
ANY_TEXT = "text"  # the field that Solr asks when none is named


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    low: str = ""
    high: str = ""


def parse(query: str) -> Condition:
    """What the query asks for; SearchError when it cannot be read."""
    if query.lstrip().startswith("{!"):
        raise SearchError("Local parameters are not supported.")
    return _Parser(_tokens(query), query).whole()


def parse_words(query: str) -> Condition:
    """What somebody typed: nothing is an error, and what is not understood is a word."""
    if ":" in query:
        return parse(query)
    try:
        return parse(query)
    except SearchError:
        return Match(ANY_TEXT, NO_WORDS.sub(" ", query))


def _tokens(query: str) -> list[Token]:
    tokens, at = [], 0
    while at < len(query):
        found = TOKEN.match(query, at)
        if found is None or found.lastgroup is None:
            raise _unreadable(query)
        at = found.end()
        kind = next(name for name in _KINDS if found[name] is not None)
        if kind == "quoted":
            tokens.append(Token(kind, ESCAPE.sub(r"\1", found["inside"])))
        elif kind == "range":
            tokens.append(Token(kind, found[kind][0] + found["end"], found["low"], found["high"]))
        elif kind != "loose":
            tokens.append(Token(kind, found[kind]))
        if len(tokens) > 6 * MOST_CLAUSES:
            raise SearchError("too many boolean clauses")
    return tokens


_KINDS = (
    "space",
    "and",
    "or",
    "not",
    "sign",
    "open",
    "close",
    "range",
    "quoted",
    "loose",
    "field",
    "colon",
    "term",
)


class _Parser:
    def __init__(self, tokens: list[Token], query: str) -> None:
        self.tokens = tokens
        self.query = query
        self.at = 0
        self.depth = 0
        self.clauses = 0

    def whole(self) -> Condition:
        found = self.either(ANY_TEXT)
        if self.peek() is not None:
            raise _unreadable(self.query)
        return found

    def peek(self) -> str | None:
        while self.at < len(self.tokens) and self.tokens[self.at].kind == "space":
            self.at += 1
        return self.tokens[self.at].kind if self.at < len(self.tokens) else None

    def take(self) -> Token:
        if self.peek() is None:
            raise _unreadable(self.query)
        self.at += 1
        return self.tokens[self.at - 1]

    def either(self, field: str) -> Condition:
        parts = [self.together(field)]
        while self.peek() == "or":
            self.take()
            parts.append(self.together(field))
        return parts[0] if len(parts) == 1 else Any_(parts)

    def together(self, field: str) -> Condition:
        parts = [self.one(field)]
        while (kind := self.peek()) not in {None, "or", "close"}:
            if kind == "and":
                self.take()
            parts.append(self.one(field))
        return parts[0] if len(parts) == 1 else All(parts)

    def one(self, field: str) -> Condition:
        kind = self.peek()
        if kind == "not" or (kind == "sign" and self.tokens[self.at].text == "-"):
            self.take()
            return Not(self.deeper(field))
        if kind == "sign":
            self.take()
        return self.deeper(field)

    def deeper(self, field: str) -> Condition:
        self.depth += 1
        self.clauses += 1
        if self.depth > DEEPEST or self.clauses > MOST_CLAUSES:
            raise SearchError("too many boolean clauses")
        found = self.primary(field)
        self.depth -= 1
        return found

    def primary(self, field: str) -> Condition:
        token = self.take()
        match token.kind:
            case "open":
                inner = self.either(field)
                if self.take().kind != "close":
                    raise _unreadable(self.query)
                return inner
            case "field":
                if self.take().kind != "colon":
                    raise _unreadable(self.query)
                return self.of_field(ESCAPE.sub(r"\1", token.text))
            case "sign" | "not":
                self.at -= 1
                return self.one(field)
            case "range":
                return _range(field, token)
            case "quoted":
                return Match(field, token.text)
            case "term":
                return _term(field, token.text)
        raise _unreadable(self.query)

    def of_field(self, field: str) -> Condition:
        if field == "*":
            value = self.take()
            if value.text != "*":
                raise _unreadable(self.query)
            return Everything()
        return self.deeper(field)


def _term(field: str, text: str) -> Match:
    plain = Match(field, ESCAPE.sub(r"\1", text))
    if re.search(r"(?<!\\)(?:\\\\)*[*?]", text):
        return replace(plain, pattern=text)
    return plain


def _range(field: str, token: Token) -> Range:
    low, high = (
        None if end == "*" else ESCAPE.sub(r"\1", end.strip('"')) for end in (token.low, token.high)
    )
    return Range(field, low, high, token.text[0] == "[", token.text[1] == "]")


def _unreadable(query: str) -> SearchError:
    return SearchError(f"SOLR returned an error running query: Cannot parse {query[:200]!r}")
