"""The API about stores, tills and paying there."""
