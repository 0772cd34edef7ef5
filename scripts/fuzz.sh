#!/usr/bin/env bash
# Feeds the fuzz targets bad input: fuzz.sh [TARGET], each for FUZZ_SECONDS (20) after its seeds. What
# reached new code is kept below target/fuzz/corpus, and the next run goes on from there. What fails
# is kept below target/fuzz/found and tried again by every later run; fuzz.sh TARGET FILE repeats it
# alone.
#
# No sanitizer, and so no nightly toolchain: our own code has no `unsafe` that one could watch.
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.13.2
root=${CARGO_TARGET_DIR:-$PWD/target}
seconds=${FUZZ_SECONDS:-20}
export PATH=$root/tools/bin:$PATH
cargo fuzz --version 2>/dev/null | grep -q " $version$" ||
    cargo install cargo-fuzz --version "$version" --locked --debug --root "$root/tools"

# The dependencies that are shipped; cargo adds the few that only the targets have.
[ tests/fuzz/Cargo.lock -nt Cargo.lock ] || cp Cargo.lock tests/fuzz/Cargo.lock
host=$(rustc --version --verbose | sed -n 's/^host: //p')
cargo fuzz build --dev --sanitizer none --fuzz-dir tests/fuzz --target "$host" \
    --target-dir "$root/fuzz" ${1:+"$1"}
built=$root/fuzz/$host/debug

if [ $# = 2 ]; then
    exec "$built/$1" "$2"
fi

# What a target reads is made of these words.
words_of() {
    case $1 in
    town_file | free_slots) grep -o '`[^`]*`' docs/town-file.md ;;
    graphql_document) sed '/"""/,/"""/d' schema.graphql ;;
    *) cat "tests/fuzz/seeds/$1"/* ;;
    esac | LC_ALL=C grep -aoE '[[:alpha:]_]{2,24}' | sort -u
}

failed=()
for target in ${1:-$(basename -s .rs tests/fuzz/fuzz_targets/*)}; do
    corpus=$root/fuzz/corpus/$target
    found=$root/fuzz/found/$target
    words=$root/fuzz/$target.dict
    seeds=("tests/fuzz/seeds/$target")
    [ "$target" = town_file ] && seeds+=(crates/catalog/towns)
    { cat tests/fuzz/words.dict && words_of "$target" | sed 's/.*/"&"/'; } >"$words"
    mkdir -p "$corpus" "$found"
    echo "Fuzzing $target for $seconds s …"
    log=$root/fuzz/$target.log
    # An input that takes 15 s counts as found: the service itself gives up after 20.
    if "$built/$target" "$corpus" "$found" "${seeds[@]}" -dict="$words" -artifact_prefix="$found/" \
        -max_total_time="$seconds" -timeout=15 -max_len=65536 >"$log" 2>&1; then
        grep -E 'INITED|^Done' "$log"
        grep ' cov: ' "$log" | tail -n 1
    else
        failed+=("$target")
        tail -n 40 "$log"
        kept=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
        echo "Whole log: $log. To repeat it: scripts/fuzz.sh $target $kept" >&2
    fi
done
[ ${#failed[@]} = 0 ] || { echo "Found something: ${failed[*]}" >&2; exit 1; }
