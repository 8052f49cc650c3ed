"""Who in one's own register may be the person described: across spellings and scripts, weighed and explained."""
