"""`interlock demo`: the examples, run on a platform of their own, with the story of each job."""

from config.demo.command import demo

__all__ = ["demo"]
