#!/usr/bin/env bash
# Fetches style sheets, fonts and scripts through npm's lock file and lays them where the binary
# embeds them. Does nothing when the lock file has not changed.
set -euo pipefail
cd "$(dirname "$0")/.."

vendor=crates/gateway/assets/vendor
stamp=$vendor/.stamp
now=$(cat package-lock.json scripts/assets.sh | sha256sum)
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ] && [ -d node_modules ] && exit 0

command -v npm >/dev/null 2>&1 || {
    echo "Missing: Node.js 20 or newer with npm. Please install: sudo apt-get install nodejs npm" >&2
    exit 1
}
npm ci --ignore-scripts --no-audit --no-fund --silent
rm -rf "$vendor"
mkdir -p "$vendor/fonts" "$vendor/graphiql"
cp node_modules/@kern-ux/native/dist/kern.min.css "$vendor/"
for weight in Regular SemiBold Bold; do
    cp "node_modules/@kern-ux/native/dist/fonts/fira-sans/FiraSans-$weight.woff2" "$vendor/fonts/"
done
cp node_modules/htmx.org/dist/htmx.min.js "$vendor/"
cp node_modules/graphiql/graphiql.min.css node_modules/graphiql/graphiql.min.js \
    node_modules/react/umd/react.production.min.js \
    node_modules/react-dom/umd/react-dom.production.min.js "$vendor/graphiql/"
echo "$now" >"$stamp"
