# The production image: web, worker and migrations are this image with another command (compose.yaml).
FROM python:3.13-slim AS build

WORKDIR /app
COPY requirements.lock .
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r requirements.lock


FROM python:3.13-slim

RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin florin \
    && install --directory --owner florin /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATIC_ROOT=/static \
    MEDIA_ROOT=/data/media
WORKDIR /app
COPY . .
RUN pybabel --quiet compile --directory locale --domain django
# Static files do not depend on secrets, but settings demand them; these values stay in this one command.
RUN SECRET_KEY=unused FIELD_ENCRYPTION_KEYS=unused PORTAL_ORIGIN=https://unused.invalid MAIL_URL=consolemail:// DATABASE_URL=postgres://unused@unused/unused \
    python manage.py collectstatic --noinput --verbosity 0

USER florin
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8000/health/live', timeout=2)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", "--workers", "2", \
     "--blocking-threads", "8", "--respawn-failed-workers", "--workers-kill-timeout", "10", "config.wsgi:application"]
