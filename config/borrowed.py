"""Words of libraries that have no translation, or none of ours: marked here so that our catalogues say them.

django-unfold comes without translations; what Django's own admin does not say is listed as far as a console shows it.
Django's Portuguese names of months begin with a capital, which Portuguese ones do not.
"""

from django.utils.translation import gettext_noop as _

MONTHS = (
    _("January"), _("February"), _("March"), _("April"), _("May"), _("June"),
    _("July"), _("August"), _("September"), _("October"), _("November"), _("December"),
)  # fmt: skip

CONSOLE = (
    _("All applications"), _("Apply Filters"), _("Available shortcuts"), _("Changelist shortcuts"),
    _("Click to download"), _("Command tool shortcuts"), _("Create new record"), _("Dark"), _("Date from"), _("Date to"),
    _("False"), _("General"), _("Global shortcuts"), _("Go back"), _("Light"), _("Models in the %(name)s application"),
    _("Navigate"), _("Next"), _("No"), _("No data"), _("No results found"), _("Not enough data."),
    _("Nothing matched your search"), _("Open command tool"), _("Open selection"), _("Open selection in new tab"),
    _("Open shortcuts list"), _("Previous"), _("Recent searches"), _("Record picture"), _("Reset filters"),
    _("Return to site"), _("Run"), _("Run the selected action"), _("Search apps and models..."), _("Select"),
    _("Select action"), _("Select action to run"), _("Select record"), _("Select value"), _("System"),
    _("This page yielded into no results."), _("Toggle dark/light mode"), _("Toggle filter"),
    _("Toggle password visibility"), _("Toggle sidebar"), _("True"), _("Type to search"), _("Welcome"), _("Welcome back to"),
    _("You have been successfully logged out from the administration"), _("%(full_result_count)s total"),
)  # fmt: skip
