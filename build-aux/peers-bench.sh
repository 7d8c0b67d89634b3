#!/bin/sh
# Installs alternatives to vault exec into BUILD/peers-bench only, for make bench to compare. If one
# cannot be installed, a message says so, and it is not measured.
# usage: peers-bench.sh BUILD
set -eu

mkdir -p "$1/peers-bench/bin"
peers=$(CDPATH='' cd -- "$1/peers-bench" && pwd)
log=$peers/log
: >"$log"

has() {
    command -v "$1" >/dev/null
}

sops() {
    has go && GOBIN=$peers/bin GOPATH=$peers/gopath GOCACHE=$peers/gocache GOFLAGS=-modcacherw \
        go install github.com/getsops/sops/v3/cmd/sops@v3.13.3
}

dotenvx() {
    has node && has npm && npm install --prefix "$peers/npm" --cache "$peers/cache" --no-save \
        --no-audit --no-fund @dotenvx/dotenvx@2.38.2 &&
        ln -sf ../npm/node_modules/.bin/dotenvx "$peers/bin/dotenvx"
}

ansible_vault() {
    has python3 && python3 -m venv "$peers/ansible" &&
        "$peers/ansible/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check \
            ansible-core==2.19.14 &&
        ln -sf ../ansible/bin/ansible-vault "$peers/bin/ansible-vault"
}

peer() { # NAME FUNCTION
    if ("$2") >>"$log" 2>&1 </dev/null; then
        echo "peers: $1"
    else
        echo "peers: no $1: it is not measured (see $log)"
    fi
}

peer sops sops
peer dotenvx dotenvx
peer ansible-vault ansible_vault
rm -rf "$peers/cache" "$peers/gopath" "$peers/gocache"
