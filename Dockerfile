# Proxy, function, relay and watchdog in one container, kept up by supervisord.
# A target for each language: java, node, and python, which is what is built when none is named.
# Any user id may run it, also on a read-only root filesystem: only /tmp is written.
# The classic builder and BuildKit both build it, and neither fetches a frontend.
# To build on one exact base: --build-arg BASE_IMAGE=docker.io/library/python@sha256:...
ARG BASE_IMAGE=docker.io/library/python:3.11-slim-bookworm
# The function's folder, which .dockerignore has to let through.
ARG FUNCTION_DIR=function

FROM ${BASE_IMAGE} AS build
WORKDIR /build
# pip stays in this stage: it fills environments that have none.
RUN python3 -m venv pip && python3 -m venv --without-pip /srv/venv
ENV PATH=/srv/venv/bin:/build/pip/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt ./
# Compiled here, since nobody can write there later, and checked by nobody, since nobody changes it.
RUN pip --python /srv/venv/bin/python install --no-compile --only-binary :all: \
      --no-deps --require-hashes -r requirements.txt \
    && pip --python /srv/venv/bin/python check \
    && find /srv/venv -type d -name tests -prune -exec rm -r {} + \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /srv/venv/lib
WORKDIR /srv/app
COPY . ./
ARG FUNCTION_DIR
ENV FUNCTION_DIR=${FUNCTION_DIR}
# Of several functions one goes along. What a umask took away from other users is given back.
RUN if [ ! -d "$FUNCTION_DIR" ]; then \
      echo "Dockerfile: there is no folder $FUNCTION_DIR here, or .dockerignore keeps it out" >&2; exit 2; \
    fi \
    && mv "$FUNCTION_DIR" /build/function && rm -rf function functions examples \
    && mkdir -p "$(dirname "$FUNCTION_DIR")" && mv /build/function "$FUNCTION_DIR" \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash . \
    && chmod -R u=rwX,go=rX .

FROM ${BASE_IMAGE} AS base
LABEL org.opencontainers.image.title="Salesforce Functions" \
      org.opencontainers.image.description="A proxy that verifies Apex's calls, a function, and the relay of asynchronous outcomes" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /srv/app
COPY bin/install-packages bin/
# What the function needs of Debian, such as "libpq5".
ARG APT_PACKAGES=""
# Heroku shows the log of a release only if there is curl. The base's pip could write nowhere.
RUN bin/install-packages curl ${APT_PACKAGES} \
    && rm -rf /usr/local/bin/pip* /usr/local/lib/python3*/site-packages/pip*
# Apart, so that another function is another small layer.
COPY --from=build /srv/venv /srv/venv
ARG FUNCTION_DIR
ENV PATH=/srv/venv/bin:$PATH FUNCTION_DIR=${FUNCTION_DIR}
# It is the first process: another one would hold the secrets where the function can read them.
CMD ["bin/start"]

# The classic builder passes through every stage above its target. These two do nothing then but
# note that, see bin/build-function; it tells no platform, while BuildKit does.
FROM build AS build-java
ARG TARGETARCH
RUN bin/build-function java "$FUNCTION_DIR"

FROM base AS java
COPY --from=build-java /build/debian-packages /srv/
RUN xargs --no-run-if-empty --arg-file=/srv/debian-packages bin/install-packages
COPY --from=build-java /srv/app /srv/app
# A number, because a platform that forbids root can tell by it. Any other will do.
USER 10001:10001

FROM build AS build-node
ARG TARGETARCH
RUN bin/build-function node "$FUNCTION_DIR"

FROM base AS node
COPY --from=build-node /build/debian-packages /srv/
RUN xargs --no-run-if-empty --arg-file=/srv/debian-packages bin/install-packages
COPY --from=build-node /srv/app /srv/app
USER 10001:10001

# The last one: what is built when no target is named.
FROM build AS build-python
RUN bin/build-function python "$FUNCTION_DIR"

FROM base AS python
COPY --from=build-python /srv/function-packages /srv/function-packages
COPY --from=build-python /srv/app /srv/app
ENV FUNCTION_PACKAGES=/srv/function-packages
USER 10001:10001
