"""`interlock doctor`: what is right and what is wrong, and what to do about it."""

from config.doctor.command import doctor

__all__ = ["doctor"]
