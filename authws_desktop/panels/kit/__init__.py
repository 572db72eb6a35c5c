"""What all pages are made of: theme, tables, dialogs, words. Knows no page."""
