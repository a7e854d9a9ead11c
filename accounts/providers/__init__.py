"""Who says, outside of Florin, who somebody is, and who carries messages to people."""
