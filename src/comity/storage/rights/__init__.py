"""Queries on requests of persons concerned, on disclosures and on breaches."""
