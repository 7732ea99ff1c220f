import { expect, it } from 'vitest';
import type { KnownTracker } from '#db/queries/tracking';
import { unwatched } from '#domain/telematics/watch';
import { readMessage } from '#providers/trackers/registry';
import { planBatch } from './plan.ts';

const NOW = Date.UTC(2026, 7, 21, 10);
const tracker: KnownTracker = {
  id: '01a209b6-d691-7e95-9f0a-5a770bab73a2',
  vehicleId: '01a209b6-d691-7e95-9f0a-5a770bab73a3',
  kind: 'native',
  serial: '352093080000000',
  passwordEncrypted: '',
  credentialVersion: 1,
  online: true,
  lastSeenAt: new Date(NOW),
  revokedAt: null,
  vehicleType: 'motorcycle',
  speedLimitKph: null,
  market: 'UG',
  leaseStatus: null,
};
const telemetry = `trackers/${tracker.id}/telemetry`;
const place = { ts: NOW, lat: 0.3, lon: 32.5, output1: false };

function planned(topic: string, value: unknown, known: KnownTracker) {
  const message = { topic, payload: Buffer.from(JSON.stringify(value)), receivedAt: NOW };
  const entries = [{ kind: 'message', message, readings: readMessage(message) ?? [] }] as const;
  return planBatch(entries, { find: () => known, watch: () => unwatched });
}
const words = (...said: Parameters<typeof planned>) => planned(...said).words;

const time = new Date(NOW).toISOString();
const forwarded = {
  device: { uniqueId: tracker.id },
  position: { deviceTime: time, fixTime: time, latitude: 0.3, longitude: 32.5, attributes: { out1: false } },
};
const ack = { id: '01a209b6-d691-7e95-9f0a-5a770bab73a4', state: 'accepted', ts: NOW };

it.each([
  ['a bridge says of a unit that logs in by itself', 'traccar/positions', forwarded],
  ['names another serial', telemetry, { ...place, imei: '352093081234567' }],
  ['names another tracker', telemetry, { ...place, trackerId: '01a209b6-d691-7e95-9f0a-5a770bab73ff' }],
])("what %s is believed of no vehicle, nor of its customer's own, of which nothing is kept", (_, topic, said) => {
  expect(words(topic, said, tracker)).toEqual([]);
  const { batch, dropped, words: heard } = planned(topic, said, { ...tracker, owned: true });
  expect([heard, dropped, batch.quarantined, batch.fixes]).toEqual([[], 1, [], []]);
});

it("hears output and answer of a customer's own vehicle by its own unit", () => {
  const owned = { ...tracker, owned: true };
  expect(words(telemetry, { ...place, imei: tracker.serial }, owned)).toMatchObject([
    { kind: 'output', stopped: false },
  ]);
  expect(words(`trackers/${tracker.id}/commands/ack`, ack, owned)).toMatchObject([{ kind: 'answer' }]);
});

it("says that the unit of a customer's own vehicle is back, once a batch and unless it goes again, and keeps no presence", () => {
  const away = { ...tracker, online: false, owned: true };
  const { trackerId, vehicleId } = { trackerId: tracker.id, vehicleId: tracker.vehicleId };
  const back = { kind: 'back', trackerId, vehicleId };
  const { batch, words: heard } = planned(telemetry, [place, { ...place, ts: NOW + 1 }], away);
  expect(heard).toEqual([expect.objectContaining({ kind: 'output' }), back]);
  expect(batch.presences).toEqual([]);
  expect(words(`trackers/${tracker.id}/status`, { online: true, ts: NOW }, away)).toEqual([back]);
  expect(words(`trackers/${tracker.id}/status`, { online: false, ts: NOW }, away)).toEqual([]);
  expect(words('traccar/positions', forwarded, away)).toEqual([]);
  const connection = { kind: 'connection', trackerId, at: NOW } as const;
  const turns = (...online: readonly boolean[]) =>
    planBatch(
      online.map((is) => ({ ...connection, online: is })),
      { find: () => away, watch: () => unwatched },
    ).words;
  expect([turns(true), turns(true, false)]).toEqual([[back], []]);
});
