import { expect, it } from 'vitest';
import { Connections } from '../connections.ts';
import { ConnectionLog } from './connection-log.ts';

const [one, other] = ['01a209b6-d691-7e95-9f0a-5a770bab73a2', '01a209b6-d691-7e95-9f0a-5a770bab73a3'];
const begins = (clientId: string, username = one, version = 2) =>
  `1795864801: New client connected from 127.0.0.1:49652 as ${clientId} (p${version}, c1, k60, u'${username}').`;

function standing(...lines: string[]): boolean[] {
  const connections = new Connections(() => {});
  const log = new ConnectionLog(connections);
  for (const line of lines) log.read(line);
  return [connections.stands(one), connections.stands(other)];
}

it.each([
  'Client boot-1 closed its connection.',
  'Client boot-1 disconnected.',
  'Client boot-1 disconnected, not authorised.',
  'Client boot-1 disconnected: Protocol error.',
  'Client boot-1 has exceeded timeout, disconnecting.',
  'Client boot-1 been disconnected by administrative action.',
])('a connection ends by "%s"', (line) => {
  expect(standing(begins('boot-1'))).toEqual([true, false]);
  expect(standing(begins('boot-1'), `1795864801: ${line}`)).toEqual([false, false]);
  expect(standing(begins('boot-1'), begins('boot-2', one, 5), line)).toEqual([true, false]);
});

it('a client id that is taken over is one connection, another tracker’s ends the first', () => {
  const taken = '1795864801: Client boot-1 already connected, closing old connection.';
  expect(standing(begins('boot-1'), taken, begins('boot-1'))).toEqual([true, false]);
  expect(standing(begins('boot-1'), taken, begins('boot-1', other))).toEqual([false, true]);
});

it('nobody speaks for another by choosing a client id', () => {
  expect(standing(begins(`x (p2, c1, k60, u'${other}').`))).toEqual([true, false]);
  expect(
    standing(begins('boot-1', other), begins('boot-1 disconnected'), 'Client boot-1 disconnected disconnected.'),
  ).toEqual([false, true]);
});

it('others than trackers, and other lines, say nothing', () => {
  const strange = ['', 'mosquitto version 2.0.11 running', 'New connection from 127.0.0.1:49652 on port 1883.'];
  expect(standing(begins('c', 'platform'), ...strange)).toEqual([false, false]);
});
