"""Who may ask which address that belongs to no app."""

from tests.access.policy import EVERYBODY, LEAVING, NOBODY, PEOPLE, Table, get, post

PAGES: Table = {
    "problem_list": [get(EVERYBODY)],
    "problem_type": [get(EVERYBODY, at=lambda _: {"code": "not_found"})],
    "your_data": [get(PEOPLE), post(PEOPLE)],
    "close_account": [get(PEOPLE), post(LEAVING)],
    "account_closed": [get(EVERYBODY)],
    "design": [get(EVERYBODY)],  # on development machines only
    "": [get(NOBODY), post(NOBODY)],  # whatever no other pattern takes
}

API: Table = {
    "api_closure": [get(PEOPLE), post(LEAVING)],
    "api_data": [post(PEOPLE)],
    "schema": [get(EVERYBODY)],
    "api_docs": [get(EVERYBODY)],
}
