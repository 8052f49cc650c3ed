"""Rights of the persons concerned, and breaches: what is asked, found, answered and told, without any I/O."""
