"""The desk's own static files: style sheet, two scripts, icon. They come with the package and hold nothing personal."""

from __future__ import annotations

from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse

FOLDER = Path(__file__).resolve().parent / "static"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FILES = {
    path.relative_to(FOLDER).as_posix(): path for path in sorted(FOLDER.rglob("*")) if path.suffix in TYPES
}
"""Every file that is served, by its address; nothing else of the disk can be named."""


def asset(request: HttpRequest, name: str) -> HttpResponse:
    """Serve one of the files."""
    path = FILES.get(name)
    if path is None:
        raise Http404
    response = HttpResponse(path.read_bytes(), content_type=TYPES[path.suffix])
    response.headers["Cache-Control"] = "max-age=3600"
    response.headers["X-Comity-Static"] = "yes"
    return response
