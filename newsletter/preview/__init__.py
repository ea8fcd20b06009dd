"""What an editor sees while writing: the issue, redrawn at each save, on a page of this machine alone."""

from newsletter.preview.server import serve_preview

__all__ = ["serve_preview"]
