"""A newsletter written in YAML, agreed, sent to those who consented, and proven."""

__version__ = "0.1.0"
