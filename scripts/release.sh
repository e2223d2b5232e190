#!/bin/sh
# release.sh DIRECTORY makes the archives of a release from the last commit. The same commit and Go give the same bytes: git
# writes the archives, in the commit's order and with its time.
set -eu
cd "$(dirname "$0")/.."
mkdir -p "$1"
dist=$(cd "$1" && pwd)
: "${GO:=go}" "${TAGS:?the build tags of the Makefile}"

version=$(git describe --tags --always)
version=${version#v}
commit=$(git rev-parse HEAD)
sbom=recallbot_${version}_sbom.cdx.json
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/source" # the commit, without what is not committed yet
git archive HEAD | tar -x -C "$work/source"
rm -f "$dist"/recallbot_* "$dist/SHA256SUMS"

for target in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do
	os=${target%/*} arch=${target#*/}
	name=recallbot_${version}_${os}_$arch binary=recallbot format=tar.gz
	[ "$os" != windows ] || binary=recallbot.exe format=zip
	echo "$name.$format"
	GOOS=$os GOARCH=$arch CGO_ENABLED=0 "$GO" -C "$work/source" build -trimpath -buildvcs=false -tags="$TAGS" \
		-ldflags="-s -w -X main.version=$version -X main.commit=$commit" -o "$work/$binary" .
	# A zip has local times.
	TZ=UTC git -c tar.umask=0022 archive --format=$format --prefix="$name/" --add-file="$work/$binary" -o "$dist/$name.$format" HEAD \
		README.md README.zh-CN.md CHANGELOG.md config.yaml
	[ "$target" != linux/amd64 ] || GOFLAGS=-trimpath "$GO" tool -modfile=tools/sbom/go.mod cyclonedx-gomod bin -json -std -noserial \
		-notimestamp -version "$version" -output "$dist/$sbom" "$work/$binary"
done
cd "$dist"
if command -v sha256sum >/dev/null 2>&1; then sha256sum recallbot_*; else shasum -a 256 recallbot_*; fi >SHA256SUMS
