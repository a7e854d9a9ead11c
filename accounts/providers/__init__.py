"""Who says, outside of Florin, who somebody is."""
