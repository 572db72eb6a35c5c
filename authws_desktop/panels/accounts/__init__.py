"""The page of accounts: table, dialogs, tokens of each account, and test users."""
