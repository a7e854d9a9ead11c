"""The API about wallets, transactions, money on its way and exchange."""
