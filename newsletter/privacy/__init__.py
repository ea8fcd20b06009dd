"""What is kept about a person: shown to them, forgotten for good, kept no longer than stated, asked for in time."""

from newsletter.privacy.holding import Holding
from newsletter.privacy.register import REGISTER, outdated, unregistered

__all__ = ["REGISTER", "Holding", "outdated", "unregistered"]
