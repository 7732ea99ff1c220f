#!/usr/bin/env bash
# What Node's MQTT client and broker deliver again, they do not mark as delivered again.
#
# mqtt.js 5.16.0 and aedes 1.2.0, MQTT 3.1.1, quality of service 1, a session that goes on (clean session 0). The client
# publishes to a server that acknowledges the first of two messages, ends the connection, and takes the client back.
# The broker delivers two messages to a subscriber that acknowledges none, leaves, and comes back. The other side is a
# bare socket that shows each packet as it comes (mqtt-packet 9.0.2).
#
# Expected (MQTT 3.1.1, MQTT-3.3.1-1): "The DUP flag MUST be set to 1 by the Client or Server when it attempts to
# re-deliver a PUBLISH Packet."
# Seen: both send the same message with the same packet identifier again, with DUP 0. A receiver that tells repetitions
# by DUP counts them twice; what makes a message one message has to be in its payload.
#
# Exits with 1 when they do something else than when this was written (2026-11-29).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit mqtt@5.16.0 aedes@1.2.0 mqtt-packet@9.0.2 >/dev/null

cat >ask.cjs <<'JS'
const net = require('node:net');
const { once } = require('node:events');
const { setTimeout: sleep } = require('node:timers/promises');
const mqtt = require('mqtt');
const packets = require('mqtt-packet');
const { Aedes } = require('aedes');

const listening = async (server) => once(server.listen(0, '127.0.0.1'), 'listening').then(() => server.address().port);
const said = ({ payload, dup }) => `"${payload}" DUP ${dup ? 1 : 0}`;
/** Speaks MQTT over a socket: what comes is given to `heard` with a function that answers. */
function speak(socket, heard) {
  const parser = packets.parser({ protocolVersion: 4 });
  const answer = (packet) => socket.write(packets.generate(packet));
  parser.on('packet', (packet) => heard(packet, answer));
  socket.on('data', (chunk) => parser.parse(chunk)).on('error', () => {});
  return answer;
}

async function client() {
  let connections = 0;
  const server = net.createServer((socket) => {
    const connection = ++connections;
    speak(socket, (packet, answer) => {
      if (packet.cmd === 'connect') answer({ cmd: 'connack', returnCode: 0, sessionPresent: connection > 1 });
      if (packet.cmd !== 'publish') return;
      console.log(`mqtt.js, connection ${connection}: ${said(packet)}`);
      if (connection === 1 && String(packet.payload) === 'second') socket.destroy();
      else answer({ cmd: 'puback', messageId: packet.messageId });
    });
  });
  const url = `mqtt://127.0.0.1:${await listening(server)}`;
  const client = await mqtt.connectAsync(url, { protocolVersion: 4, clientId: 'c', clean: false, reconnectPeriod: 100 });
  client.on('error', () => {});
  await Promise.all(['first', 'second'].map((text) => client.publishAsync('t', text, { qos: 1 })));
  await client.endAsync();
  server.close();
}

async function broker() {
  const aedes = await Aedes.createBroker();
  const server = net.createServer(aedes.handle);
  const port = await listening(server);
  const subscriber = (connection) =>
    new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1');
      const answer = speak(socket, (packet) => {
        if (packet.cmd === 'publish') console.log(`aedes, connection ${connection}: ${said(packet)}`);
        if (packet.cmd === 'suback' || (packet.cmd === 'connack' && connection === 2)) resolve(socket);
        else if (packet.cmd === 'connack')
          answer({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 't', qos: 1 }] });
      });
      answer({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: false, clientId: 's', keepalive: 0 });
    });
  const first = await subscriber(1);
  const publisher = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4 });
  for (const text of ['first', 'second']) await publisher.publishAsync('t', text, { qos: 1 });
  await sleep(300);
  first.destroy();
  await sleep(300);
  await subscriber(2);
  await sleep(500);
}

client()
  .then(broker)
  .then(() => process.exit());
JS
node ask.cjs | tee seen.txt

diff - seen.txt <<'TXT'
mqtt.js, connection 1: "first" DUP 0
mqtt.js, connection 1: "second" DUP 0
mqtt.js, connection 2: "second" DUP 0
aedes, connection 1: "first" DUP 0
aedes, connection 1: "second" DUP 0
aedes, connection 2: "first" DUP 0
aedes, connection 2: "second" DUP 0
TXT
