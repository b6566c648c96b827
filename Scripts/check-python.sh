#!/usr/bin/env bash
# Checks the C and Python interfaces of the release build: the header by itself, the example in C,
# and the tests in Tests/python.
set -euo pipefail
cd "$(dirname "$0")/.."

build=$PWD/.build/release
include=Sources/CFlashAttention/include
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

passed=0
failed=0
skipped=0

# check NAME COMMAND…: a failure if the command fails.
check() {
  local output
  if output=$("${@:2}" 2>&1); then
    echo "passed: $1"
    passed=$((passed + 1))
  else
    echo "FAILED: $1"
    printf '%s\n' "$output" | tail -n 20
    failed=$((failed + 1))
  fi
}

# MARK: C

strict=(-Wall -Wextra -pedantic -Werror)

# Sizes are part of the interface: what a program was compiled with stays valid.
cat >"$folder/header.c" <<'END'
#include "flash_attention.h"
#include "flash_attention.h"

typedef char parameters_size[sizeof(flash_attention_parameters) == 240 ? 1 : -1];
typedef char traffic_size[sizeof(flash_attention_traffic) == 112 ? 1 : -1];

int main(void) {
  flash_attention_parameters parameters = {0};
  parameters.struct_size = sizeof parameters;
  return flash_attention_forward(&parameters, 0, 0, 0, 0, 0, 0) == FLASH_ERROR_POINTER ? 1 : 0;
}
END
sed 's/= {0}/= {}/' "$folder/header.c" >"$folder/header.cpp"

cc=${CC:-cc}
check "the header is C11" "$cc" -std=c11 "${strict[@]}" -I $include -c "$folder/header.c" \
  -o "$folder/header.o"
if cxx=$(command -v "${CXX:-c++}" || command -v clang++); then
  check "the header is C++11" "$cxx" -std=c++11 "${strict[@]}" -I $include \
    -c "$folder/header.cpp" -o "$folder/headerpp.o"
else
  echo "skipped: there is no C++ compiler"
  skipped=$((skipped + 1))
fi
check "the example in C compiles" "$cc" -std=c11 "${strict[@]}" -O2 -I $include \
  Examples/c/attention.c -o "$folder/attention" -L "$build" -lflashattention \
  -Wl,-rpath,"$build" -lm
check "the example in C runs" "$folder/attention"

# Other programs' symbols are safe from ours: what is exported is Swift's or bears our prefixes.
exports() {
  local nm
  nm=$(command -v nm || command -v llvm-nm)
  "$nm" -D --defined-only "$build/libflashattention.so" | awk '
    $3 ~ /^flash_/ { flash++ }
    $3 !~ /^(flash_|cpu_has_|\$s|_?_?swift|symbolic |__bss_start$|_edata$|_end$)/ {
      print
      foreign++
    }
    END { if (!flash) print "nothing begins with flash_"; exit foreign > 0 || !flash }'
}
if [[ $(uname -s) == Linux ]]; then check "symbols begin with flash_" exports; fi

# MARK: Python

python=python3
if ! python3 -c "import numpy" 2>/dev/null; then
  python=$PWD/.build/python/bin/python
  [[ -x $python ]] || python3 -m venv .build/python
  "$python" -c "import numpy" 2>/dev/null \
    || "$python" -m pip install --quiet --disable-pip-version-check numpy
fi

export FLASHATTENTION_LIBRARY=$build/libflashattention.so
[[ $(uname -s) != Darwin ]] || FLASHATTENTION_LIBRARY=$build/libflashattention.dylib
export PYTHONDONTWRITEBYTECODE=1

output=$("$python" -m unittest discover -s Tests/python 2>&1) || true
counts=$(awk '
  /^Ran [0-9]+ tests? in/ { run = $2 }
  /^(OK|FAILED)/ {
    ended = 1
    line = $0
    gsub(/[^0-9a-z=]+/, " ", line)
    count = split(line, word, " ")
    for (i = 1; i <= count; i++) {
      split(word[i], pair, "=")
      if (pair[1] == "failures" || pair[1] == "errors") failed += pair[2]
      if (pair[1] == "skipped") skipped += pair[2]
    }
  }
  END {
    if (!ended || !run) failed++
    print run - failed - skipped, failed + 0, skipped + 0
  }' <<<"$output")
read -r python_passed python_failed python_skipped <<<"$counts"
if [[ $python_failed == 0 ]]; then
  echo "passed: $python_passed tests of Tests/python"
else
  echo "FAILED: $python_failed tests of Tests/python"
  tail -n 60 <<<"$output"
fi
passed=$((passed + (python_passed > 0 ? python_passed : 0)))
failed=$((failed + python_failed))
skipped=$((skipped + python_skipped))

echo "$passed passed, $failed failed$([[ $skipped == 0 ]] || echo ", $skipped skipped")"
[[ $failed == 0 ]]
