"""Addresses of identification: its own pages, and those below a case."""

from __future__ import annotations

from django.urls import path

from comity.web.identification import answering, asking, files, overdue

urlpatterns = [
    path("", overdue.identifications, name="identifications"),
    path("new/", asking.new, name="identification"),
]
case_patterns = [
    path("<str:thread>/identified/", answering.answer, name="identified"),
    path("<str:thread>/files/", files.files, name="files"),
    path("<str:thread>/files/new/", files.add, name="files-add"),
]
