#!/usr/bin/env bash
# Node's MQTT client gives back to a message that waited the whole life that it had, and says it is connected when all of them are sent.
#
# mqtt 5.16.0 (mqtt.js), MQTT 5, quality of service 1. Six messages with a Message Expiry Interval of 60 s are published over a
# connection that a server (mqtt-packet 9.0.2 over a bare socket) ends three seconds later without having acknowledged any. The
# server takes the client back at once, and acknowledges each message half a second after it has come.
#
# Expected (MQTT 5.0, 3.3.2.3.3): the interval is the lifetime of the message in seconds, so what is sent three seconds later has 57
# of them left, as a server has to count that passes a message on. 'connect' is emitted "on successful (re)connection" (the package's
# page): when the CONNACK with reason 0 has come, as it is the first time.
# Seen: each of the six is sent again with 60 s. The next one is sent when the one before is acknowledged, and 'connect' is
# emitted when the last of them is, three seconds after the CONNACK. An order that was good for a minute is good for another one
# after each break, and who waits for 'connect' waits for every message that was left over.
#
# Exits with 1 when it does something else than when this was written (2026-11-30).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit mqtt@5.16.0 mqtt-packet@9.0.2 >/dev/null

cat >ask.cjs <<'JS'
const net = require('node:net');
const { once } = require('node:events');
const mqtt = require('mqtt');
const packets = require('mqtt-packet');

const WAIT = 3_000;
const ANSWER = 500;
const protocolVersion = 5;
let connections = 0;
let accepted = 0;
let waiting = 0;
let most = 0;
const seconds = () => Math.round((Date.now() - accepted) / 1_000);

const server = net.createServer((socket) => {
  const connection = ++connections;
  const parser = packets.parser({ protocolVersion });
  const answer = (packet) => socket.destroyed || socket.write(packets.generate(packet, { protocolVersion }));
  parser.on('packet', ({ cmd, messageId, payload, properties }) => {
    if (cmd === 'connect') {
      accepted = Date.now();
      answer({ cmd: 'connack', reasonCode: 0, sessionPresent: connection > 1 });
      if (connection === 1) setTimeout(() => socket.destroy(), WAIT);
    }
    if (cmd !== 'publish' || connection === 1) return;
    console.log(`again: ${payload} expires in ${properties.messageExpiryInterval} s`);
    most = Math.max(most, ++waiting);
    setTimeout(() => {
      waiting -= 1;
      answer({ cmd: 'puback', messageId, reasonCode: 0 });
    }, ANSWER);
  });
  socket.on('data', (chunk) => parser.parse(chunk)).on('error', () => {});
});

async function ask() {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `mqtt://127.0.0.1:${server.address().port}`;
  const options = { protocolVersion, clientId: 'c', clean: false, reconnectPeriod: 100 };
  const client = mqtt.connect(url, { ...options, properties: { sessionExpiryInterval: 3_600 } });
  client.on('error', () => {});
  await once(client, 'connect');
  console.log(`'connect' ${seconds()} s after the first CONNACK`);
  for (const name of ['1', '2', '3', '4', '5', '6'])
    client.publish('t', name, { qos: 1, properties: { messageExpiryInterval: 60 } }, () => {});
  await once(client, 'connect');
  console.log(`'connect' ${seconds()} s after the second CONNACK; at most ${most} under way at once`);
  process.exit();
}
ask();
JS
node ask.cjs | tee seen.txt

diff - seen.txt <<'TXT'
'connect' 0 s after the first CONNACK
again: 1 expires in 60 s
again: 2 expires in 60 s
again: 3 expires in 60 s
again: 4 expires in 60 s
again: 5 expires in 60 s
again: 6 expires in 60 s
'connect' 3 s after the second CONNACK; at most 1 under way at once
TXT
echo 'as it was when this was written'
