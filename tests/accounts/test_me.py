from accounts.models import User


def test_says_who_calls(alice: User, api_for):
    answer = api_for(alice).get("/api/me")
    assert answer.status_code == 200
    assert answer.json()["email"] == "alice@example.com"
