"""Events of stores on their way to merchants' programs (Standard Webhooks)."""
