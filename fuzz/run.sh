#!/usr/bin/env bash
# Runs the fuzz targets, each for some seconds: `run.sh [SECONDS [TARGET…]]`. Begins with what is in
# corpus/ and keeps what it finds in target/corpus/; `run.sh shrink` brings the smallest set of it back into
# corpus/. A crash is in artifacts/, and ends it.
set -euo pipefail
cd "$(dirname "$0")"

all=(preflight compose sidecar file_name roster dsn verify)
# A stable compiler has all that this needs but sanitizers, and no code of ours is `unsafe`.
options=(--fuzz-dir . --sanitizer none)
export CARGO_TARGET_DIR="$PWD/target"

cargo fuzz --version >/dev/null 2>&1 || cargo install cargo-fuzz --locked

shrink() {
    for target in "${all[@]}"; do
        mkdir -p "target/corpus/$target"
        cp corpus/"$target"/* "target/corpus/$target/"
        cargo fuzz cmin "${options[@]}" "$target" "target/corpus/$target"
        # What is large is worth less than it costs; what says most for its size stays.
        rm -r "corpus/$target" && mkdir "corpus/$target"
        find "target/corpus/$target" -type f -size -5k -printf '%s %p\n' | sort -n | head -n 200 |
            awk '{ total += $1; if (total < 40000) print $2 }' | xargs -r cp -t "corpus/$target"
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
