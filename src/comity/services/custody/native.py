"""Compiles the native evaluation of one's own tokens, where there is a compiler and a processor for it.

The library is tried against the one that it replaces before it takes its place; nothing changes when anything fails.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.crypto import oprf
from comity.core.crypto.agent import ProbeKeyId
from comity.core.crypto.native import library, own
from comity.core.crypto.native.multiples import natively
from comity.core.crypto.voprf import sodium
from comity.core.crypto.voprf.sodium import Secret
from comity.errors import NodeError

COMPILER = "cc"
FLAG = "avx512ifma"
SECONDS = 300
TRIED = 1000
"""Random tokens that are compared before the library takes its place."""


def compile_native(target: Path = Path(library.LIBRARY), compiler: str = COMPILER) -> Path:
    """Compile the library and put it in its place.

    Args:
        target: where it goes, on the file system of a writable folder.
        compiler: name or path of a C compiler (gcc 9 or clang 9, or newer).

    Raises:
        NodeError: ``probe.sodium-missing``, ``probe.native-processor``, ``probe.native-compiler``,
            ``probe.native-failed``, ``probe.native-wrong``.
    """
    sodium.require()
    if FLAG not in _flags():
        raise NodeError("probe.native-processor", flag=FLAG)
    if shutil.which(compiler) is None:
        raise NodeError("probe.native-compiler", compiler=compiler)
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            made = _compiled(Path(folder), compiler)
            verify_native(made)
            made.replace(target)
    except (OSError, subprocess.SubprocessError):
        raise NodeError("probe.native-failed", target=target.name) from None
    library.library.cache_clear()
    return target


def verify_native(path: Path) -> None:
    """Refuse a library that computes something else than the one it replaces.

    Raises:
        NodeError: ``probe.native-wrong``.
    """
    native = library.load(str(path))
    key = ProbeKeyId(ServiceId("XX.native"), Regime.POLICE, PurposeGroup.WANTED, 1)
    seed = secrets.token_bytes(oprf.SEED_BYTES)
    reference = oprf.evaluator(seed, key)
    tokens = [secrets.token_bytes(own.TOKEN_BYTES) for _ in range(TRIED)]
    if native is None:
        raise NodeError("probe.native-wrong")
    evaluator = own.OwnTokens(reference, seed, oprf.key_context(key), native)
    if evaluator.evaluate(tokens) != oprf.evaluate_own(reference, tokens):
        raise NodeError("probe.native-wrong")
    points = [sodium.from_uniform(secrets.token_bytes(sodium.WIDE_BYTES)) for _ in range(library.MOST_POINTS)]
    weights = [sodium.reduced(secrets.token_bytes(sodium.WIDE_BYTES)) for _ in points]
    if library.weighted_sum(native, weights, points) != sodium.weighted_sum(weights, points):
        raise NodeError("probe.native-wrong")
    scalars = [Secret.of(weight) for weight in weights]
    if natively(native, scalars, points) != [
        sodium.multiply(*each) for each in zip(weights, points, strict=True)
    ]:
        raise NodeError("probe.native-wrong")


def _compiled(folder: Path, compiler: str) -> Path:
    objects = []
    for source, flags in library.SOURCES.items():
        objects.append(folder / f"{source}.o")
        command = [compiler, *flags, "-fPIC", "-c", f"{library.FOLDER}/{source}", "-o", str(objects[-1])]
        subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
    made = folder / "made.so"
    command = [
        compiler,
        "-shared",
        "-o",
        str(made),
        *map(str, objects),
        "-Wl,-z,relro,-z,now",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
    return made


def _flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return set()
    return next((set(line.split(":", 1)[1].split()) for line in lines if line.startswith("flags")), set())
