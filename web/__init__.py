"""What the server puts around the app: guards, health and routes; no pages."""
