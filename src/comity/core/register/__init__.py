"""The register: what a service holds about persons and things, read from files, marked, and found or withheld."""
