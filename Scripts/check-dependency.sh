#!/usr/bin/env bash
# Checks that another package can depend on a version of this one: builds and runs a program that
# uses FlashCore, in a temporary folder, from a tagged copy of the last commit, with OpenBLAS out of
# sight.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts=$PWD/Scripts
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

git clone --quiet --no-hardlinks . "$folder/flashsim"
git -C "$folder/flashsim" -c tag.gpgSign=false tag 1.0.0

mkdir -p "$folder/dependent/Sources/dependent"
cd "$folder/dependent"

cat >Package.swift <<EOF
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "dependent",
  platforms: [.macOS("26.0")],
  dependencies: [.package(url: "file://$folder/flashsim", from: "1.0.0")],
  targets: [
    .executableTarget(
      name: "dependent", dependencies: [.product(name: "FlashCore", package: "flashsim")])
  ]
)
EOF

# Keys of even tokens have three times the weight of the others: every output is ¾·4 + ¼·8, and
# every log-sum-exp ln(32·3 + 32·1).
cat >Sources/dependent/main.swift <<'EOF'
import FlashCore

let (heads, tokens, features) = (2, 64, 16)
func tensor(_ element: (_ token: Int, _ feature: Int) -> Float) throws -> Tensor {
  let matrix = (0..<tokens).flatMap { token in (0..<features).map { element(token, $0) } }
  return try Tensor(
    shape: [1, heads, tokens, features], Array(repeatElement(matrix, count: heads).joined()))
}

let result = try scaledDotProductAttention(
  query: tensor { _, feature in feature == 0 ? 1 : 0 },
  key: tensor { token, feature in feature == 0 && token % 2 == 0 ? 1.0986123 : 0 },
  value: tensor { token, _ in token % 2 == 0 ? 4 : 8 },
  scale: 1, algorithm: .flash2, tiling: .blocks(Blocks(rows: 16, columns: 16)))

func thousandths(_ tensor: Tensor) -> Set<Int> {
  Set(tensor.values.map { Int(($0 * 1000).rounded()) })
}
print("output \(thousandths(result.output)), log-sum-exp \(thousandths(result.logSumExp)), in 1/1000")
print(result.traffic.readElements, result.traffic.writtenElements, result.traffic.bytes)
EOF

# Per head: Q is read once, K and V once for each of 4 blocks of queries; O and LSE are written once.
reads=$((2 * (64 * 16 + 4 * 64 * (16 + 16))))
writes=$((2 * (64 * 16 + 64)))
expected="output [5000], log-sum-exp [4852], in 1/1000
$reads $writes $((4 * (reads + writes)))"

passed=0
failed=0

# report NAME [OUTPUT]: a failure if there is output.
report() {
  if [[ -z ${2:-} ]]; then
    echo "passed: $1"
    passed=$((passed + 1))
  else
    echo "FAILED: $1"
    printf '%s\n' "$2" | tail -n 20
    failed=$((failed + 1))
  fi
}

# A folder without .pc files, in place of the system's.
mkdir "$folder/nothing"
unset PKG_CONFIG_PATH
export PKG_CONFIG_LIBDIR=$folder/nothing

output=$(swift build -c release --disable-dependency-cache 2>&1) && output=
report "a package that depends on version 1.0.0 builds" "$output"

program=.build/release/dependent
if [[ -x $program ]]; then
  output=$("$program" 2>&1 || echo "error: exit code $?")
  report "it computes and counts" "$(diff <(echo "$expected") <(echo "$output") || true)"

  case $(uname -s) in
    Darwin) libraries=$(otool -L "$program") ;;
    *) libraries=$(ldd "$program") ;;
  esac
  report "it is not linked to OpenBLAS" "$(grep -iE 'blas|lapack' <<<"$libraries" || true)"

  output=$("$scripts/check-isa.sh" "$PWD/.build/release" 2>&1) && output=
  report "its instructions are those of every CPU" "$output"
fi

echo "$passed passed, $failed failed"
[[ $failed == 0 ]]
