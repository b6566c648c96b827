#!/usr/bin/env python3
"""What options cost and save: ratios of the times of two runs of flashsim that differ in one option.

    swift build -c release --product flashsim
    python3 Benchmarks/options.py .build/release/flashsim [--pairs N] [--only causal|density|types]

Causal against unmasked attention; 1/2, 1/4 and 1/8 of the blocks against all of them; f16 and bf16 against f32. The
time is `seconds` of the JSON: the launches, without making inputs and without checking. Where there is a backward pass
it is the time of both passes, for the backward pass needs what the forward pass leaves.

The two runs of a pair follow one another in short processes, A B A B …, in one loop. A machine that others use too is
slow for a while and then fast again: both runs of a pair meet about the same machine, so their ratio means something
where their times do not, and an option that was measured after another would be compared with another machine. A
process runs one configuration once, so that none finds caches, pages and threads as another left them. The table has
the median of the ratios with its quartiles, beside the ratio of the blocks of S that are computed: with f16 larger ones
fit into SRAM, and so there are fewer.

Exits with 1 where a median is above its limit.
"""
import argparse, json, statistics, subprocess, sys

causal = '--tokens 4096 --heads 8 --head-dim 64'
density = '--tokens 8192 --heads 4 --head-dim 64 --blocks 128x128 --sram 256KiB'
types = '--tokens 4096 --heads 16 --head-dim 64'
passes = ['forward', 'both']
flash = ['flash1', 'flash2']

# Of 64 × 64 blocks, `fixed:32,0` leaves two squares of 32 × 32 on the diagonal: exactly a half.
densities = ['fixed:32,0', 'fixed:16,0', 'fixed:8,0']

# What is measured: a heading, the options of both runs, the option of one of them, and the limit of the ratio.
cases = {
    'causal': [(f'{a} {p} causal', f'{causal} --algorithm {a} --pass {p}', '--causal', 0.58 if p == 'forward' else None)
               for p in passes for a in flash],
    'density': [(f'{a} forward {d}', f'{density} --algorithm {a}', f'--pattern {d}', 0.20 if d == 'fixed:8,0' else None)
                for a in flash for d in densities],
    'types': [(f'{a} {p} {t}', f'{types} --algorithm {a} --pass {p}', f'--dtype {t}', None)
              for p in passes for a in flash for t in ['f16', 'bf16']],
}

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('binary', help='flashsim, built for release')
parser.add_argument('--pairs', type=int, default=15, help='at least 2')
parser.add_argument('--only', choices=cases)
options = parser.parse_args()


def run(line):
    command = [options.binary, 'run', *line.split(), '--reference', 'none', '--format', 'json']
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)['runs'][0]


def measure(heading, line, option, limit):
    ratios, times = [], []
    for _ in range(options.pairs):
        plain, other = run(line), run(f'{line} {option}')
        ratios.append(other['seconds'] / plain['seconds'])
        times.append(plain['seconds'])
    low, middle, high = statistics.quantiles(ratios, n=4, method='inclusive')
    blocks = other['live_blocks'] / plain['live_blocks']
    verdict = '' if limit is None else f'≤ {limit:.2f} ' + ('holds' if middle <= limit else 'DOES NOT HOLD')
    print(f'{heading:<26} {statistics.median(times):>9.3f} {middle:>7.3f}  {low:.3f} … {high:.3f} {blocks:>7.3f}  {verdict}',
          flush=True)
    return limit is None or middle <= limit


if options.pairs < 2:
    parser.error('quartiles need at least 2 pairs')
held = True
for name in [options.only] if options.only else cases:
    print(f'{name}: {globals()[name]}, {options.pairs} pairs')
    print(f'{"":<26} {"without/s":>9} {"ratio":>7}  {"quartiles":<13} {"blocks":>7}  limit')
    for case in cases[name]:
        held &= measure(*case)
    print()
sys.exit(0 if held else 1)
