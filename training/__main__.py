"""Train the learned look anew, or tell what it gains: `python -m training MANIFEST... [--validate]`."""

from __future__ import annotations

import argparse
from pathlib import Path

import archive.extract.learned
from archive.extract.body.agreement import silence
from archive.extract.learned.model import WEIGHTS
from training.examples import read_examples
from training.fit import fit
from training.validation import report


def main() -> None:
    """Read the manifests, and write the weights or the table."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("manifests", nargs="+", type=Path, metavar="MANIFEST")
    parser.add_argument("--validate", action="store_true", help="cross-validate by publisher; write nothing")
    parser.add_argument("--out", type=Path, default=Path(archive.extract.learned.__file__).with_name(WEIGHTS))
    arguments = parser.parse_args()
    silence()
    examples = [example for manifest in arguments.manifests for example in read_examples(manifest)]
    if arguments.validate:
        print(report(examples))
    else:
        arguments.out.write_text(fit(examples), encoding="utf-8")
        print(f"{arguments.out}: trained on {len(examples)} pages")


if __name__ == "__main__":
    main()
