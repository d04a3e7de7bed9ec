"""Phrases: words become names and lists of numbers of one kind; ranges are spelled out, brackets judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tongxin.places.addresses.names import is_venue
from tongxin.places.addresses.numerals import spell_out
from tongxin.places.addresses.prefixes import without_street
from tongxin.places.addresses.tokens import Kind, Token

_WITHOUT = re.compile("[,、]?(?:除外|除去|除了|除|不含|不包括|不包含)")
_EXCEPTED = re.compile("(?:除外|以外|外)?[,、。]?")
_ZONE = re.compile("(?:[东西南北中A-Za-z0-9一二三四五六七八九十]+|第.)(?:区|院|期|段|片区|小区|社区)")
_RANGED = {Kind.LANE, Kind.YARD, Kind.HOUSE, Kind.ROW, Kind.BUILDING, Kind.FLOOR}


@dataclass(slots=True)
class Phrase:
    """A name (its text the only value), or the numbers that one word counts; ``listed`` when a comma stands before."""

    kind: Kind
    values: list[str]
    word: str = ""
    listed: bool = False


@dataclass(slots=True)
class Sentence:
    """What was said: the phrases, those taken out, and whether something could not be read."""

    phrases: list[Phrase] = field(default_factory=list)
    excluded: list[Phrase] = field(default_factory=list)
    low: bool = False


class _Link(NamedTuple):
    """A counted word or a name, and what joins it to the one before: nothing, COMMA, DASH or TO."""

    kind: Kind
    text: str
    word: str
    joint: Kind


def sentence(words: list[Token]) -> Sentence:
    """Read the words of one address."""
    said = Sentence()
    outside = words
    if any(w.kind in (Kind.OPEN, Kind.CLOSE) or (w.kind == Kind.NAME and _WITHOUT.match(w.text)) for w in words):
        outside = _without_exclusions(_without_brackets(words, said), said)
    said.phrases = _phrases(outside, said)
    return said


def _without_brackets(words: list[Token], said: Sentence) -> list[Token]:
    closing, open_at = {}, []
    for i, word in enumerate(words):
        if word.kind == Kind.OPEN:
            open_at.append(i)
        elif word.kind == Kind.CLOSE and open_at:
            closing[open_at.pop()] = i
        elif word.kind == Kind.CLOSE:
            said.low = True
    said.low |= bool(open_at)
    kept: list[Token] = []
    i = 0
    while i < len(words):
        if i in closing:
            inner = [w for w in words[i + 1 : closing[i]] if w.kind not in (Kind.OPEN, Kind.CLOSE)]
            i = closing[i] + 1
            after = words[i].text if i < len(words) and words[i].kind == Kind.NAME else ""
            if _judge(inner, kept, after, said):
                words[i] = Token(Kind.NAME, without_street(after, ""))
        else:
            if words[i].kind not in (Kind.OPEN, Kind.CLOSE):
                kept.append(words[i])
            i += 1
    return kept


def _judge(inner: list[Token], kept: list[Token], after: str, said: Sentence) -> bool:
    """A bracket excludes, names parts or a zone, belongs to a name, or explains the same place and is dropped.

    True when what follows begins anew: ``速八酒店（国展店）东坝乡朝新家园18号楼`` is a shop's name with its address.
    """
    before = kept[-1].text if kept and kept[-1].kind == Kind.NAME else ""
    if inner and (_WITHOUT.match(inner[0].text) or inner[-1].text.endswith("除外")):
        _exclude(inner, said)
    elif inner and inner[-1].kind > Kind.BARE and all(w.kind != Kind.NAME for w in inner):
        kept.extend(inner)
    elif before and len(inner) == 1 and _ZONE.fullmatch(inner[0].text):
        kept[-1] = Token(Kind.NAME, f"{before}（{inner[0].text}）")
    elif before and after and not is_venue(before):
        kept[-1] = Token(Kind.NAME, f"{before}（{''.join(w.text + w.word for w in inner)}）")
    elif before and after:
        kept.pop()
        return True
    return False


def _without_exclusions(words: list[Token], said: Sentence) -> list[Token]:
    """``12号楼除1单元外`` without brackets: what stands between 除 and 外 is taken out."""
    start = next((i for i, w in enumerate(words) if i and w.kind == Kind.NAME and _WITHOUT.match(w.text)), None)
    if start is None:
        return words
    end = next((i for i in range(start + 1, len(words)) if words[i].kind == Kind.NAME), len(words))
    _exclude(words[start : end + 1], said)
    return words[:start] + words[end + 1 :]


def _exclude(inner: list[Token], said: Sentence) -> None:
    for word in inner:
        if word.kind == Kind.NAME:
            left = _WITHOUT.sub("", word.text, count=1)
            said.low |= _EXCEPTED.fullmatch(left) is None
    counted = [w for w in inner if w.kind != Kind.NAME]
    said.low |= not counted
    said.excluded.extend(_phrases(counted, said))


def _phrases(words: Iterable[Token], said: Sentence) -> list[Phrase]:
    found: list[Phrase] = []
    chains = list(_chains(_with_kinds(_links(words))))
    for i, chain in enumerate(chains):
        listed = chain[0].joint == Kind.COMMA or (i + 1 < len(chains) and chains[i + 1][0].joint == Kind.COMMA)
        for kind, values, word, joint in _resolve(chain, found, listed, said):
            last = found[-1] if found else None
            joins = joint == Kind.COMMA or (joint == Kind.BARE and kind == Kind.UNIT)
            if last and joins and kind == last.kind and kind != Kind.NAME:
                last.values.extend(values)
            else:
                found.append(Phrase(kind, values, word, joint == Kind.COMMA))
    return found


def _links(words: Iterable[Token]) -> list[_Link]:
    """Join each word to the one before it. BARE as a joint says that nothing stands between."""
    links: list[_Link] = []
    joint = Kind.BARE
    for kind, text, word in words:
        if kind in (Kind.COMMA, Kind.DASH, Kind.TO):
            joint = kind if links else Kind.BARE
            continue
        if kind == Kind.ABOVE:
            links.extend(_Link(Kind.FLOOR, str(n), "层", Kind.COMMA) for n in _floors_above(links, text, word))
            continue
        if kind == Kind.NAME and joint == Kind.BARE and links and links[-1].kind == Kind.NAME:
            links[-1] = links[-1]._replace(text=links[-1].text + text)
        else:
            links.append(_Link(kind, text, word, joint))
        joint = Kind.BARE
    return links


def _floors_above(links: list[_Link], more: str, way: str) -> Iterator[int]:
    """``5层及以上3层``: the three floors above the fifth."""
    floor = links[-1].text if links else ""
    if floor.isdecimal() and int(more) < 100:
        step = 1 if way == "上" else -1
        yield from (n for n in range(int(floor) + step, int(floor) + step * (int(more) + 1), step) if n > 0)


def _with_kinds(links: list[_Link]) -> list[_Link]:
    """In a list the word may stand once: ``14、15、16号楼`` gives its word to the left, ``23号楼、24`` to the right."""
    for i in range(len(links) - 2, -1, -1):
        this, after = links[i], links[i + 1]
        if this.kind == Kind.BARE and after.joint in (Kind.COMMA, Kind.TO) and after.kind > Kind.BARE:
            links[i] = this._replace(kind=after.kind, word=after.word)
    for i in range(1, len(links)):
        this, before = links[i], links[i - 1]
        if this.kind == Kind.BARE and this.joint == Kind.COMMA and before.kind > Kind.BARE:
            links[i] = this._replace(kind=before.kind, word=before.word)
    return links


def _chains(links: list[_Link]) -> Iterator[list[_Link]]:
    """Words held together by dashes or 至."""
    chain: list[_Link] = []
    for link in links:
        if chain and link.joint in (Kind.DASH, Kind.TO) and link.kind != Kind.NAME and chain[-1].kind != Kind.NAME:
            chain.append(link)
            continue
        if chain:
            yield chain
        chain = [link]
    if chain:
        yield chain


_Said = tuple[Kind, list[str], str, Kind]


def _resolve(chain: list[_Link], before: list[Phrase], listed: bool, said: Sentence) -> list[_Said]:
    """A chain is a number, a range, a number with a dash (``55-2号``), or a way down (``3-501``)."""
    first, last = chain[0], chain[-1]
    if len(chain) == 1:
        return [(first.kind, [first.text], first.word, first.joint)]
    if len(chain) == 2 and (numbers := _range(first, last, before, listed)):
        return [(max(first.kind, last.kind), list(numbers), last.word or first.word, first.joint)]
    if last.joint == Kind.TO:
        said.low = True
        return [(link.kind, [link.text], link.word, link.joint) for link in chain]
    if len(chain) == 2 and first.kind in (Kind.BARE, last.kind) and last.kind in _RANGED:
        return [(last.kind, [f"{first.text}-{last.text}"], last.word, first.joint)]
    return _way_down(chain, before)


def _range(first: _Link, last: _Link, before: list[Phrase], listed: bool) -> tuple[str, ...]:
    """The numbers of a range; empty when the two are no range."""
    kind = last.kind if last.kind > Kind.BARE else first.kind
    if first.kind not in (kind, Kind.BARE) or last.kind not in (kind, Kind.BARE):
        return ()
    if last.joint == Kind.DASH:
        named = any(p.kind == Kind.BUILDING for p in before)
        if kind == Kind.BARE:
            allowed = listed or len(first.text) == len(last.text) >= 3
        elif kind == Kind.UNIT:
            allowed = named or first.kind == Kind.UNIT
        elif kind == Kind.ROOM:
            allowed = len(first.text) == len(last.text)
        else:
            allowed = kind in _RANGED and not (kind == Kind.YARD and last.kind == Kind.BARE)
        if not allowed:
            return ()
    return spell_out(first.text, last.text)


def _way_down(chain: list[_Link], before: list[Phrase]) -> list[_Said]:
    """``302-1单元``, ``36-2-501``: each number lies in the one before; ``2C-13-2单元`` begins with a zone."""
    named = bool(before) and before[-1].kind == Kind.BUILDING
    level = Kind.UNIT if named else Kind.BUILDING
    steps: list[_Said] = []
    for i, link in enumerate(chain):
        kind = link.kind
        if kind == Kind.BARE:
            is_room = i == len(chain) - 1 and i + named > 0 and len(re.sub(r"\D", "", link.text)) >= 3
            kind = Kind.ROOM if is_room else level
            if i == 0 and len(chain) == 3 and chain[-1].kind == Kind.UNIT and not named:
                kind = Kind.NAME
        if kind >= Kind.BUILDING:
            level = Kind.UNIT if kind == Kind.BUILDING else Kind.ROOM
        steps.append((kind, [link.text], link.word, link.joint if i == 0 else Kind.BARE))
    return steps
