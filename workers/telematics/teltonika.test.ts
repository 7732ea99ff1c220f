import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transact } from '#use-cases/context';
import { advanceImmobilisation } from '#use-cases/telematics/advance-immobilisation';
import { testRelay } from '#use-cases/telematics/test-relay';
import { revokeTracker } from '#use-cases/telematics/tracker-credentials';
import { audit, latestPositions, positions, quarantine, riskEvents, trackers, vehicleCommands } from '#db/schema/index';
import { eventually } from '#dev/client';
import { answerFrame, commandIn, frameOf, type AvlRecord } from '#dev/trackers/dialects/codec8';
import { teltonikaTcp } from '#dev/trackers/dialects/teltonika-tcp';
import { TeltonikaOutput } from '#dev/trackers/relays/teltonika-output';
import { system } from '#domain/identity/roles';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { agent } from '#test/stop-world';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';
import { Connections } from './connections.ts';
import { createIngest } from './ingest.ts';
import { TrackerRegistry } from './registry.ts';
import { startTeltonika } from './teltonika.ts';
import { Watches } from './watches.ts';

let world: TelematicsWorld;
beforeAll(async () => {
  world = await createTelematicsWorld({ TELTONIKA_PORT: '0' });
});
afterAll(() => world.close());

const rowsOf = (trackerId: string) =>
  world.database.db.select().from(positions).where(eq(positions.trackerId, trackerId)).orderBy(asc(positions.ts));
const risksOf = (trackerId: string) =>
  world.database.db.select().from(riskEvents).where(eq(riskEvents.trackerId, trackerId));
const reasonsOf = async (trackerId: string) =>
  (await world.database.db.select().from(quarantine).where(eq(quarantine.trackerId, trackerId))).map(
    ({ reason }) => reason,
  );
const latestOf = async (vehicleId: string) => {
  const [latest] = await world.database.db
    .select()
    .from(latestPositions)
    .where(eq(latestPositions.vehicleId, vehicleId));
  return latest;
};

