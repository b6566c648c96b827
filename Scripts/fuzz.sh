#!/bin/sh
# Fuzzes the three readers, one after the other, SECONDS each: Scripts/fuzz.sh SECONDS [FORMAT …]
#
# The corpus grows in .build/fuzz/corpus; what crashes, hangs or allocates more than 512 MB is left
# in .build/fuzz as crash-…, timeout-… or oom-….
set -eu
cd "$(dirname "$0")/.."
seconds=$1
shift
[ $# -gt 0 ] || set -- safetensors npz npy

out=.build/fuzz
mkdir -p "$out"
# The linker's notes about AddressSanitizer's private symbols mean nothing here.
swiftc -O -swift-version 6 -sanitize=fuzzer,address -parse-as-library -package-name TensorFiles \
  -enable-upcoming-feature InternalImportsByDefault \
  -enable-upcoming-feature MemberImportVisibility \
  -enable-upcoming-feature ExistentialAny \
  -I Sources/CZlib Sources/TensorFiles/*.swift Fuzzing/FuzzTensorFiles.swift \
  -o "$out/FuzzTensorFiles" 2>"$out/build.log" || { cat "$out/build.log"; exit 1; }

python3 Scripts/fuzz-seeds.py "$out/seeds" || echo "Some seeds are missing."
for format; do
  mkdir -p "$out/corpus/$format" "$out/seeds/$format"
  # Exit codes of the fuzzer do not end the script: the other readers have their turn.
  TENSOR_FORMAT=$format "$out/FuzzTensorFiles" "$out/corpus/$format" "$out/seeds/$format" \
    -dict="Fuzzing/$format.dict" -artifact_prefix="$out/$format-" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=512 \
    -max_len=4096 -print_final_stats=1 2>"$out/$format.log" || echo "$format: a finding"
  grep -E '^(stat::number_of_executed_units|SUMMARY|Done)' "$out/$format.log" \
    | sed "s/^/$format: /"
done
