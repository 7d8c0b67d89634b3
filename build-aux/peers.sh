#!/bin/sh
# Installs programs that read what vault writes or write what it reads, and test vectors made by
# others, into BUILD/peers only. If one cannot be installed, a message names it, and its tests are
# skipped. tests/peers/peer.sh runs the programs; tests/vectors uses the vectors.
# usage: peers.sh BUILD
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
mkdir -p "$1/peers/vectors"
peers=$(CDPATH='' cd -- "$1/peers" && pwd)
log=$peers/log
: >"$log"

has() {
    command -v "$1" >/dev/null
}

# The dialects follow these versions.
npm_dotenv() {
    has node && has npm && npm install --prefix "$peers/npm" --cache "$peers/cache" --no-save \
        --no-audit --no-fund --ignore-scripts dotenv@17.2.3
}

python() { # MODULE PACKAGE
    has python3 && python3 -m pip install --quiet --no-cache-dir --disable-pip-version-check \
        --upgrade --target "$peers/python/$1" "$2"
}

go_dotenv() {
    has go && rm -rf "$peers/go" && cp -R "$here/tests/peers/go" "$peers/go" && cd "$peers/go" &&
        GOPATH=$peers/gopath GOCACHE=$peers/gocache GOFLAGS='-mod=readonly -modcacherw' \
            go build -o "$peers/go-dotenv" .
}

# age and its plugins that need no hardware.
age_plugins() {
    has go && rm -rf "$peers/age" "$peers/module" && mkdir "$peers/age" &&
        cp -R "$here/tests/peers/age" "$peers/module" && cd "$peers/module" &&
        GOPATH=$peers/gopath GOCACHE=$peers/gocache GOFLAGS='-mod=readonly -modcacherw' \
            go build -o "$peers/age/" tool
}

ruby_dotenv() {
    has gem && gem install --no-document --install-dir "$peers/gems" dotenv --version '~> 3.2'
}

# Downloads a Go module in the version that tests/vectors/go gives, checks it, and prints its
# folder.
go_module() { # MODULE
    has go && rm -rf "$peers/module" && cp -R "$here/tests/vectors/go" "$peers/module" && cd "$peers/module" &&
        GOPATH=$peers/gopath GOFLAGS='-mod=readonly -modcacherw' go mod download -json \
            "$(sed -n "s|^\t\($1\) \(v.*\)|\1@\2|p" go.mod)" >answer && cat answer >>"$log" &&
        sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' answer
}

age_vectors() {
    module=$(go_module c2sp.org/CCTV/age) && rm -rf "$peers/vectors/age" &&
        cp -R "$module/testdata" "$peers/vectors/age"
}

toml_vectors() {
    module=$(go_module github.com/toml-lang/toml-test/v2) && rm -rf "$peers/vectors/toml" &&
        mkdir "$peers/vectors/toml" && cp "$module/LICENSE" "$peers/vectors/toml" && cd "$module/tests" &&
        tar -cf "$peers/module/tar" -T files-toml-1.0.0 && tar -xf "$peers/module/tar" -C "$peers/vectors/toml"
}

# What is already installed in these versions is left alone.
versions=$(cat "$here/build-aux/peers.sh" "$here"/tests/*/go/* "$here"/tests/peers/age/* | cksum)
mkdir -p "$peers/installed"

peer() { # NAME FUNCTION [ARGUMENT…]
    name=$1
    shift
    [ "$(cat "$peers/installed/$name" 2>/dev/null)" != "$versions" ] || return 0
    rm -f "$peers/installed/$name"
    if ("$@") >>"$log" 2>&1 </dev/null; then
        echo "peers: $name"
        echo "$versions" >"$peers/installed/$name"
    else
        echo "peers: no $name: its tests are skipped (see $log)"
    fi
}

peer 'dotenv for node' npm_dotenv
peer 'dotenv for python' python dotenv python-dotenv==1.2.2
peer 'yaml' python yaml PyYAML
peer 'toml' python tomli tomli
peer 'hcl' python hcl2 python-hcl2
peer 'godotenv, compose, docker, YAML and HCL of Go' go_dotenv
peer 'dotenv for ruby' ruby_dotenv
peer 'age and four plugins' age_plugins
peer 'vectors of age' age_vectors
peer 'vectors of toml-test' toml_vectors
rm -rf "$peers/cache" "$peers/gopath" "$peers/gocache" "$peers/module"
