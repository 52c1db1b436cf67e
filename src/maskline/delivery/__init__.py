"""What leaves the server: signed webhooks and carrier requests, sent safely."""
