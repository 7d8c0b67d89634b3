#!/bin/sh
# What the README says, happens.
exec "$(dirname "$0")/readme.sh"
