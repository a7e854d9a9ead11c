"""The portal's forms about people, by topic."""
