"""How dates are written where Django's own way is not ours: `en` is read far from America, and months are small."""

from django.utils.translation import gettext_noop as _

# Marked here so that our catalogues name them: Django's Portuguese writes "7 de Março".
MONTHS = (
    _("January"), _("February"), _("March"), _("April"), _("May"), _("June"),
    _("July"), _("August"), _("September"), _("October"), _("November"), _("December"),
)  # fmt: skip
