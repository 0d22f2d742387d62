#!/usr/bin/env bash
# Times whole processes: fargate-egress, and the same stack made with troposphere and with AWS CDK.
#
# What it compares with is installed under target/bench/, at the versions that benches/peers/ names.
# Whatever a peer can leave out is left out for it: a compiler, YAML, notices, versions to report.
set -euo pipefail

usage() {
    cat <<'EOF'
usage: benches/processes.sh [--runs N] [--without troposphere] [--without cdk]

Needs cargo and python3; for troposphere and cfn-lint the Python package index; for cdk node and the npm
registry. Without troposphere there is no cfn-lint either: they are installed together.
EOF
}

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

runs=20 troposphere=yes cdk=yes
while (($#)); do
    case "$1 ${2-}" in
    "--without troposphere") troposphere="" ;;
    "--without cdk") cdk="" ;;
    "--runs "[1-9]*) runs=$2 ;;
    "--help " | "-h ") usage && exit ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift 2
done

cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
bench=$target/bench
venv=$bench/python
app=$bench/cdk
program=$target/release/fargate-egress
peers=benches/peers

mkdir -p "$bench"
# On the disk that the target folder is on: a temporary folder is often memory.
run=$(mktemp -d "$bench/run.XXXXXX")
trap 'rm -rf "$run"' EXIT

install_troposphere() {
    cmp -s "$peers/requirements.txt" "$venv/installed.txt" && return
    rm -rf "$venv"
    python3 -m venv "$venv" || fail "python3 has no venv module; add it, or give --without troposphere"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement "$peers/requirements.txt" ||
        fail "pip did not install troposphere: is the Python package index reachable?" \
            "without it: --without troposphere"
    cp "$peers/requirements.txt" "$venv/installed.txt"
}

install_cdk() {
    { command -v node && command -v npm; } >/dev/null ||
        fail "there is no node or no npm; install it, or give --without cdk"
    mkdir -p "$app"
    cp "$peers/cdk/app.js" "$app/"
    cmp -s "$peers/cdk/package.json" "$app/installed.json" && return
    rm -rf "$app/node_modules"
    cp "$peers/cdk/package.json" "$app/"
    (cd "$app" && npm install --no-package-lock --no-audit --no-fund --loglevel error) ||
        fail "npm did not install AWS CDK: is the npm registry reachable? without it: --without cdk"
    cp "$peers/cdk/package.json" "$app/installed.json"
}

# As many stacks as are named, each the example's `tokyo`.
config_of() {
    local body name
    body=$(sed -n '/^  tokyo:$/,/^$/p' egress.yaml | sed '1d;/^$/d')
    echo "stacks:"
    for name; do
        printf '  %s:\n%s\n' "$name" "$body"
    done
}

generate() {
    command=("$program" generate --config "$1" --lock egress.lock.json --out "$2")
}

cargo build --release --quiet
if [[ $troposphere ]]; then install_troposphere; fi
if [[ $cdk ]]; then install_cdk; fi

rows=()
row() {
    rows+=("$1" "$2" "$3" "${command[@]}")
}

config_of tokyo >"$run/tokyo.yaml"
# shellcheck disable=SC2046 # one word a name is what is wanted
config_of $(printf 'tokyo-%04d ' {0..999}) >"$run/many.yaml"

command=(true) && row --base "true" -
command=("$program" --version) && row --row "fargate-egress --version" -
generate "$run/tokyo.yaml" "$run/tokyo" && row --base generate "$run/tokyo"
generate egress.yaml "$run/example" && row --row "generate, the example's two stacks" "$run/example"
generate egress.yaml "$run/same" && row --row "  the same, unchanged" -
generate egress.yaml "$run/forms"
command+=(--emit yaml,json,cdk,svg,mermaid,report)
row --row "generate, the example in every form" "$run/forms"
generate "$run/many.yaml" "$run/many" && row --row "generate, 1,000 stacks" "$run/many"
generate "$run/many.yaml" "$run/many-same" && row --row "  the same, unchanged" -
python3 "$peers/every_region.py" src/aws/region.rs 10000 >"$run/every-region.yaml"
"$program" resolve --quiet --snapshot --config "$run/every-region.yaml"
command=("$program" generate --config "$run/every-region.yaml" --out "$run/every-region")
row --row "generate, 10,000 stacks, every region" "$run/every-region"
row --row "  the same, unchanged" -
command=("$program" check --config "$run/many.yaml" --lock egress.lock.json --out "$run/many-same")
row --row "check, 1,000 stacks" -

