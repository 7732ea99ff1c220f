#!/usr/bin/env bash
# Whether a shilling has hundredths depends on whom one asks, and three shillings of one region differ.
#
# currency-formatter 1.5.9 and currency-codes 2.2.0 (npm), golang.org/x/text 0.44.0 (Standard rounding) and Rhymond/go-money
# 1.0.15 (Go), asked how many decimals the currencies of East Africa have.
#
# Expected (ISO 4217, list one): the shillings of Kenya and Tanzania have two, that of Uganda and Rwanda's franc none.
# Seen: currency-codes and go-money say so. currency-formatter gives Uganda's shilling and Rwanda's franc two; Go's own
# x/text gives Tanzania's none, since it takes what is usual in shops (CLDR) for what the currency has.
#
# A price in minor units that is divided by ten to the power of these decimals is a hundredth of itself in Kampala with the
# one, and a hundredfold in Dar es Salaam with the other.
#
# Exits with 1 when one says something else than when this was written (2026-11-29).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit currency-formatter@1.5.9 currency-codes@2.2.0 >/dev/null
cat >ask.cjs <<'JS'
const formatter = require('currency-formatter');
const codes = require('currency-codes');
for (const code of ['KES', 'TZS', 'UGX', 'RWF'])
  console.log(`${code}: currency-codes ${codes.code(code).digits}, currency-formatter ${formatter.findCurrency(code).decimalDigits}`);
JS
cat >go.mod <<'MOD'
module ask

go 1.25

require (
	github.com/Rhymond/go-money v1.0.15
	golang.org/x/text v0.44.0
)
MOD
cat >ask.go <<'GO'
package main

import (
	"fmt"

	"github.com/Rhymond/go-money"
	"golang.org/x/text/currency"
)

func main() {
	for _, code := range []string{"KES", "TZS", "UGX", "RWF"} {
		decimals, _ := currency.Standard.Rounding(currency.MustParseISO(code))
		fmt.Printf("%s: go-money %d, x/text %d\n", code, money.GetCurrency(code).Fraction, decimals)
	}
}
GO
export GOFLAGS=-mod=mod GOPATH="$room/go"
trap 'chmod -R u+w "$room"; rm -rf "$room"' EXIT
{
  node ask.cjs
  go run ask.go 2>/dev/null
} | tee seen.txt

diff - seen.txt <<'TXT'
KES: currency-codes 2, currency-formatter 2
TZS: currency-codes 2, currency-formatter 2
UGX: currency-codes 0, currency-formatter 2
RWF: currency-codes 0, currency-formatter 2
KES: go-money 2, x/text 2
TZS: go-money 2, x/text 0
UGX: go-money 0, x/text 0
RWF: go-money 0, x/text 0
TXT
echo 'as it was'
