#!/usr/bin/env bash
# Two embedded brokers grant a shared subscription and deliver nothing to it, a third one shares.
#
# aedes 1.2.0 (npm), amqtt 0.12.1 (PyPI) and mochi-mqtt/server 2.7.9 (Go), with mqtt.js 5.16.0 by MQTT 3.1.1: two consumers
# subscribe to "$share/ingest/trackers/+/position" with quality of service 1, as two replicas do that share the
# positions of a fleet, and ten positions are published, each acknowledged.
#
# Expected: each position at one of both, as with Mosquitto 2, EMQX and HiveMQ, which share for 3.1.1 too; or a refusal
# (the code 128), since MQTT 3.1.1 itself has no shared subscriptions.
# Seen: all three grant it with quality of service 1. Only mochi shares; aedes and amqtt take the words for a topic that
# begins with "$share", to which nobody publishes, and both consumers hear nothing.
#
# A consumer that is written for shared subscriptions and tried with an embedded broker starts, is told that it has
# subscribed, and stays idle; publishers are acknowledged, so that every position of every tracker is gone unseen.
#
# Exits with 1 when they say something else than when this was written (2026-11-30).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
brokers=()
trap 'kill "${brokers[@]}" 2>/dev/null || true; chmod -R u+w "$room"; rm -rf "$room"' EXIT
cd "$room"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit aedes@1.2.0 mqtt@5.16.0 >/dev/null
python3 -m venv python
./python/bin/pip install --quiet --disable-pip-version-check amqtt==0.12.1
mkdir mochi
cat >mochi/main.go <<'GO'
package main

import (
	"fmt"
	"io"
	"log/slog"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
)

func main() {
	server := mqtt.New(&mqtt.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err := server.AddHook(new(auth.AllowHook), nil); err != nil {
		panic(err)
	}
	tcp := listeners.NewTCP(listeners.Config{ID: "tcp", Address: "127.0.0.1:0"})
	if err := server.AddListener(tcp); err != nil {
		panic(err)
	}
	if err := server.Serve(); err != nil {
		panic(err)
	}
	fmt.Println(tcp.Address())
	select {}
}
GO
(cd mochi && go mod init mochi && go get github.com/mochi-mqtt/server/v2{,/hooks/auth,/listeners}@v2.7.9 && go build -o broker .) >/dev/null 2>&1

cat >aedes.mjs <<'JS'
import { createServer } from 'node:net';
import { Aedes } from 'aedes';

const broker = await Aedes.createBroker();
const server = createServer(broker.handle).listen(0, '127.0.0.1', () => console.log(`127.0.0.1:${server.address().port}`));
JS
cat >embedded.py <<'PY'
import asyncio, logging, socket
from amqtt.broker import Broker

logging.disable(logging.CRITICAL)
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]


async def main():
    anybody = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    broker = Broker({"listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}}, "plugins": anybody})
    await broker.start()
    print(f"127.0.0.1:{port}", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
PY
cat >ask.mjs <<'JS'
import mqtt from 'mqtt';

const [, , name, address] = process.argv;
const connect = () => mqtt.connectAsync(`mqtt://${address}`, { protocolVersion: 4, reconnectPeriod: 0 });
const [one, other, tracker] = [await connect(), await connect(), await connect()];
let heard = 0;
const granted = [];
for (const consumer of [one, other]) {
  consumer.on('message', () => (heard += 1));
  for (const { qos } of await consumer.subscribeAsync('$share/ingest/trackers/+/position', { qos: 1 })) granted.push(qos);
}
for (let fix = 0; fix < 10; fix++) await tracker.publishAsync(`trackers/${fix}/position`, '{}', { qos: 1 });
const until = Date.now() + 2_000;
while (heard < 10 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
console.log(`${name}: granted ${granted.join(' and ')}, ${heard} of 10 positions heard`);
process.exit();
JS

ask() {
  local name=$1
  shift
  "$@" >"$name.address" 2>"$name.errors" &
  brokers+=($!)
  for _ in $(seq 300); do
    [ -s "$name.address" ] && break
    sleep 0.1
  done
  node ask.mjs "$name" "$(head -1 "$name.address")"
}
ask aedes node aedes.mjs >seen.txt
ask amqtt ./python/bin/python embedded.py >>seen.txt
ask mochi ./mochi/broker >>seen.txt
cat seen.txt

diff - seen.txt <<'TXT'
aedes: granted 1 and 1, 0 of 10 positions heard
amqtt: granted 1 and 1, 0 of 10 positions heard
mochi: granted 1 and 1, 10 of 10 positions heard
TXT
echo 'as it was when this was written'
