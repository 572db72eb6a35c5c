"""What the program asks of the system it runs on: a screen, start at login, to stay awake. No Qt."""
