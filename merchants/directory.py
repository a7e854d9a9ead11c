"""Finding stores: by name, by kind, and by how far away they are."""

import math
import re
import unicodedata
from dataclasses import dataclass

from django.db.models import BooleanField, FloatField, Func, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import ASin, Cast, Cos, Power, Radians, Sin, Sqrt
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from merchants.models import Store

EARTH_KM = 6371.0088  # mean radius (IUGG)
HALF_WAY_ROUND_KM = 20_016
NEAREST = 100  # as many as a search by distance answers
WORD = re.compile(r"\w+")
WORDS = 8


class BadPlace(Refused):
    """Latitude, longitude and radius don't make a place."""

    code = "bad_place"
    status = 400
    message = _("Give lat from -90 to 90, lng from -180 to 180, and radius_km above 0.")


@dataclass(frozen=True, slots=True)
class Circle:
    """A place on the earth (degrees, WGS 84) and how far around it, in km."""

    latitude: float
    longitude: float
    radius_km: float

    @classmethod
    def parse(cls, latitude: str, longitude: str, radius_km: str) -> "Circle":
        """From the texts of an address.

        :raises BadPlace:
        """
        try:
            circle = cls(float(latitude), float(longitude), float(radius_km))
        except ValueError:
            raise BadPlace from None
        # Written so that NaN, of which nothing is true, is refused.
        if not (abs(circle.latitude) <= 90 and abs(circle.longitude) <= 180 and 0 < circle.radius_km < math.inf):  # noqa: PLR2004
            raise BadPlace
        return cls(circle.latitude, circle.longitude, min(circle.radius_km, HALF_WAY_ROUND_KM))

    def boxes(self) -> list[tuple[float, float, float, float]]:
        """One or two boxes (west, south, east, north) that hold the circle: two where the date line cuts it."""
        angle = self.radius_km / EARTH_KM
        reach = math.degrees(angle)
        south, north = self.latitude - reach, self.latitude + reach
        if south <= -90 or north >= 90:  # noqa: PLR2004 a pole lies in it, and there all longitudes meet
            return [(-180.0, max(south, -90.0), 180.0, min(north, 90.0))]
        sideways = math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(math.radians(self.latitude)))))
        west, east = self.longitude - sideways, self.longitude + sideways
        if west < -180:  # noqa: PLR2004 the date line
            return [(west + 360, south, 180.0, north), (-180.0, south, east, north)]
        if east > 180:  # noqa: PLR2004
            return [(west, south, 180.0, north), (-180.0, south, east - 360, north)]
        return [(west, south, east, north)]


class _Within(Func):
    """Whether a store lies in a box; the index `store_by_place` answers."""

    template = (
        "(store_place(merchants_store.latitude, merchants_store.longitude)"
        " <@ box(point(%(west)r, %(south)r), point(%(east)r, %(north)r)))"
    )
    output_field = BooleanField()


class _Says(Func):
    """Whether a store's words hold all of a query; the index `store_by_words` answers."""

    template = "(store_words(merchants_store.name || ' ' || merchants_store.city) @@ to_tsquery('simple', %(expressions)s))"
    output_field = BooleanField()


def listed() -> QuerySet[Store]:
    """The stores that the directory shows: those that take payments."""
    return Store.objects.filter(status=Store.Status.ACTIVE).select_related("settlement_wallet")


def saying(stores: QuerySet[Store], text: str) -> QuerySet[Store]:
    """Those whose name or town holds every word, or begins with it; all of them if the text has none."""
    words = WORD.findall(_folded(text))[:WORDS]
    query = " & ".join(f"'{word}':*" for word in words)
    return stores.filter(_Says(Value(query))) if words else stores


def nearest(stores: QuerySet[Store], circle: Circle) -> QuerySet[Store]:
    """Those in the circle with `distance_km`, nearest first."""
    inside = Q(pk__in=[])
    for west, south, east, north in circle.boxes():
        inside |= Q(_Within(west=west, south=south, east=east, north=north))
    near = stores.filter(inside, latitude__isnull=False).annotate(distance_km=_distance_km(circle))
    return near.filter(distance_km__lte=circle.radius_km).order_by("distance_km", "pk")


def _distance_km(circle: Circle) -> Combinable:
    """Along the surface of a sphere (the haversine formula): wrong by 0.5 % at most, and right across the date line."""
    latitude, longitude = Cast("latitude", FloatField()), Cast("longitude", FloatField())
    across = Power(Sin(Radians(latitude - circle.latitude) / 2), 2)
    along = Power(Sin(Radians(longitude - circle.longitude) / 2), 2)
    share = across + Cos(Radians(latitude)) * math.cos(math.radians(circle.latitude)) * along
    # Rounding may leave a share just above 1, of which there is no arc sine.
    arc = ASin(Sqrt(Func(share, Value(1.0), function="least", output_field=FloatField())))
    return arc * Value(2 * EARTH_KM, output_field=FloatField())


def _folded(text: str) -> str:
    """In small letters and without accents, as the index has its words."""
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("ø", "o").replace("ł", "l"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))
