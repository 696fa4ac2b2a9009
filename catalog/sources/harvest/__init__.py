"""Other portals' catalogues, walked dataset by dataset. No row of theirs is read here."""
