"""Who may ask which address that belongs to no app."""

from tests.access.policy import EVERYBODY, NOBODY, PEOPLE, Table, get, post

PAGES: Table = {
    "problem_list": [get(EVERYBODY)],
    "problem_type": [get(EVERYBODY, at=lambda _: {"code": "not_found"})],
    "your_data": [get(PEOPLE), post(PEOPLE)],
    "design": [get(EVERYBODY)],  # on development machines only
    "": [get(NOBODY), post(NOBODY)],  # whatever no other pattern takes
}

API: Table = {
    "schema": [get(EVERYBODY)],
    "api_docs": [get(EVERYBODY)],
}
