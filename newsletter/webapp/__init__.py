"""What a reader can do on the public pages: subscribe, confirm, change what they get, leave."""

from newsletter.webapp.exporting import Exported, export_site
from newsletter.webapp.server import Listening, serve_public

__all__ = ["Exported", "Listening", "export_site", "serve_public"]
