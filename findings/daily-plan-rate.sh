#!/usr/bin/env bash
# The rate of a plan that is paid every day for two years is Infinity with one package, and none with another.
#
# financial 0.2.4 (npm), pyxirr 0.10.8 and numpy-financial 1.0.0 (PyPI), asked what a motorcycle of 6,000,000 shillings costs a
# day, a week or a month that is paid off by 730 times 12,000, 104 times 84,000 or 24 times 360,000; each once by irr, from
# the list of payments, and once by rate, from their number. These are one question: a row of equal payments has one rate.
#
# Expected: irr and rate of each package agree, as they do by the week and by the month (0.769 % and 3.149 %), and by the day say
# 0.111 %.
# Seen: by the day financial's irr is Infinity, and NaN for 365 payments of 40,000, while its rate is right; pyxirr's rate is
# None, while its irr is right. numpy-financial is right in both. None of them throws.
#
# Both look for the root from a guess of ten percent a period, which is far off only where a period is a day. The yearly rate of
# a plan by the day, which a customer has to be told before he signs, is then missing or endless; what is computed has to be
# put back into the payments, to see whether they come to the price.
#
# Exits with 1 when one says something else than when this was written (2026-11-29).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm install --silent --no-fund --no-audit --prefix "$room" financial@0.2.4 >/dev/null
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check pyxirr==0.10.8 numpy-financial==1.0.0 numpy==2.4.6

cat >ask.mjs <<'JS'
import { irr, rate } from 'financial';

const shown = (value) => (Number.isFinite(value) ? `${(value * 100).toFixed(3)} %` : String(value));
for (const [times, amount] of [[730, 12_000], [365, 40_000], [104, 84_000], [24, 360_000]]) {
  const flows = [-6_000_000, ...Array(times).fill(amount)];
  console.log(`financial, ${times} payments: irr ${shown(irr(flows))}, rate ${shown(rate(times, -amount, 6_000_000, 0))}`);
}
JS
cat >ask.py <<'PY'
import numpy_financial
import pyxirr


def shown(value):
    return "None" if value is None else f"{value * 100:.3f} %"


for name, package in (("pyxirr", pyxirr), ("numpy-financial", numpy_financial)):
    for times, amount in ((730, 12_000), (365, 40_000), (104, 84_000), (24, 360_000)):
        flows = [-6_000_000] + [amount] * times
        rate = package.rate(times, -amount, 6_000_000, 0)
        print(f"{name}, {times} payments: irr {shown(package.irr(flows))}, rate {shown(rate)}")
PY
{
  node ask.mjs
  env/bin/python ask.py
} | tee seen.txt

diff - seen.txt <<'TXT'
financial, 730 payments: irr Infinity, rate 0.111 %
financial, 365 payments: irr NaN, rate 0.588 %
financial, 104 payments: irr 0.769 %, rate 0.769 %
financial, 24 payments: irr 3.149 %, rate 3.149 %
pyxirr, 730 payments: irr 0.111 %, rate None
pyxirr, 365 payments: irr 0.588 %, rate 0.588 %
pyxirr, 104 payments: irr 0.769 %, rate 0.769 %
pyxirr, 24 payments: irr 3.149 %, rate 3.149 %
numpy-financial, 730 payments: irr 0.111 %, rate 0.111 %
numpy-financial, 365 payments: irr 0.588 %, rate 0.588 %
numpy-financial, 104 payments: irr 0.769 %, rate 0.769 %
numpy-financial, 24 payments: irr 3.149 %, rate 3.149 %
TXT
echo 'as it was'
