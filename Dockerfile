# Proxy, function, relay and watchdog in one container, kept up by supervisord.
# Any user id may run it, also on a read-only root filesystem: only /tmp is written.
# The classic builder and BuildKit both build it, and neither fetches a frontend.
# To build on one exact base: --build-arg BASE_IMAGE=docker.io/library/python@sha256:...
ARG BASE_IMAGE=docker.io/library/python:3.11-slim-bookworm

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
# What a umask took away from other users is given back.
RUN bin/install-function /srv/function-packages \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash . \
    && chmod -R u=rwX,go=rX . /srv/function-packages

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="Salesforce Functions" \
      org.opencontainers.image.description="A proxy that verifies Apex's calls, a function, and the relay of asynchronous outcomes" \
      org.opencontainers.image.licenses="Apache-2.0"
# What the function needs of Debian, such as "nodejs".
ARG APT_PACKAGES=""
# Heroku shows the log of a release only if there is curl. The base's pip could write nowhere, and
# nobody here becomes another user.
RUN apt-get update \
    && apt-get install -y --no-install-recommends curl ${APT_PACKAGES} \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/cache/ldconfig/* \
      /var/log/apt /var/log/dpkg.log \
      /usr/local/bin/pip* /usr/local/lib/python3*/site-packages/pip* \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} +
# Apart, so that another function is another small layer.
COPY --from=build /srv/venv /srv/venv
COPY --from=build /srv/function-packages /srv/function-packages
COPY --from=build /srv/app /srv/app
WORKDIR /srv/app
ENV PATH=/srv/venv/bin:$PATH FUNCTION_PACKAGES=/srv/function-packages
# A number, because a platform that forbids root can tell by it. Any other will do.
USER 10001:10001
# It is the first process: another one would hold the secrets where the function can read them.
CMD ["bin/start"]
