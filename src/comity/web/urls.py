"""Addresses of the desk: one line per task."""

from __future__ import annotations

from django.urls import include, path

from comity.web import assets
from comity.web.clocks import standing_in
from comity.web.egress import urls as egress
from comity.web.identification import urls as identification
from comity.web.information import urls as information
from comity.web.protection import urls as protection
from comity.web.transfers import urls as transfers

urlpatterns = [
    path("account/", include("comity.web.accounts.urls")),
    path("assets/<path:name>", assets.asset, name="asset"),
    path("", include("comity.web.inbox.urls")),
    path("cases/", include("comity.web.cases.urls")),
    path("cases/", include("comity.web.answers.urls")),
    path("cases/", include("comity.web.clocks.cases")),
    path("statistics/", include("comity.web.clocks.urls")),
    path("standing-in/", standing_in.shown, name="standing-in"),
    path("cases/", include(protection.case_patterns)),
    path("cases/", include(identification.case_patterns)),
    path("identification/", include(identification)),
    path("outstanding/", include(protection.outstanding_patterns)),
    path("cases/", include(transfers.case_patterns)),
    path("transfers/", include(transfers.report_patterns)),
    path("agreements/", include(transfers.agreement_patterns)),
    path("conclude/", include(protection.conclusion_patterns)),
    path("not-sent/", include(egress.not_sent_patterns)),
    path("true-grounds/", include(egress.grounds_patterns)),
    path("probe/", include("comity.web.probe.urls")),
    path("register/", include("comity.web.register.urls")),
    path("requests/", include("comity.web.requests.urls")),
    path("information/", include("comity.web.information.urls")),
    path("cases/", include(information.case_patterns)),
    path("cases/", include("comity.web.hits.urls")),
    path("agreements/", include("comity.web.agreements.urls")),
    path("plans/", include("comity.web.plans.urls")),
    path("persons/", include("comity.web.persons.urls")),
    path("breaches/", include("comity.web.breaches.urls")),
    path("people/", include("comity.web.people.urls")),
    path("messages/", include("comity.web.exchange.urls")),
    path("evidence/", include("comity.web.evidence.urls")),
    path("oversight/", include("comity.web.oversight.urls")),
]
