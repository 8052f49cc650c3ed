"""Addresses of administration."""

from __future__ import annotations

from django.urls import path

from comity.web.people import officers, systems

urlpatterns = [
    path("", officers.people, name="people"),
    path("new/", officers.enrol, name="person-new"),
    path("officers/<str:name>/", officers.officer, name="person"),
    path("officers/<str:name>/roles/", officers.roles, name="person-roles"),
    path("officers/<str:name>/access/", officers.access, name="person-access"),
    path("officers/<str:name>/second-factor/", officers.second_factor, name="person-second-factor"),
    path("systems/", systems.systems, name="systems"),
    path("systems/new/", systems.create, name="system-new"),
    path("systems/<str:name>/revoke/", systems.revoke, name="system-revoke"),
]
