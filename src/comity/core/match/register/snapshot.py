"""An index written down as a stream of bytes and read again, so that a process need not read the whole register.

The stream says what a person is called and when they were born: who stores it seals it. It is good for the very
version of the software that wrote it, because the meaning of keys and of places belongs to that version.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from comity.core.match.growing import Growing, Rows
from comity.core.match.names.interning import Interned, Kept
from comity.core.match.register.index import RegisterIndex
from comity.core.match.register.keys import Keys
from comity.core.match.register.persons import ROWS, Distinct, Persons
from comity.core.match.register.postings import Postings
from comity.errors import NodeError

LAYOUT: Final = 3
_LENGTH: Final = 8
_MOST_HEAD: Final = 1 << 30
_COLUMNS: Final = ("ids", "alive", "sexes", "named")

Arrays = dict[str, NDArray[Any]]


def written(
    index: RegisterIndex, head: Mapping[str, str | int], versions: NDArray[np.int32]
) -> Iterator[bytes]:
    """Yield the bytes of an index.

    Args:
        index: swept, so that nothing of a removed record is written.
        head: what the caller needs to know again.
        versions: of the subjects, by the caller's identity.
    """
    kept = index.persons.interned.kept()
    index.postings.merge()
    arrays: Arrays = {
        "versions": versions,
        **{name: getattr(index.persons, name).filled for name in _COLUMNS},
    }
    for name in ROWS:
        rows: Rows = getattr(index.persons, name)
        arrays |= {f"{name}.bounds": rows.bounds.filled, name: rows.values.filled}
    arrays |= {f"name.{name}": getattr(kept, name) for name in Kept._fields if name != "letters"}
    arrays |= {f"key.{name}": getattr(index.postings, name) for name in ("keys", "bounds", "records")}
    described = {
        "layout": LAYOUT,
        "head": dict(head),
        "letters": kept.letters,
        "skeletons": index.keys.skeletons,
        "places": index.persons.place_texts.texts,
        "nationalities": index.persons.nationality_texts.texts,
        "arrays": [[name, array.dtype.str, list(array.shape)] for name, array in arrays.items()],
    }
    octets = json.dumps(described, ensure_ascii=False).encode()
    yield len(octets).to_bytes(_LENGTH, "big")
    yield octets
    for array in arrays.values():
        yield np.ascontiguousarray(array).tobytes()


def read_head(read: Callable[[int], bytes]) -> dict[str, Any]:
    """Return what stands before the arrays.

    Raises:
        NodeError: ``register.index-unreadable``.
    """
    length = int.from_bytes(read(_LENGTH), "big")
    if not 0 < length < _MOST_HEAD:
        raise NodeError("register.index-unreadable")
    try:
        found = json.loads(read(length))
    except ValueError:
        raise NodeError("register.index-unreadable") from None
    if not isinstance(found, dict) or found.get("layout") != LAYOUT:
        raise NodeError("register.index-unreadable")
    return found


def restored(
    described: Mapping[str, Any], read: Callable[[int], bytes]
) -> tuple[RegisterIndex, NDArray[np.int32]]:
    """Return the index and the versions whose head was read.

    Raises:
        NodeError: ``register.index-unreadable``.
    """
    arrays: Arrays = {}
    for name, kind, shape in described["arrays"]:
        size = int(np.prod(shape)) * np.dtype(kind).itemsize
        octets = read(size)
        if len(octets) != size:
            raise NodeError("register.index-unreadable")
        arrays[name] = np.frombuffer(octets, dtype=kind).reshape(shape)
    kept = Kept(described["letters"], *(arrays[f"name.{name}"] for name in Kept._fields if name != "letters"))
    columns = {name: Growing(arrays[name].dtype, arrays[name]) for name in _COLUMNS}
    rows = {name: Rows(arrays[name].dtype, arrays[f"{name}.bounds"], arrays[name]) for name in ROWS}
    persons = Persons(
        Interned.restored(kept), Distinct(described["nationalities"]), Distinct(described["places"])
    )
    for name, column in (columns | rows).items():
        setattr(persons, name, column)
    postings = Postings(arrays["key.keys"], arrays["key.bounds"], arrays["key.records"])
    return RegisterIndex(Keys(described["skeletons"]), persons, postings), arrays["versions"]
