"""From the bytes of one file to `FileFacts`: pure, no other file is looked at, no rule is known here."""
