"""Country names, in the spellings of the lists, as ISO 3166 alpha-2 codes.

The names come from the locale table of the phonenumbers library (CLDR); the spellings that sanctions lists use
instead stand here.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location

_LANGUAGES = ("en", "fr", "nl", "de", "es", "it", "ar")
_SPELLINGS = {
    "bolivia (plurinational state of)": "BO",
    "bosnia and herzegovina": "BA",
    "brunei darussalam": "BN",
    "burma": "MM",
    "cabo verde": "CV",
    "congo": "CG",
    "congo, democratic republic of the": "CD",
    "congo, republic of the": "CG",
    "cote d ivoire": "CI",
    "cote d'ivoire": "CI",
    "czech republic": "CZ",
    "democratic people's republic of korea": "KP",
    "democratic republic of the congo": "CD",
    "gambia, the": "GM",
    "iran (islamic republic of)": "IR",
    "korea, north": "KP",
    "korea, south": "KR",
    "lao people's democratic republic": "LA",
    "macedonia, the former yugoslav republic of": "MK",
    "north korea": "KP",
    "palestinian": "PS",
    "republic of korea": "KR",
    "republic of moldova": "MD",
    "republic of the congo": "CG",
    "russian federation": "RU",
    "state of palestine": "PS",
    "syrian arab republic": "SY",
    "tanzania, united republic of": "TZ",
    "turkey": "TR",
    "turkiye": "TR",
    "uae": "AE",
    "uk": "GB",
    "united kingdom of great britain and northern ireland": "GB",
    "united republic of tanzania": "TZ",
    "united states of america": "US",
    "usa": "US",
    "venezuela (bolivarian republic of)": "VE",
    "viet nam": "VN",
    "west bank": "PS",
}


@lru_cache(maxsize=4096)
def country_code(text: str) -> str | None:
    """Return the ISO 3166 alpha-2 code of a code or a name of a country, None when it is not recognised."""
    bare = text.strip().rstrip(".")
    if len(bare) == 2 and bare.upper() in _locales():
        return bare.upper()
    return _names().get(_fold(bare))


@cache
def _locales() -> dict[str, dict[str, str]]:
    """Load the library's one table of country names; its package would load every area code of the world (48 MB)."""
    package = find_spec("phonenumbers")
    folder = package.submodule_search_locations[0] if package and package.submodule_search_locations else ""
    spec = spec_from_file_location("phonenumbers.geodata.locale", f"{folder}/geodata/locale.py")
    if spec is None or spec.loader is None:
        raise RuntimeError("the phonenumbers library lacks its table of country names")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, dict[str, str]] = module.LOCALE_DATA
    return found


@cache
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, names in _locales().items():
            name = names.get(language, "")
            if name.startswith("*"):
                name = names.get(name[1:], "")
            if name:
                found.setdefault(_fold(name), code)
    return found | {_fold(name): code for name, code in _SPELLINGS.items()}


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())
