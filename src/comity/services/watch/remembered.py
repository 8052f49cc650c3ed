"""What this node remembers of a search, to see who fishes: keyed words, for ninety days.

Implements docs/protocol/probe.md §9.5. The key is derived from the node's field key, as that of the register's words: the
words tell nothing to whoever has a copy of the database without it.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.derive import Label, derive
from comity.core.instant import Instant
from comity.core.probe.query import Query
from comity.core.watch.justified import Justification
from comity.core.watch.traits import is_case, traits_of
from comity.services.context import Actor, Node
from comity.storage.fields import field_key
from comity.storage.indexes import asked as asked_rows
from comity.storage.models.watch import SearchLook

KEPT = timedelta(days=90)
WORD_BYTES = 16


class Words:
    """Makes the keyed words of one node; those of one regime are unlike those of another."""

    def __init__(self, node: Node, regime: Regime) -> None:
        self._key = derive(field_key(node.alias), Label.SEARCH_WATCH)
        self._regime = regime

    def word(self, use: str, *texts: str) -> str:
        """Return the word of texts for a use, 32 hex digits; empty when the texts are."""
        if not any(texts):
            return ""
        octets = "\x00".join((self._regime.value, use, *texts)).encode()
        return hmac.digest(self._key, octets, "sha256")[:WORD_BYTES].hex()


def remembered(
    node: Node,
    rid: str,
    partner: str,
    regime: Regime,
    actor: Actor,
    case: str,
    query: Query,
    said: Justification,
    at: Instant,
) -> SearchLook:
    """Return what is remembered of a search; its caller stores it with the intent."""
    words, traits = Words(node, regime), traits_of(query)
    return SearchLook(
        rid=rid,
        regime=regime.value,
        partner=partner,
        asker=asker_name(actor, said),
        at=at,
        person=words.word("person", traits.person),
        name=words.word("name", traits.name),
        family=words.word("family", traits.family),
        birth=words.word("birth", traits.birth),
        after=words.word("birth", traits.after),
        document=words.word("document", traits.document),
        second_name=words.word("name", traits.second_name),
        second_family=words.word("family", traits.second_family),
        cased=is_case(case),
        justified=not said.missing(regime),
        profession=said.profession or "",
        at_odds=said.is_at_odds,
    )


def asker_name(actor: Actor, said: Justification) -> str:
    """Return who searched, with the officer for whom a case system did."""
    return f"{actor.name}/{said.on_behalf}" if said.on_behalf else actor.name


def case_word(node: Node, regime: Regime, partner: str, case: str) -> str:
    """Return the word of a case at a partner."""
    return Words(node, regime).word("case", partner, case.strip())


def case_pseudonym(node: Node, partner: ServiceId, case: str) -> str:
    """Return the pseudonym of a case towards one partner: it is unlike any identifier used in requests."""
    key = asked_rows.secret(node.alias, "case", node.random(32))
    return hmac.digest(key, f"{partner}|{case}".encode(), hashlib.sha256)[:16].hex()
