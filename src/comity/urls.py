"""Addresses of the web process: the desk, the REST interface, and the two addresses of the operator."""

from __future__ import annotations

from django.urls import include, path

from comity.api.operations import healthz, metrics

urlpatterns = [
    path("healthz", healthz),
    path("metrics", metrics),
    path("api/1/", include("comity.api.urls")),
    path("", include("comity.web.urls")),
]
