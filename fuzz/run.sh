#!/usr/bin/env bash
# Runs the fuzz targets, each for some seconds: `run.sh [SECONDS [TARGET…]]`. Begins with what is in
# corpus/ and keeps what it finds in target/corpus/; `run.sh shrink` brings the best of it back into
# corpus/. A crash is in artifacts/, and ends it.
set -euo pipefail
cd "$(dirname "$0")"

all=(preflight compose sidecar file_name roster dsn verify revocation)
# A stable compiler has all that this needs but sanitizers, and no code of ours is `unsafe`.
options=(--fuzz-dir . --sanitizer none)
export CARGO_TARGET_DIR="$PWD/target"

cargo fuzz --version >/dev/null 2>&1 || cargo install cargo-fuzz --locked

# A corpus that is kept stays small: what was written by hand, which has a name, and of what was found
# the sixty that reach most.
shrink() {
    cargo fuzz build "${options[@]}"
    for target in "${all[@]}"; do
        found="target/found/$target"
        rm -rf "$found" && mkdir -p "$found" "target/corpus/$target" "corpus/$target"
        # They are written in the order in which each adds most to those before.
        cargo fuzz run "${options[@]}" "$target" "$found" "target/corpus/$target" -- \
            -set_cover_merge=1 -use_counters=0 -max_len=4096
        find "corpus/$target" -regextype sed -regex '.*/[0-9a-f]\{40\}' -delete
        find "$found" -type f -printf '%T@ %p\n' | sort -n | head -n 60 | cut -d' ' -f2- |
            xargs -r cp -t "corpus/$target"
    done
}

if [ "${1:-}" = shrink ]; then shrink; exit; fi
seconds=${1:-60}
[ $# = 0 ] || shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=("${all[@]}")

cargo fuzz build "${options[@]}"
for target in "${targets[@]}"; do
    mkdir -p "target/corpus/$target" "corpus/$target"
    # A gigabyte is more than any of them may take, and so is half a minute for one input.
    cargo fuzz run "${options[@]}" "$target" "target/corpus/$target" "corpus/$target" -- \
        -max_total_time="$seconds" -timeout=30 -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1
done
