#!/usr/bin/env bash
# Checks that no instruction of AVX, AVX2 or AVX-512 can run on a CPU without it: outside the two
# kernel builds that are chosen by CPUID there is none, and the linker cannot put one there. And that
# the products of these builds are what they are meant to be.
#
# Usage: Scripts/check-isa.sh [folder of a build, by default .build/release]
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:-.build/release}
avx2=SIMDKernelsAVX2
avx512=SIMDKernelsAVX512

if [[ $(uname -m) != x86_64 ]]; then
  echo "skipped: there is one build of the kernels on $(uname -m)"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
fi

# Of the Swift toolchain, else of LLVM or binutils: they print alike where it matters here.
tool() {
  local name path
  path=$(dirname "$(command -v swift || echo /)")
  for name in "$path/llvm-$1" "llvm-$1" "$1"; do
    if command -v "$name" >/dev/null; then
      echo "$name"
      return
    fi
  done
  echo "error: please install llvm or binutils for $1" >&2
  exit 1
}
objdump=$(tool objdump)
nm=$(tool nm)

# The objects of a module, or with `!` those of all modules but some.
objects() {
  local module conditions=()
  if [[ $1 == ! ]]; then
    for module in "${@:2}"; do conditions+=(! -path "*/$module.build/*"); done
  else
    conditions=(-path "*/$1.build/*")
  fi
  find -L "$build" -name '*.o' -path '*.build/*' "${conditions[@]}" -print0
}

# Prints, for the objects named on standard input, each instruction that is encoded with VEX or
# EVEX, and at last `N objects, N instructions, N VEX, N EVEX`.
#
# The encoding is in the first byte behind any prefix of segment or address size: in 64-bit code
# C4 and C5 always begin VEX, and 62 EVEX (Intel SDM, volume 2, 2.3.5 and 2.7.1). This covers all of
# AVX, AVX2, FMA, F16C, AVX-512 and BMI, whatever the disassembler calls them.
disassemble() {
  xargs -0 -r "$objdump" -d | awk '
    /file format / { objects++; object = $1; next }
    /^[0-9a-f]+ <.*>:$/ { symbol = $2; next }
    /^ *[0-9a-f]+:/ {
      text = $0
      sub(/^ *[0-9a-f]+:[ \t]*/, "", text)
      split(text, word, /[ \t]+/)
      first = 1
      while (word[first] ~ /^(26|2e|36|3e|64|65|67)$/) first++
      # binutils breaks long instructions, and the second line has bytes alone.
      if (text ~ /^([0-9a-f][0-9a-f][ \t]*)+$/) next
      instructions++
      encoding = ""
      if (word[first] == "c4" || word[first] == "c5") encoding = "VEX"
      if (word[first] == "62") encoding = "EVEX"
      gsub(/[ \t]+/, " ", text)
      if (encoding != "") { count[encoding]++; print encoding ": " object " " symbol " " text }
    }
    END {
      printf "%d objects, %d instructions, %d VEX, %d EVEX\n",
        objects, instructions, count["VEX"], count["EVEX"]
    }'
}

# Prints `object symbol type` for all that the objects named on standard input define.
definitions() { xargs -0 -r "$nm" -A -P --defined-only | sed 's/: / /'; }

passed=0
failed=0

# report NAME DETAILS [CULPRITS]: a failure if there are culprits.
report() {
  if [[ -z ${3:-} ]]; then
    echo "passed: $1 ($2)"
    passed=$((passed + 1))
  else
    echo "FAILED: $1 ($2)"
    sed -n '1,10s/^/  /p' <<<"$3"
    failed=$((failed + 1))
  fi
}

if [[ ! -d $build/$avx2.build || ! -d $build/$avx512.build ]]; then
  echo "error: no objects in $build; please run 'swift build -c release' first" >&2
  exit 1
fi

# MARK: Instructions

others=$(objects ! "$avx2" "$avx512" | disassemble)
report "no AVX outside the vector builds" "$(tail -n 1 <<<"$others")" "$(sed '$d' <<<"$others")"

narrow=$(objects "$avx2" | disassemble)
report "no AVX-512 in $avx2" "$(tail -n 1 <<<"$narrow")" "$(grep '^EVEX:' <<<"$narrow" || true)"

# Had these none, then the two checks above would be blind, or the builds lack their flags.
count=$(grep -c '^VEX:' <<<"$narrow" || true)
report "$avx2 uses AVX" "$count VEX" "$([[ $count -gt 0 ]] || echo "none found")"
wide=$(objects "$avx512" | disassemble)
count=$(grep -c '^EVEX:' <<<"$wide" || true)
report "$avx512 uses AVX-512" "$(tail -n 1 <<<"$wide")" "$([[ $count -gt 0 ]] || echo "none found")"

# MARK: Registers

# Sums that the optimiser does not take apart into registers go through memory at every step, and products
# take twice the time. What becomes of them depends on everything else in the module.
for module in "$avx2" "$avx512"; do
  [[ $module == "$avx2" ]] && code=$narrow || code=$wide
  products=$(grep -E ' <[^ ]*(7product|12RegisterTile)[^ ]*>: ' <<<"$code" || true)
  # The scale may wait there for the end of the sums.
  spills=$(grep -E ' vmov[a-z]+ %[yz]mm[0-9]+, ?[-0-9a-fx]*\(%r[sb]p' <<<"$products" | tail -n +3 || true)
  count=$(grep -c ' vfmadd' <<<"$products" || true)
  report "products of $module keep their sums in registers" "$count fused operations" \
    "$([[ $count -gt 0 ]] || echo "none found")$spills"
done

# MARK: Symbols

for module in "$avx2" "$avx512"; do
  # Of several copies of weak code, which is what COMDAT groups hold, the linker keeps one.
  weak=$(objects "$module" | definitions | awk '$3 == "W" { print $1, $2 }')
  total=$(grep -c . <<<"$weak" || true)

  # A symbol that names the module is nobody else's. Any other, such as a specialization of the
  # standard library's, may be defined in the objects of a package that depends on this one.
  report "weak code of $module bears its name" "$total symbols" \
    "$(grep -v " .*${#module}$module" <<<"$weak" | grep . || true)"

  elsewhere=$(objects ! "$module" | definitions)
  report "weak code of $module is defined nowhere else" \
    "$(grep -c . <<<"$elsewhere") other symbols" \
    "$(awk 'NR == FNR { if (NF) weak[$2]; next } $2 in weak' <(echo "$weak") - <<<"$elsewhere")"
done

echo "$passed passed, $failed failed"
[[ $failed == 0 ]]
