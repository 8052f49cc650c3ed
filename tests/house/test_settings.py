"""What the settings promise: no admin, no inline script, one second factor, no secret from outside."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.house import sources

from comity import settings


def test_the_admin_is_not_installed() -> None:
    assert [app for app in settings.INSTALLED_APPS if "admin" in app] == []


def test_pages_run_no_inline_script_and_load_nothing_from_elsewhere() -> None:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["default-src"] == ["'none'"]
    assert {source for allowed in directives.values() for source in allowed} <= {"'none'", "'self'"}


def test_cookies_stay_on_this_site() -> None:
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Strict"
    assert settings.DEBUG is False


def test_four_languages() -> None:
    assert [code for code, _ in settings.LANGUAGES] == ["en", "fr", "nl", "ar"]
    assert settings.USE_TZ


def test_the_environment_gives_no_key() -> None:
    """Two processes with the same environment sign sessions with different secrets until a database is unlocked."""
    program = "from comity import settings; print(settings.SECRET_KEY, settings.DATABASES)"
    environment = {**os.environ, "SECRET_KEY": "x" * 64, "DATABASE_KEY": "y" * 64}
    environment.pop("COMITY_HOME", None)
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for _ in range(2)
    }
    assert len(seen) == 2
    assert not any("x" * 64 in one or "y" * 64 in one for one in seen)


def test_only_the_home_and_the_tests_are_read_from_the_environment() -> None:
    def named(path: object) -> list[str]:
        text = sources.PACKAGE.joinpath(str(path)).read_text(encoding="utf-8")
        return [line.strip() for line in text.splitlines() if "environ" in line and "KEY" in line]

    assert sources.offences(sources.modules(), named) == {}
