"""The desk's page of one's own register: who in it may be the person described."""
