#!/usr/bin/env bash
# Two readers of CloudEvents give an event that has no time the moment at which it is read, and pass that on as the event's own.
#
# cloudevents 10.0.0 (npm), cloudevents 2.2.0 (PyPI) and github.com/cloudevents/sdk-go/v2 2.16.2 (Go), each in its JSON format. One
# event, a payment of a lease, without `time`, is read twice with two seconds between, and written again as it was read.
#
# Expected (CloudEvents 1.0.2): `time` is optional; where it is absent the event says nothing of when it happened, so it is
# absent after it was read and when it is written again, and reading the same bytes twice gives the same event.
# Seen: Go leaves it absent. The readers of JavaScript and Python fill in the time of reading: the same bytes are two events
# with two times, and what is written has a `time` that no producer ever said.
#
# A consumer that takes `time` as the value date of a payment, or orders what it hears by it, believes the clock of whoever read
# it last: a message that waited a week in a queue is a payment of today, and one that is delivered twice has two dates.
#
# Exits with 1 when they do something else than when this was written (2026-12-01).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'chmod -R u+w "$room"; rm -rf "$room"' EXIT
cd "$room"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit cloudevents@10.0.0 >/dev/null
python3 -m venv python
./python/bin/pip install --quiet --disable-pip-version-check cloudevents==2.2.0
cat >event.json <<'JSON'
{"specversion":"1.0","id":"17","source":"/leases","type":"payment.completed","subject":"lease-1","data":{"amount":5000}}
JSON

cat >read.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { HTTP } from 'cloudevents';

const headers = { 'content-type': 'application/cloudevents+json' };
const read = () => HTTP.toEvent({ headers, body: readFileSync('event.json', 'utf8') });
const first = read();
await wait(2_000);
const second = read();
const written = JSON.parse(HTTP.structured(first).body);
console.log(first.time === undefined ? 'absent' : first.time === second.time ? 'same' : 'differs', 'time' in written ? 'written' : 'unwritten');
JS
cat >read.py <<'PY'
import json
import time
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

def read():
    with open("event.json") as file:
        return JSONFormat().read(CloudEvent, file.read())

first = read()
time.sleep(2)
second = read()
written = json.loads(JSONFormat().write(first))
told = "absent" if first.get_time() is None else "same" if first.get_time() == second.get_time() else "differs"
print(told, "written" if "time" in written else "unwritten")
PY
mkdir go && cat >go/main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
)

func read() (one event.Event) {
	bytes, err := os.ReadFile("../event.json")
	if err == nil {
		err = json.Unmarshal(bytes, &one)
	}
	if err != nil {
		panic(err)
	}
	return one
}

func main() {
	first := read()
	time.Sleep(2 * time.Second)
	second := read()
	told := "absent"
	if !first.Time().IsZero() {
		told = "differs"
		if first.Time().Equal(second.Time()) {
			told = "same"
		}
	}
	bytes, err := json.Marshal(first)
	if err != nil {
		panic(err)
	}
	var written map[string]any
	if err := json.Unmarshal(bytes, &written); err != nil {
		panic(err)
	}
	if _, has := written["time"]; has {
		fmt.Println(told, "written")
	} else {
		fmt.Println(told, "unwritten")
	}
}
GO
(cd go && go mod init read && go get github.com/cloudevents/sdk-go/v2@v2.16.2 && go mod tidy) >/dev/null 2>&1

js=$(node read.mjs)
py=$(./python/bin/python read.py)
go=$(cd go && go run .)
echo
echo "JavaScript: $js"
echo "Python:     $py"
echo "Go:         $go"
if [ "$js" != 'differs written' ] || [ "$py" != 'differs written' ] || [ "$go" != 'absent unwritten' ]; then
  echo 'They do something else now.'
  exit 1
fi
