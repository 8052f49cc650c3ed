"""Addresses of the REST interface; the OpenAPI document stands at ``openapi.json``."""

from __future__ import annotations

from django.urls import path

from comity.api import agreements, cases, evidence, links, register, threads
from comity.api.followed import plans, withheld
from comity.api.hits import report
from comity.api.interface import interface
from comity.api.probing import one, several, watched

interface.add_router("/probe", one.router)
interface.add_router("/probe", several.router)
interface.add_router("/probe", watched.router)
interface.add_router("/cases", cases.router)
interface.add_router("", report.router)
interface.add_router("", threads.router)
interface.add_router("", evidence.counted)
interface.add_router("", withheld.router)
interface.add_router("/plans", plans.router)
interface.add_router("/agreements", agreements.router)
interface.add_router("/evidence", evidence.router)
interface.add_router("/register", register.router)
interface.add_router("/register", links.router)

urlpatterns = [path("", interface.urls)]
