"""What everybody may read of stores: the directory, and each store's public page with its logo."""

from collections.abc import Mapping
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from config.pagination import CURSOR, cursor_in, page_of
from config.pictures import MEDIA_TYPE
from merchants import directory
from merchants.directory import BadPlace, Circle
from merchants.forms.stores import DirectoryForm
from merchants.models import Store

PAGE_SIZE = 24
NEARBY_KM = "25"
PUBLIC = "public, max-age=86400"


def show_directory(request: HttpRequest) -> HttpResponse:
    """Stores by name, kind and distance: newest first, or nearest first where a browser says where it is."""
    form = DirectoryForm(request.GET)
    form.is_valid()
    wanted = form.cleaned_data
    stores = directory.saying(directory.listed(), wanted.get("search", ""))
    if category := wanted.get("category"):
        stores = stores.filter(category=category)
    context: dict[str, Any] = {"form": form, "is_near": False}
    try:
        circle = _circle(wanted)
    except BadPlace:
        circle = None
    if circle:
        context |= {"stores": list(directory.nearest(stores, circle)[:PAGE_SIZE]), "is_near": True}
    else:
        page = page_of(stores, cursor_in(request.GET), size=PAGE_SIZE)
        context |= {"stores": page.rows, "newer": _link(request, page.previous), "older": _link(request, page.next)}
    return render(request, "merchants/directory.html", context)


def public_store(request: HttpRequest, symbol: str) -> HttpResponse:
    """The public page of a store."""
    store = get_object_or_404(Store.objects.exclude(status=Store.Status.SUSPENDED), symbol=symbol)
    return render(request, "merchants/public_store.html", {"store": store})


def public_logo(request: HttpRequest, symbol: str) -> HttpResponseBase:
    """The logo, for any browser to keep: its address changes with it.

    :raises Http404: the store has none.
    """
    store = get_object_or_404(Store, symbol=symbol)
    if not store.logo:
        raise Http404
    return FileResponse(store.logo.open("rb"), content_type=MEDIA_TYPE, headers={"Cache-Control": PUBLIC})


def _circle(wanted: Mapping[str, Any]) -> Circle | None:
    if not wanted.get("lat") or not wanted.get("lng"):
        return None
    return Circle.parse(wanted["lat"], wanted["lng"], NEARBY_KM)


def _link(request: HttpRequest, cursor: object) -> str:
    if cursor is None:
        return ""
    query = request.GET.copy()
    query[CURSOR] = str(cursor)
    return f"?{query.urlencode()}"
