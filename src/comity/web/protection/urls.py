"""Addresses of what is said inside a thread and of what follows it."""

from __future__ import annotations

from django.urls import path

from comity.web.protection import conclude, consent, said, views

case_patterns = [
    path("<str:thread>/say/", said.say, name="say"),
    path("<str:thread>/negative/", said.negative, name="negative"),
    path("<str:thread>/correct/", views.correction, name="correct"),
    path("<str:thread>/restrict/", views.restriction, name="restrict"),
    path("<str:thread>/consent/", consent.consents, name="consents"),
]
outstanding_patterns = [
    path("", views.waiting, name="outstanding"),
]
conclusion_patterns = [
    path("", conclude.conclusion, name="conclude"),
]
