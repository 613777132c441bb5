#!/bin/sh
# Installs the Debian packages named, for tests that run the real programs. Needs root, or sudo without a password.
set -eu
if [ "$(id -u)" = 0 ]; then as_root=; else as_root='sudo -n'; fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
$as_root apt-get install -y -qq --no-install-recommends "$@"
