"""Administration of the people and systems that act at this desk: officers, their roles, service accounts."""
