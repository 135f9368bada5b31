"""Apex source to a syntax tree, by Salesforce's own parser (jorje) in a native program."""
