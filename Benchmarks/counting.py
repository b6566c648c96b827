#!/usr/bin/env python3
"""What counting costs: the same tile programs on a machine that counts and on one with all counting compiled out.

    python3 Benchmarks/counting.py [PAIRS]

Builds both, runs them in turn, and prints the median of the ratios of their times with its quartiles; and, where
valgrind is installed, the ratio of the instructions that they execute, which does not flicker.
"""
import json, os, shutil, statistics, subprocess, sys

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
builds = {'counted': ('.build/counted', {}), 'uncounted': ('.build/uncounted', {'FLASHSIM_UNCOUNTED': '1'})}


def build(scratch, environment):
    command = ['swift', 'build', '-c', 'release', '--product', 'flashsim', '--scratch-path', scratch]
    subprocess.run(command, cwd=root, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL)
    return os.path.join(root, scratch, 'release', 'flashsim')


def arguments(algorithm, tokens, heads, blocks, simd):
    return ['run', '--algorithm', algorithm, '--tokens', tokens, '--heads', heads, '--head-dim', 64, '--blocks', blocks,
            '--threads', 1, '--simd', simd, '--reference', 'none', '--format', 'json']


def seconds(binary, *case):
    out = subprocess.run([binary, *map(str, arguments(*case))], capture_output=True, text=True, check=True).stdout
    return json.loads(out)['runs'][0]['seconds']


def instructions(binary, *case):
    # valgrind gives up on Swift's debug information.
    stripped = binary + '.stripped'
    subprocess.run(['objcopy', '--strip-debug', binary, stripped], check=True)
    command = ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', stripped, *map(str, arguments(*case))]
    log = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    return int(log.rsplit('Collected :', 1)[1].split()[0])


binaries = {name: build(*how) for name, how in builds.items()}
for case in [('flash2', 4096, 1, 'fit'), ('flash2', 2048, 1, '64x64'), ('flash1', 2048, 1, '64x64'), ('flash2', 1024, 1, '16x16')]:
    ratios = sorted(seconds(binaries['counted'], *case, 'auto') / seconds(binaries['uncounted'], *case, 'auto')
                    for _ in range(pairs))
    low, middle, high = statistics.quantiles(ratios, n=4) if pairs > 1 else ratios * 3
    line = f'{case[0]} tokens {case[1]} blocks {case[3]:>6}: time × {middle:.3f} ({low:.3f} … {high:.3f}, {pairs} pairs)'
    if shutil.which('valgrind'):
        # valgrind knows no AVX-512.
        small = (case[0], 512, 1, '128x112' if case[3] == 'fit' else case[3], 'avx2')
        line += f', instructions × {instructions(binaries["counted"], *small) / instructions(binaries["uncounted"], *small):.3f}'
    print(line, flush=True)
