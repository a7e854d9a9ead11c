"""Who pays stores out, and who brings them money from outside."""
