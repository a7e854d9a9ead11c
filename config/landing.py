"""The page for people who are not signed in: what Florin is, shown with its own components."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from payments.money import Money


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """The landing page. Its picture of the product is an example, and the page says so."""
    example = {
        "balance": Money(125040, "EUR"),
        "shop": Money(-2350, "EUR"),
        "received": Money(4800, "EUR"),
        "rent": Money(-62000, "EUR"),
        "price": Money(2350, "EUR"),
    }
    return render(request, "landing.html", {"example": example})
