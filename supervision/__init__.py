"""Supervisord's side: starts the programs, restarts what hangs, stops them in turn."""
