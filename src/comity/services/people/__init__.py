"""The people and systems that act at this node: enrolment, roles, second factors, service accounts, drafts."""

from comity.services.people.actors import actor_of, named_actor

__all__ = ["actor_of", "named_actor"]
