"""What a reader can do on the public pages: subscribe, confirm, change what they get, leave."""
