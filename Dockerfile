# syntax=docker/dockerfile:1
FROM node:22-trixie-slim AS playground
WORKDIR /build/playground
COPY playground/package.json playground/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY schema.graphql ../schema.graphql
COPY playground ./
RUN npm run build

FROM rust:1.95-trixie AS program
RUN apt-get update -q && apt-get install -qy --no-install-recommends cmake && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
COPY --from=playground /build/playground/dist playground/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/build/target \
    cargo build --profile dist --locked --bin partner-center && strip -o /partner-center target/dist/partner-center

FROM debian:trixie-slim
RUN apt-get update -q && apt-get install -qy --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home partner-center \
    && install -d -o partner-center -g partner-center /var/lib/partner-center
COPY --from=program /partner-center /usr/local/bin/partner-center
USER 10001
WORKDIR /var/lib/partner-center
VOLUME /var/lib/partner-center
ENV PARTNER_CENTER_LISTEN=0.0.0.0:8080 PARTNER_CENTER_LOG__JSON=true
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=6s --start-period=30s CMD ["partner-center", "ready"]
ENTRYPOINT ["partner-center"]
CMD ["serve"]
