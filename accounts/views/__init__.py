"""The portal's pages about people that allauth has not, or not as we want them."""
