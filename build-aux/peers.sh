#!/bin/sh
# Installs the programs that read what vault writes, and write what it reads, into BUILD/peers and
# nowhere else. One that cannot be had is said, and its tests are skipped. tests/peers/peer.sh runs
# them.
# usage: peers.sh BUILD
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
mkdir -p "$1/peers"
peers=$(CDPATH='' cd -- "$1/peers" && pwd)
log=$peers/log
: >"$log"

has() {
    command -v "$1" >/dev/null
}

# The versions are those that the dialects were written after.
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

ruby_dotenv() {
    has gem && gem install --no-document --install-dir "$peers/gems" dotenv --version '~> 3.2'
}

peer() { # NAME FUNCTION [ARGUMENT…]
    name=$1
    shift
    if ("$@") >>"$log" 2>&1 </dev/null; then
        echo "peers: $name"
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
rm -rf "$peers/cache" "$peers/gopath" "$peers/gocache"
