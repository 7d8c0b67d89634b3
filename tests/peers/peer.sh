#!/bin/sh
# Another program's reader. The names of files stand on stdin, one on a line; for each it prints a
# line of JSON: an object of what is in the file, or a string that says why there is none.
# usage: peer.sh NAME         reads
#        peer.sh --has NAME   says whether it is here: make deps-test
# names: dotenv (npm's), env-file (node's own), python, python-plain (expands nothing), ruby,
#        godotenv, compose, docker; yaml, go-yaml, toml, hcl, go-hcl
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
peers=${BUILD:-$here/../../build}/peers
[ -d "$peers" ] || peers=$here/../../build/peers # for other builds too

is_node() {
    command -v node >/dev/null && NODE_PATH="$peers/npm/node_modules" node -e "$1" 2>/dev/null
}
is_python() {
    PYTHONPATH="$peers/python/$1" python3 -c "import $1" 2>/dev/null
}

# From 1.2.3 on it reads backslashes, and a # behind "= ", in another way.
is_known_dotenv() {
    PYTHONPATH="$peers/python/dotenv" python3 -c '
import sys
from dotenv.version import __version__
sys.exit([int(part) for part in __version__.split(".")[:3]] >= [1, 2, 3])'
}

has() {
    case $1 in
    dotenv) is_node 'require("dotenv")' ;;
    env-file) is_node 'process.exit(require("util").parseEnv ? 0 : 1)' ;;
    python | python-plain) is_python dotenv && is_known_dotenv ;;
    yaml) is_python yaml ;;
    toml) is_python tomli ;;
    hcl) is_python hcl2 ;;
    godotenv | compose | docker | go-yaml | go-hcl) [ -x "$peers/go-dotenv" ] ;;
    ruby) GEM_PATH="$peers/gems" ruby -e 'gem "dotenv", "~> 3.2"' 2>/dev/null ;;
    *) false ;;
    esac
}

if [ "$1" = --has ]; then
    has "$2"
    exit
fi
export PYTHONDONTWRITEBYTECODE=1
case $1 in
dotenv | env-file) NODE_PATH="$peers/npm/node_modules" exec node "$here/read.cjs" "$1" ;;
python | python-plain) PYTHONPATH="$peers/python/dotenv" exec python3 "$here/read.py" "$1" ;;
yaml) PYTHONPATH="$peers/python/yaml" exec python3 "$here/read.py" yaml ;;
toml) PYTHONPATH="$peers/python/tomli" exec python3 "$here/read.py" toml ;;
hcl) PYTHONPATH="$peers/python/hcl2" exec python3 "$here/read.py" hcl ;;
godotenv | compose | docker | go-yaml | go-hcl) exec "$peers/go-dotenv" "$1" ;;
ruby) GEM_PATH="$peers/gems" exec ruby "$here/read.rb" ;;
*) echo "peer.sh: there is no $1" >&2 && exit 2 ;;
esac
