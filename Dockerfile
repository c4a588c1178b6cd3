# An image with longshore and its run-time libraries. docs/containers.md describes how to use it.
#
#   docker build -t longshore .
#   docker run --read-only -v fleet:/data longshore          watches /data/landing, loads into /data/longshore.db
#
# --build-arg DEBIAN=trixie uses Debian 13; the list of packages is valid for both.
ARG DEBIAN=bookworm

FROM debian:${DEBIAN}-slim AS build
WORKDIR /source
# a separate layer: a change of the source does not install the compiler again
COPY packaging/debian12-packages.txt packaging/
RUN apt-get update \
    && sed -n '/^\[build\]/,/^$/ s/^\([a-z0-9.+-]*\).*/\1/p' packaging/debian12-packages.txt \
        | xargs env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends dpkg-dev
COPY . .
RUN ./dev build release longshore && strip -o /longshore build/release/longshore
# the packages of the linked libraries, under their names in this Debian release
RUN mkdir debian && touch debian/control \
    && dpkg-shlibdeps -O /longshore | sed 's/^shlibs:Depends=//; s/([^)]*)//g; s/,/ /g' >/libraries

FROM debian:${DEBIAN}-slim
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="longshore" \
      org.opencontainers.image.description="Files land in a directory, rows appear in a database, every file and record is accounted for" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# ca-certificates: for sslmode=verify-full against a server with a public certificate; tzdata: for the time zones of feeds
COPY --from=build /libraries /tmp/libraries
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive xargs -a /tmp/libraries apt-get install --yes --no-install-recommends ca-certificates tzdata \
    && rm -rf /tmp/libraries /var/lib/apt/lists/* /var/cache/apt/* \
    && groupadd --gid 10001 longshore \
    && useradd --uid 10001 --gid longshore --home-dir /data --no-create-home --shell /usr/sbin/nologin longshore \
    && install -d -o longshore -g longshore /data /data/landing /etc/longshore/feeds.d /etc/longshore/tasks.d
COPY --from=build /longshore /usr/local/bin/longshore
COPY packaging/container/health /usr/local/bin/longshore-health
COPY packaging/container/longshore.toml /etc/longshore/


VOLUME /data
WORKDIR /data
# by number, so that Kubernetes can check that it is not root
USER 10001:10001
EXPOSE 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["longshore-health"]
ENTRYPOINT ["longshore"]
CMD ["run"]
