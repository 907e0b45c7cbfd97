"""Second opinions: files of other tools that measured what this one only predicts."""
