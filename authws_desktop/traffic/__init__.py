"""The record of what passed: made once, secrets hidden, kept in a bounded ring, filtered, exported."""
