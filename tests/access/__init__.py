"""Who may ask which address for what (R27), as tables that the tests check by asking.

Adding a route? Name it in the module of its app, or in `consoles.py`, with who may ask it (`policy.py` has the words) and
a body that works. tests/attacks/test_access.py asks it as everybody, for their own and for somebody else's things
(`world.py`), and fails for a route that is not named. Say no less than is true: a page of one person's things is
`OWNER`, not `PEOPLE`, and a list is asked once more with a filter that names somebody else's thing.
"""
