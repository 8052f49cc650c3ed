"""Addresses of the REST interface; the OpenAPI document stands at ``openapi.json``."""

from __future__ import annotations

from django.urls import path

from comity.api import agreements
from comity.api.interface import interface

interface.add_router("/agreements", agreements.router)

urlpatterns = [path("", interface.urls)]
