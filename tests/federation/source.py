"""The source of the agreement that the tests use."""

SOURCE = """
code = "TEST-1"
regime = "police"
illustrative = true
valid_from = 2026-01-01
valid_until = 2026-12-31
legal_basis = ["Fictitious, for the tests."]
dpia = "DPIA-TEST"
assurances = ["confidentiality", "specificity"]
suites = ["ed25519", "hpke-mlkem768x25519-hkdfsha256-aes256gcm", "voprf-ristretto255-sha512"]
[title]
en = "Test"
fr = "Test"
nl = "Test"
ar = "Test"
[quotas]
probes_per_day = 1000
probes_per_case = 20
[defaults]
subjects = ["suspect", "convicted"]
retention = "P365D"
handling = "H1"
onward = "originator-consent"
[transfers.BE]
authority = "Police of Belgium"
competence = "A law"
competent_for = ["drugs", "identification", "terrorism"]
supervisor = "A commission"
grounds = [{ ground = "led-37-1-a", reference = "An instrument", since = 2025-01-01 }]
assurances = [
    { assurance = "confidentiality", reference = "A note", since = 2025-01-01 },
    { assurance = "specificity", reference = "A note", since = 2025-01-01 },
]
[transfers.MA]
authority = "Police of Morocco"
competence = "A law"
competent_for = ["drugs", "identification", "terrorism"]
supervisor = "A commission"
grounds = [{ ground = "ma-44-2", reference = "An instrument", filing = "A filing", since = 2025-01-01 }]
assurances = [
    { assurance = "confidentiality", reference = "A note", since = 2025-01-01 },
    { assurance = "specificity", reference = "A note", since = 2025-01-01 },
]
[[clauses]]
id = "drugs.request"
purpose = "drugs"
acts = ["inform", "refuse", "reply", "request"]
data = ["names", "birth", "case-facts"]
deadlines = { urgent-direct = "PT8H", ordinary = "P7D" }
run_off = ["refuse", "reply"]
"""
