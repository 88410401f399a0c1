FROM python:3.13-slim-trixie

# PostgreSQL (the embedded one too) does not run as root, and nothing here needs to.
RUN useradd --create-home --home-dir /data --shell /usr/sbin/nologin devmetrics \
    && chmod 700 /data

WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock

COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e .

USER devmetrics
ENV HOST=0.0.0.0 PORT=8080 DATA_DIR=/data PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8080
HEALTHCHECK --start-period=60s CMD ["python", "-c", \
    "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=5)"]
CMD ["devmetrics", "serve"]
