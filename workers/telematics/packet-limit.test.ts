import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { positions, quarantine } from '#db/schema/index';
import { eventually } from '#dev/client';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';
import { limitPackets } from './packet-limit.ts';
import { portOf } from '#platform/listen';

/** A packet with so many bytes after its fixed header. */
function packet(bytes: number): Buffer {
  return Buffer.concat([header(bytes), Buffer.alloc(bytes, 0xff)]);
}

function header(bytes: number): Buffer {
  const digits: number[] = [];
  for (let left = bytes; digits.length === 0 || left > 0; left = Math.floor(left / 128))
    digits.push((left % 128) + (left >= 128 ? 128 : 0));
  return Buffer.from([0x30, ...digits]);
}

describe('the limit of a connection', () => {
  const MOST = 1_000;
  let server: Server;
  let received: Buffer[];
  let refused: number[];
  let accepted: Socket | undefined;

  beforeEach(async () => {
    [received, refused] = [[], []];
    server = createServer((socket) => {
      accepted = socket;
      limitPackets(socket, MOST, (announced) => refused.push(announced));
      socket.on('error', () => {});
      socket.on('readable', () => {
        for (let chunk: unknown = socket.read(); Buffer.isBuffer(chunk); chunk = socket.read()) received.push(chunk);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    accepted?.destroy();
    server.close();
  });

  /** Writes pieces one after the other and waits until the other end has seen the last. */
  async function send(pieces: readonly Buffer[]): Promise<void> {
    const socket = connect(portOf(server), '127.0.0.1');
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.setNoDelay(true);
    for (const piece of pieces)
      await new Promise<void>((resolve) => (socket.destroyed ? resolve() : socket.write(piece, () => resolve())));
    socket.end();
    await closed;
  }

  it('lets packets through however they are cut, and none that is too large', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: MOST }), { minLength: 1, maxLength: 8 });
    const cut = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 30 });
    const property = fc.asyncProperty(sizes, cut, fc.boolean(), async (packets, cuts, tooLarge) => {
      [received, refused] = [[], []];
      const bytes = Buffer.concat([...packets.map(packet), ...(tooLarge ? [packet(MOST + 1)] : [])]);
      const pieces: Buffer[] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = cuts[i % cuts.length] ?? 1;
        pieces.push(bytes.subarray(at, at + size));
        at += size;
      }
      await send(pieces);
      expect(refused).toEqual(tooLarge ? [MOST + 1] : []);
      if (!tooLarge) expect(Buffer.concat(received).equals(bytes)).toBe(true);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it.each([
    ['200 MB', header(200_000_000)],
    ['a length that never ends', Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x80])],
  ])('ends the connection at the announcement of %s', async (_name, bytes) => {
    const socket = connect(portOf(server), '127.0.0.1');
    socket.write(bytes);
    await once(socket, 'close');
    expect(refused).toHaveLength(1);
    expect(received).toEqual([]);
  });
});

describe('the embedded broker', () => {
  let world: TelematicsWorld;
  beforeAll(async () => {
    world = await createTelematicsWorld();
  });
  afterAll(() => world.close());

  it('quarantines a message over 64 KB or nested by thousands, and ends the connection of who sends a packet over 256 KB', async () => {
    const { id, username, password, topics } = await world.newTracker();
    const client = await world.connect(username, password);
    const fix = { ts: Date.now(), seq: 1, lat: 0.3, lon: 32.5 };
    await client.publishAsync(topics.telemetry, JSON.stringify(fix), { qos: 1 });
    await client.publishAsync(topics.telemetry, 'x'.repeat(70_000), { qos: 1 });
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const)
      await client.publishAsync(topics.telemetry, `${open.repeat(5_000)}1${close.repeat(5_000)}`, { qos: 1 });
    await client.publishAsync(topics.telemetry, JSON.stringify({ ...fix, seq: 2 }), { qos: 1 });
    client.publish(topics.telemetry, 'x'.repeat(300_000), { qos: 1 }, () => {});
    await eventually('the connection to end', async () => (client.connected ? undefined : true));
    const { db } = world.database;
    expect(await db.$count(positions, eq(positions.trackerId, id))).toBe(2);
    const kept = await db.select().from(quarantine).where(eq(quarantine.trackerId, id));
    const reasons = kept.map(({ reason, size }) => [reason, size]).toSorted();
    expect(reasons).toEqual([
      ['not_json', 10_001],
      ['not_json', 30_001],
      ['too_large', 70_000],
    ]);
    expect(kept[0]?.payload?.length).toBeLessThan(10_000);

    const stranger = connect(world.config.MQTT_PORT, '127.0.0.1');
    stranger.write(header(200_000_000));
    await once(stranger, 'close');
  });
});
