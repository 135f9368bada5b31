"""The settings, declared once each, by what they are about."""
