import { expect, it } from 'vitest';
import { storableJson } from '#domain/text';
import { readMessage } from './registry.ts';

const id = '0190b3a0-1111-7111-8111-111111111111';
const deep = (times: number) => `{"ts":1,"lat":0.3,"lon":32.5,"extra":${'['.repeat(times)}"]]{{"${']'.repeat(times)}}`;
const read = (topic: string, json: string) => readMessage({ topic, payload: Buffer.from(json), receivedAt: 2 });

it.each([
  `trackers/${id}/telemetry`,
  `trackers/${id}/status`,
  `trackers/${id}/commands/ack`,
  `owntracks/${id}/phone`,
  `teltonika/${id}/data`,
  'traccar/positions',
  'traccar/events',
])('JSON that is nested by thousands is none on %s', (topic) => {
  expect(read(topic, deep(1_000))?.[0]).toMatchObject({ kind: 'rejected', reason: 'not_json' });
});

it('JSON that is nested as deep as anybody means it is read', () => {
  expect(read(`trackers/${id}/telemetry`, deep(90))?.[0]).toMatchObject({ kind: 'fix' });
  expect(storableJson(deep(90))).toMatchObject({ ts: 1 });
  expect(() => storableJson(deep(5_000))).toThrow(SyntaxError);
});