python3 "$peers/large_template.py" >"$run/large.yaml"
verify=("$program" verify --quiet --region ap-northeast-1)
command=("${verify[@]}" out/tokyo.yaml) && row --base verify -
command=("${verify[@]}" "$run/large.yaml") && row --row "verify, 75 kB with 17 parameters" -
if [[ $troposphere ]]; then
    lint=("$venv/bin/cfn-lint" --regions ap-northeast-1 --)
    command=("${lint[@]}" out/tokyo.yaml) && row --row "cfn-lint, the example" -
    command=("${lint[@]}" "$run/large.yaml") && row --row "cfn-lint, 75 kB with 17 parameters" -
fi

# What the peers write has to be what is compared, and that what is committed.
made=()
generate "$run/tokyo.yaml" "$run/tokyo" && "${command[@]}" --quiet
cmp "$run/tokyo/tokyo.yaml" out/tokyo.yaml || fail "out/tokyo.yaml is not what fargate-egress generates"
if [[ $troposphere ]]; then
    command=("$venv/bin/python" "$peers/troposphere_stack.py") && row --row troposphere -
    "${command[@]}" >"$run/troposphere.json"
    made+=("$run/troposphere.json")
fi
if [[ $cdk ]]; then
    # No account to look anything up in, and nothing to report or to ask the network for.
    export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
    export CDK_HOME=$run/home CDK_DISABLE_CLI_TELEMETRY=true CDK_DISABLE_VERSION_CHECK=1
    unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
    synth=("$app/node_modules/.bin/cdk" synth --app "node $app/app.js" --quiet --no-notices
        --no-version-reporting --no-path-metadata --no-asset-metadata)
    # By default the templates are validated too, with rules that fargate-egress does not have.
    command=(env CDK_VALIDATION=false "CDK_OUTDIR=$run/app" node "$app/app.js")
    row --row "CDK app, by itself, no validation" "$run/app"
    command=("${synth[@]}" --output "$run/plain" --no-validation)
    row --row "cdk synth --no-validation" "$run/plain"
    command=("${synth[@]}" --output "$run/synth") && row --row "cdk synth" "$run/synth"
    "${command[@]}" >"$run/log" 2>&1 || fail "cdk synth failed: $(cat "$run/log")"
    made+=("$run/synth/tokyo.template.json")
fi
if ((${#made[@]})); then
    python=$venv/bin/python
    if [[ ! -x $python ]]; then python=python3; fi
    "$python" -c "import yaml" || fail "python3 has no PyYAML, with which the stacks are compared"
    "$python" "$peers/same_stack.py" out/tokyo.yaml "${made[@]}"
fi

echo
cpu=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1 || true)
echo "cpu: ${cpu:-$(sysctl -n machdep.cpu.brand_string 2>/dev/null || uname -m)}, $(getconf _NPROCESSORS_ONLN) cores"
echo "system: $(uname -sr)"
echo "fargate-egress: $("$program" --version), $(rustc --version)"
if [[ $troposphere ]]; then
    echo "cfn-lint: $(sed -n 's/^cfn-lint==//p' "$peers/requirements.txt")"
    echo "troposphere: $(sed -n 's/^troposphere==//p' "$peers/requirements.txt"), $("$venv/bin/python" --version)"
fi
if [[ $cdk ]]; then
    library=$(node -p "require('./$peers/cdk/package.json').dependencies['aws-cdk-lib']")
    echo "cdk: $("$app/node_modules/.bin/cdk" --version), aws-cdk-lib $library, node $(node --version)"
fi
echo
python3 -I -S benches/measure.py "$runs" "${rows[@]}"
