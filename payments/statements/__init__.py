"""Statements and receipts as files."""