describe('a Teltonika unit over TCP', () => {
  let fitted = 0;
  const fit = async (kind: 'teltonika' | 'native' = 'teltonika') => {
    fitted += 1;
    const imei = String(352_093_081_240_000 + fitted);
    return { imei, ...(await world.newTracker({ kind, serial: imei })) };
  };
  const place = (seconds: number, more: Partial<AvlRecord> = {}): AvlRecord => ({
    ts: Math.floor(Date.now() / 1_000) * 1_000 - 60_000 + seconds * 1_000,
    lat: 0.3205,
    lon: 32.5796,
    ...more,
  });
  const login = (imei: string) => Buffer.concat([Buffer.from([0, imei.length]), Buffer.from(imei)]);

  /** A connection, what came over it in hex, and whether it has ended. */
  async function connect(port: number = world.telematics.teltonikaPort ?? 0) {
    const socket = createConnection({ host: '127.0.0.1', port });
    await once(socket, 'connect');
    const heard = { text: '', ended: false };
    socket.on('data', (chunk: Buffer) => (heard.text += chunk.toString('hex')));
    socket.on('close', () => (heard.ended = true));
    socket.on('error', () => {});
    const hears = (text: string) =>
      eventually(`the answer ${text}`, async () => (heard.text === text ? true : undefined));
    const ends = () => eventually('the connection to end', async () => (heard.ended ? true : undefined));
    return { socket, heard, hears, ends };
  }
  const enter = async (imei: string, port?: number) => {
    const connection = await connect(port);
    connection.socket.write(login(imei));
    await connection.hears('01');
    return connection;
  };

  it('logs in by its IMEI; the number of its records says that they are committed, once however often', async () => {
    const { id, vehicleId, imei } = await fit();
    const { socket, heard, hears } = await enter(imei);
    const values = [
      [239, 1, 1],
      [252, 1, 1],
    ] as const;
    const frame = frameOf([place(0, { speed: 40 }), place(1, { speed: 42, values })]);
    await world.database.sql.begin(async (sql) => {
      await sql`lock table telematics.positions in access exclusive mode`;
      socket.write(frame);
      await sleep(400);
      expect(heard.text).toBe('01');
    });
    await hears('0100000002');
    expect(await rowsOf(id)).toMatchObject([{ speedKph: 40 }, { speedKph: 42, ignition: true }]);
    socket.write(frame);
    await hears('010000000200000002');
    expect(await rowsOf(id)).toHaveLength(2);
    expect(await latestOf(vehicleId)).toMatchObject({ trackerId: id, lat: 0.3205, speedKph: 42 });
    socket.resetAndDestroy();
    await eventually('the unit to be lost', async () => ((await risksOf(id)).length === 2 ? true : undefined));
    expect((await risksOf(id)).map(({ type }) => type).sort()).toEqual(['offline', 'power_cut']);
  });

  it('that nobody has fitted is not let in, and is on record', async () => {
    const { socket, hears } = await connect();
    socket.write(login('352093081288888'));
    await hears('00');
    const noted = () => world.database.db.select().from(audit).where(eq(audit.subject, '352093081288888'));
    const [entry] = await eventually('it to be on record', async () =>
      (await noted()).length > 0 ? noted() : undefined,
    );
    expect(entry).toMatchObject({ type: 'tracker.topic_refused', detail: { topic: 'login by IMEI' } });
    await expect(world.newTracker({ kind: 'teltonika', serial: '352093 08128888' })).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });

  it('is not lost when it hangs up after a report, as units do that sleep', async () => {
    const { id, imei } = await fit();
    const { socket, hears, ends } = await enter(imei);
    socket.write(frameOf([place(0)]));
    await hears('0100000001');
    socket.end();
    await ends();
    // Longer than it takes until a break is told.
    await sleep(700);
    expect(await risksOf(id)).toEqual([]);
    const [tracker] = await world.database.db.select().from(trackers).where(eq(trackers.id, id));
    expect(tracker?.online).toBe(true);
  });

  it('raises what happened in a dead spot of twenty minutes that it sends in one frame', async () => {
    const { id, imei } = await fit();
    const { socket, hears } = await enter(imei);
    const at = (minute: number, values: AvlRecord['values'] = []) => place((minute - 22) * 60, { speed: 20, values });
    const [accident, unplugged, power] = [
      [247, 1, 1],
      [252, 1, 1],
      [66, 2, 12_600],
    ] as const;
    socket.write(
      frameOf([at(0), at(2, [accident]), at(3), at(4, [unplugged, [66, 2, 0]]), at(5, [power]), at(12), at(21)]),
    );
    await hears('0100000007');
    const told = (await risksOf(id)).map(({ type, endedAt }) => [type, endedAt !== null]);
    expect(told.sort()).toEqual([
      ['crash', true],
      ['power_cut', true],
    ]);
    socket.destroy();
  });

  it('may send in pieces, or several frames at once, or one that came damaged again', async () => {
    const { id, imei } = await fit();
    const { socket, hears } = await enter(imei);
    const [first, second, third] = [frameOf([place(0)]), frameOf([place(1)], 0x08), frameOf([place(2)])];
    const damaged = Buffer.from(second);
    damaged.writeUInt8(damaged.readUInt8(20) ^ 1, 20);
    socket.write(Buffer.concat([Buffer.from([0xff]), first.subarray(0, 5)]));
    await sleep(50);
    socket.write(Buffer.concat([first.subarray(5), damaged, second, Buffer.from([0xff]), third.subarray(0, -3)]));
    await sleep(50);
    socket.write(third.subarray(-3));
    await hears('0100000001000000000000000100000001');
    expect(await rowsOf(id)).toHaveLength(3);
  });

  it('what cannot be read is acknowledged and named; where no frame begins the connection ends', async () => {
    const { id, imei } = await fit();
    const { socket, hears, ends } = await enter(imei);
    socket.write(frameOf([place(0), { ...place(0), ts: 1 }, place(1, { angle: 400 })]));
    await hears('0100000003');
    expect((await reasonsOf(id)).sort()).toEqual(['invalid: angle', 'too_old']);
    expect(await rowsOf(id)).toHaveLength(2);
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await ends();
  });

  it('is refused where nobody is fitted with it as such a unit, and ended when it is taken out of use', async () => {
    const native = await fit('native');
    for (const imei of [native.imei, '999999999999999']) {
      const { socket, hears, ends } = await connect();
      socket.write(login(imei));
      await hears('00');
      await ends();
    }
    for (const junk of [login('12345'), login('35209308124000x'), Buffer.from('GET / HTTP/1.1')]) {
      const { socket, heard, ends } = await connect();
      socket.write(junk);
      await ends();
      expect(heard.text).toBe('');
    }
    const { id, imei } = await fit();
    const { ends } = await enter(imei);
    await transact(world.database.db, system('test'), new Date(), (context) => revokeTracker(context, id));
    await ends();
    const again = await connect();
    again.socket.write(login(imei));
    await again.hears('00');
  });

  it('cannot be spoken for over MQTT', async () => {
    const { id, username, password } = await world.newTracker({ kind: 'teltonika' });
    const client = await world.connect(username, password);
    client.publish(`teltonika/${id}/codec8`, frameOf([place(0)]), { qos: 1 }, () => {});
    await eventually('the connection to end', async () => (client.connected ? undefined : true));
    expect(await rowsOf(id)).toEqual([]);
  });

  it('is told to stop and to start over its connection, answers, and is believed by its output alone', async () => {
    const { id, vehicleId, imei, username, password, topics } = await fit();
    const deps = { ...world, ...world.database, encryption: createEncryption(world.config.ENCRYPTION_KEYS) };
    const output = new TeltonikaOutput();
    const told: string[] = [];
    const parked = { ignition: false, speedKph: 0 };
    const ears = { broker: world.url, teltonikaPort: world.telematics.teltonikaPort, bridge: { username, password } };
    const account = { username, password, topics, serial: imei, isCopy: false };
    const link = await teltonikaTcp(ears).open(account, {
      signed: () => expect.fail('a Teltonika unit knows no MAC'),
      locate: () => expect.fail('nor the words of a phone'),
      text(command) {
        told.push(command);
        return output.command(command, parked);
      },
    });
    const says = () => {
      const where = { lat: 0.3205, lon: 32.5796, heading: 0, satellites: 11, odometerKm: 1, batteryMv: 4_100 };
      return link.send([{ ...where, ...parked, externalMv: 12_600, ts: Date.now(), seq: 0, output1: output.on }]);
    };
    await says();
    await testRelay(deps, agent, id);
    const commands = () =>
      world.database.db.select().from(vehicleCommands).where(eq(vehicleCommands.vehicleId, vehicleId));
    await eventually('the relay to be proven', async () => {
      await advanceImmobilisation(deps, vehicleId);
      await says();
      const [tracker] = await world.database.db.select().from(trackers).where(eq(trackers.id, id));
      return tracker?.relayProvenAt ?? undefined;
    });
    expect(told).toEqual(['setigndigout 1', 'setigndigout 0', 'setdigout 0']);
    const [stop, start] = await commands();
    expect([stop?.type, stop?.state, start?.type, start?.state]).toEqual([
      'immobilise',
      'succeeded',
      'mobilise',
      'succeeded',
    ]);
    await link.close();
  });

  it('answers in the order of what it was told; one that does not answer about its output is hung up on', async () => {
    const { sql } = world.database;
    const log = createLogger('test', 'silent');
    const registry = new TrackerRegistry(sql);
    const answers: unknown[] = [];
    const heard = (words: readonly { readonly kind: string }[]) =>
      Promise.resolve(void answers.push(...words.filter(({ kind }) => kind === 'answer')));
    const ingest = createIngest({ sql, log, registry, watches: new Watches(sql), heard });
    const connections = new Connections(() => {});
    const deps = { host: '127.0.0.1', port: 0, log, ingest, connections, registry };
    const door = await startTeltonika({ ...deps, patience: 1_000 });
    const { id, imei } = await fit();
    const { socket, ends } = await enter(imei, door.port);
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => (bytes = Buffer.concat([bytes, chunk])));
    const [first, second] = ['01a209b6-d691-7e95-9f0a-5a770bab73a2', '01a209b6-d691-7e95-9f0a-5a770bab73a3'];
    expect(door.tell(id, { id: first, text: 'setigndigout 1' })).toBe(true);
    expect(door.tell(id, { id: second, text: 'setdigout 0' })).toBe(true);
    await eventually('both commands', () => Promise.resolve(bytes.length >= 29 + 26 ? true : undefined));
    const one = commandIn(bytes);
    expect([one?.text, commandIn(bytes.subarray(one?.length))?.text]).toEqual(['setigndigout 1', 'setdigout 0']);
    socket.write(Buffer.concat([answerFrame('Unknown command'), answerFrame('DOUT1:0 Timeout:INFINITY')]));
    await eventually('both answers', () => Promise.resolve(answers.length === 2 ? true : undefined));
    expect(answers).toMatchObject([
      { commandId: first, answer: 'failed', reason: 'Unknown command' },
      { commandId: second, answer: 'accepted', reason: null },
    ]);
    // What answers nothing is a sign of life.
    socket.write(answerFrame('DOUT1:0 Timeout:INFINITY'));
    socket.write(frameOf([place(0)]));
    await eventually('the position', async () => ((await rowsOf(id)).length === 1 ? true : undefined));
    expect(answers).toHaveLength(2);
    expect(door.tell(id, { id: first, text: 'setdigout 0' })).toBe(true);
    await ends();
    expect(door.tell(id, { id: first, text: 'setdigout 0' })).toBe(false);
    await door.stop();
    await ingest.stop();
  });
});
