#!/usr/bin/env bash
# Installs what is missing, or names it: setup.sh run | test | check
set -euo pipefail

missing=()
need() { # command, package
    command -v "$1" >/dev/null 2>&1 || missing+=("$2")
}
need cc build-essential
need node nodejs
need npm npm
if [ "${1:-run}" = test ]; then
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
    # The exclusion constraint needs btree_gist.
    ls /usr/share/postgresql/*/extension/btree_gist.control >/dev/null 2>&1 || missing+=(postgresql-contrib)
    need redis-server redis-server
    need python3 python3
    # Compiles libFuzzer.
    need c++ g++
    need chromium chromium
    # Checks the signatures of mails.
    /usr/bin/python3 -c "import dkim" 2>/dev/null || missing+=(python3-dkim)
fi

if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ]; then
        sudo=()
    elif sudo -n true 2>/dev/null; then
        sudo=(sudo -n)
    else
        echo "Missing: ${missing[*]}. Please install: sudo apt-get install ${missing[*]}" >&2
        exit 1
    fi
    echo "Installing ${missing[*]} …"
    # No server may start by itself on installation; the tests start their own.
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# Rust comes with its own installer; the tools of `make check` come with Rust.
command -v cargo >/dev/null 2>&1 || {
    echo "Missing: a Rust toolchain (1.95 or newer). See https://rustup.rs" >&2
    exit 1
}
