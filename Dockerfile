# The production shape: one image, one process per container (docker-compose.yml).
FROM python:3.11-slim

WORKDIR /app
COPY requirements/runtime.lock requirements/runtime.lock
RUN pip install --no-cache-dir --require-hashes -r requirements/runtime.lock

COPY . .
ENV IONTOCLINIC_STATIC=/srv/static PYTHONUNBUFFERED=1
# Collecting files needs settings, but neither a database nor a real key.
RUN IONTOCLINIC_SECRET_KEY=build DATABASE_URL=postgres://build@localhost/build \
    python manage.py collectstatic --noinput \
    && useradd --uid 1000 --create-home iontoclinic \
    && install -d -o iontoclinic /data

USER iontoclinic
VOLUME /data
EXPOSE 8000
