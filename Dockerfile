FROM python:3.13-slim AS build
COPY . /checkout
RUN python -m venv --without-pip /threadkeep \
    && pip --python /threadkeep/bin/python install --no-cache-dir '/checkout[server]'

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin threadkeep
COPY --from=build /threadkeep /threadkeep
ENV PATH=/threadkeep/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    THREADKEEP_HOST=0.0.0.0 \
    THREADKEEP_PORT=8000
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"THREADKEEP_PORT\"]}/healthz', timeout=4)"]
ENTRYPOINT ["threadkeep"]
CMD ["serve"]
