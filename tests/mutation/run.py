"""Mutation testing: are slips in the rules noticed?

    python tests/mutation/run.py wsscan/resolving --seed 1 --count 150

takes a seeded sample of mutants of the modules of one target (targets.py), runs the tests that are to hold them,
each mutant in a forked child of its own up to the first failure, and prints what was killed, what survived and
what ran into its time limit. Nothing is written into the source tree: a mutant lives in memory only.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

from mutants import Mutant, sample  # noqa: E402
from targets import TARGETS, Target  # noqa: E402
from trial import KILLED, SURVIVED, TIME_OUT, TestsFail, Trial, Verdict, try_all  # noqa: E402


def main() -> int:
    """The command line. The exit code is 0 unless the tests fail without any mutant."""
    options = _options()
    if options.list:
        for name, target in TARGETS.items():
            print(f"{name}: {', '.join(target.modules)}")
        return 0
    if options.target not in TARGETS:
        print(f"no such target: {options.target}; there are {', '.join(TARGETS)}", file=sys.stderr)
        return 2
    target = TARGETS[options.target]
    mutants, every = sample(target.modules, ROOT, seed=options.seed, count=options.count)
    if options.again:
        survived = {tuple(row) for row in json.loads(Path(options.again).read_text())["survived"]}
        mutants = [mutant for mutant in mutants if _key(mutant) in survived]
    print(f"{options.target}: {len(mutants)} of {every} mutants (seed {options.seed})", flush=True)
    if options.only_list:
        print(*mutants, sep="\n")
        return 0
    return _run(target, mutants, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", nargs="?", help="what to change; --list names them")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--count", type=int, default=150, help="mutants of the sample")
    parser.add_argument("--list", action="store_true", help="print the targets and their modules")
    parser.add_argument("--only-list", action="store_true", help="print the mutants of the sample, try none")
    parser.add_argument("--report", help="a file that takes the survivors (JSON)")
    parser.add_argument("--again", help="a report: only its survivors are tried")
    parser.add_argument("--quiet", action="store_true", help="print no line for a mutant that was killed")
    return parser.parse_args()


def _key(mutant: Mutant) -> tuple[str, str, str]:
    # Without the line, so that a report outlives changes above it.
    return mutant.module, mutant.was, mutant.becomes


def _run(target: Target, mutants: list[Mutant], options: argparse.Namespace) -> int:
    began = time.monotonic()
    counts: Counter[str] = Counter()
    survived: list[Mutant] = []

    def work(trial: Trial) -> None:
        print(f"the tests alone: {trial.usual:.1f} s of processor", flush=True)
        for number, mutant in enumerate(mutants, start=1):
            verdict = trial.of(mutant)
            counts[verdict.word] += 1
            if verdict.word == SURVIVED:
                survived.append(mutant)
            if not (options.quiet and verdict.word == KILLED):
                _print(number, mutant, verdict)

    with tempfile.TemporaryDirectory(prefix="dsm-mutants-", ignore_cleanup_errors=True) as folder:
        try:
            try_all(ROOT, Path(folder), target.tests, work)
        except TestsFail as error:
            print(f"the tests fail without any mutant: {error}", file=sys.stderr)
            return 1
    noticed = counts[KILLED] + counts[TIME_OUT]
    share = 100 * noticed / len(mutants) if mutants else 100.0
    print(
        f"{options.target}: {len(mutants)} mutants, {counts[KILLED]} killed, {counts[TIME_OUT]} timed out, "
        f"{counts[SURVIVED]} survived: {share:.1f} % noticed, in {time.monotonic() - began:.0f} s"
    )
    if options.report:
        Path(options.report).write_text(json.dumps({"survived": [_key(each) for each in survived]}, indent=1))
    return 0


def _print(number: int, mutant: Mutant, verdict: Verdict) -> None:
    by = f"  [{verdict.test}]" if verdict.test else ""
    print(f"{number:4} {verdict.word:9} {mutant}{by}", flush=True)


if __name__ == "__main__":
    if not hasattr(os, "fork"):
        sys.exit("mutants run in forked children, which this system does not have")
    sys.exit(main())
