# One image for all containers of the compose files: gatehouse is the default, nginx and the tools
# that make keys are started by another entry point. The same scripts and targets that CI runs.

FROM debian:trixie-slim AS build
WORKDIR /src
COPY scripts/deps scripts/vendor scripts/pg-bin scripts/
RUN scripts/deps build && scripts/vendor viewer
COPY . .
RUN make -s -j"$(nproc)" WERROR= all && scripts/runtime-packages build/gatehouse >build/runtime-packages
RUN mkdir -p /usr/share/gatehouse \
	&& cp -R nginx/static /usr/share/gatehouse/static \
	&& cp build/vendor/swagger-ui/swagger-ui* /usr/share/gatehouse/static/docs/ \
	&& scripts/nginx-conf /etc/gatehouse/nginx PREFIX=/run/nginx LISTEN=8000 FILES_DIR=/var/lib/gatehouse/files \
		STATIC=/usr/share/gatehouse/static PROXIES=172.16.0.0/12,192.168.0.0/16 "ACCESS_LOG=/dev/stdout gatehouse" ERROR_LOG=stderr

# PROXIES: the compose files publish nginx on the host's loopback alone, so that all who reach it come from the
# bridge's address, the host's own TLS server among them, which has to set X-Forwarded-For. Who publishes it
# to a network leaves them out, or its clients choose their own address.

FROM debian:trixie-slim
COPY --from=build /src/build/runtime-packages /usr/share/gatehouse/runtime-packages
RUN apt-get update -q \
	&& DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
		$(cat /usr/share/gatehouse/runtime-packages) ca-certificates nginx libfcgi-bin \
	&& rm -rf /var/lib/apt/lists/* /var/log/*.log /var/log/apt
RUN groupadd --gid 10001 gatehouse \
	&& useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent gatehouse \
	&& install -d -o gatehouse -g gatehouse -m 750 /run/gatehouse /run/nginx /var/lib/gatehouse \
	&& install -d -o gatehouse -g gatehouse -m 700 /var/lib/gatehouse/files \
	&& install -d -o gatehouse -g gatehouse -m 755 /run/secrets
COPY --from=build /src/build/gatehouse /usr/local/bin/gatehouse
COPY --from=build /usr/share/gatehouse/static /usr/share/gatehouse/static
COPY --from=build /etc/gatehouse /etc/gatehouse
COPY docker/health docker/make-secrets /usr/local/bin/
WORKDIR /var/lib/gatehouse
USER gatehouse
ENV SOCKET_DIR=/run/gatehouse FILES_DIR=/var/lib/gatehouse/files TZ=UTC
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 CMD ["health", "program"]
ENTRYPOINT ["gatehouse"]
CMD ["serve"]
