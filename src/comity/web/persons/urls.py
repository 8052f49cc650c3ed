"""Addresses of persons concerned."""

from __future__ import annotations

from django.urls import path

from comity.web.persons import ledgers, views

urlpatterns = [
    path("", views.persons, name="persons"),
    path("new/", views.new, name="new-person"),
    path("ledger/", ledgers.ledger, name="ledger"),
    path("<str:number>/", views.person, name="person-asks"),
    path("<str:number>/decide/", views.decision, name="decide-person"),
]
