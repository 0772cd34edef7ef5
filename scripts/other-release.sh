#!/usr/bin/env bash
# Builds another release in target/other and prints the path of its binary: DRILL_OTHER (a tag or a
# commit), else the newest tag before this commit, else the last commit with fewer migrations.
set -euo pipefail
cd "$(dirname "$0")/.."

steps() { # commit
    git show "$1:migrations/src/lib.rs" 2>/dev/null | grep -c 'step!("' || true
}

other=${DRILL_OTHER:-$(git describe --tags --abbrev=0 HEAD^ 2>/dev/null || true)}
if [ -z "$other" ]; then
    for changed in $(git log --first-parent --format=%H -- migrations/src/lib.rs); do
        other=$changed^
        [ "$(steps "$other")" -lt "$(steps HEAD)" ] && break
    done
fi
commit=$(git rev-parse --short --verify --quiet "$other^{commit}") || {
    echo "No other release: $other is not in this repository's history." >&2
    exit 1
}

# Its own build folder, so that it is not mixed up with this release's; kept for the next run.
build=$PWD/target/other/build
binary=$PWD/target/other/amtstermin-$commit
if [ ! -x "$binary" ]; then
    echo "Building the other release, $commit (the first time takes some minutes) …" >&2
    source=$PWD/target/other/source
    git worktree remove --force "$source" 2>/dev/null || rm -rf "$source"
    git worktree add --force --quiet --detach "$source" "$commit"
    trap 'git worktree remove --force "$source"' EXIT
    "$source/scripts/assets.sh" >&2
    cargo build --quiet --manifest-path "$source/Cargo.toml" --target-dir "$build" -p gateway --bin amtstermin >&2
    cp "$build/debug/amtstermin" "$binary"
fi
echo "$binary"
