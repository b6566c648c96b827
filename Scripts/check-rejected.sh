#!/usr/bin/env bash
# Compiles the programs of Tests/Rejected, whose comments say which errors the compiler must find,
# and Tests/Rejected/AcceptedProgram.swift, in which it must find none.
#
# Usage: Scripts/check-rejected.sh [folder of a debug build, by default .build/debug]
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:-.build/debug}
programs=Tests/Rejected
control=$programs/AcceptedProgram.swift

if [[ ! -d $build/Modules ]]; then
  echo "error: no modules in $build; please run 'swift build' first" >&2
  exit 1
fi

# Swift modules need the C modules that they import. A C target has a module map of its own, or
# gets one from SwiftPM, in its build folder.
flags=(-swift-version 6 -I "$build/Modules")
for map in Sources/*/include/module.modulemap "$build"/*.build/module.modulemap; do
  if [[ -f $map ]]; then flags+=(-Xcc "-fmodule-map-file=$map"); fi
done

# Ownership errors are found from SIL on, so -typecheck would not do.
compile() { swiftc -frontend -emit-sil -o /dev/null "${flags[@]}" "$@" 2>&1; }

passed=0
failed=0

# report NAME OUTPUT: a failure if there is output.
report() {
  if [[ -z $2 ]]; then
    echo "passed: $1"
    passed=$((passed + 1))
  else
    echo "FAILED: $1"
    printf '%s\n' "$2"
    failed=$((failed + 1))
  fi
}

# If everything failed to compile, so would this.
output=$(compile "$control" || echo "error: exit code $?")
report "$control compiles" "$output"

for program in "$programs"/*.swift; do
  if [[ $program == "$control" ]]; then continue; fi
  if grep -q 'expected-error' "$program"; then
    # -verify takes every error, note and warning of the file that no comment expects for an error.
    output=$(
      compile -verify -verify-ignore-unrelated "$program" || echo "error: exit code $?"
    )
  else
    output="error: no error is expected in it"
  fi
  report "$program is rejected" "$output"
done

echo "$passed passed, $failed failed"
[[ $failed == 0 ]]
