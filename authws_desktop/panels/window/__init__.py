"""The window around the pages: rail, server bar, tray, menus."""
