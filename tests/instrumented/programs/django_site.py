"""A Django site in one file, for gunicorn: `django_site:application`."""

from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    DEBUG=False,
    SECRET_KEY="test",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.db"}},
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
)
django.setup()


def item(_request: HttpRequest, number: int) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", [number])
        return HttpResponse(str(cursor.fetchone()[0]))


def boom(_request: HttpRequest) -> Any:
    raise LookupError("no such thing")


urlpatterns = [path("items/<int:number>", item), path("boom", boom)]

from django.core.wsgi import get_wsgi_application  # noqa: E402 -- where a site has it

application = get_wsgi_application()
