#!/usr/bin/env bash
# The longest match of a million addresses among the prefixes that AWS publishes, on one core: this program,
# a trie in Rust, and AWS's own library for Python. That all three answer the same is checked first.
set -euo pipefail

cd "$(dirname "$0")/.."
# cargo runs a benchmark in the folder of its package.
bench=${CARGO_TARGET_DIR:-$PWD/target}/bench/lookups
python=$bench/python
mkdir -p "$bench"
if ! cmp -s benches/peers/lookups.txt "$python/installed.txt"; then
    rm -rf "$python"
    python3 -m venv "$python"
    "$python/bin/python" -m pip install --quiet --disable-pip-version-check --requirement benches/peers/lookups.txt
    cp benches/peers/lookups.txt "$python/installed.txt"
fi
core=()
if command -v taskset >/dev/null; then core=(taskset --cpu-list 0); fi
rows=$("${core[@]}" cargo bench --quiet --locked --bench lookups -- "$bench")
# It needs a thousand times as long; two thousand addresses say enough.
rows+=$'\n'$("${core[@]}" "$python/bin/python" benches/peers/lookups.py "$bench" 2000)
awk 'NR == 1 { own = $2 }
    { printf "%-16s %10.1f ns an address %12.0f ms a million %8.1f times\n", $1, $2, $2, $2 / own }' <<<"$rows"
