# The bot alone on an empty base: no shell, no package manager, nothing to update but the binary.
# Behind a firewall: docker build --build-arg GOPROXY=https://goproxy.cn,direct .
# Every platform of `docker buildx build --platform …` is compiled on the builder's own.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
# GOPROXY is where modules come from; unset means Go's default.
ARG GOPROXY
# The image's own Go, or none: a build never fetches another toolchain.
ENV CGO_ENABLED=0 GOTOOLCHAIN=local
WORKDIR /src

# Modules first: they change less often than the code.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH
# What `recallbot version` says: --build-arg VERSION=1.2.3 --build-arg COMMIT=$(git rev-parse HEAD)
ARG VERSION COMMIT
RUN GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -tags=nomsgpack,grpcnotrace -ldflags="-s -w -X main.version=$VERSION -X main.commit=$COMMIT" -o /out/recallbot .

# Time zones are inside the binary; certificates are all that it needs of a system.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/recallbot /recallbot
# A number, so that a cluster can see that it isn't root.
USER 65532:65532
EXPOSE 8080
# Asks /readyz of the address that server.listen names, from inside.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 CMD ["/recallbot", "healthz"]
ENTRYPOINT ["/recallbot"]
CMD ["serve"]
