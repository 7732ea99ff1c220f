import { createHmac, timingSafeEqual } from 'node:crypto';
import mqtt, { type MqttClient } from 'mqtt';
import { z } from 'zod';
import type { Reading, SimulatedVehicle } from './vehicle.ts';

/** What a tracker is set up with, as `POST /v1/trackers` answers. */
export interface TrackerAccount {
  readonly username: string;
  readonly password: string;
  readonly topics: {
    readonly telemetry: string;
    readonly status: string;
    readonly commands: string;
    readonly ack: string;
  };
}

type Position = Reading & { readonly ts: number; readonly seq: number };

/** Positions that a tracker keeps while it cannot send, and that go into one message. */
const KEPT = 20_000;
const BACKLOG = 400;
const PATIENCE = 10_000;

const command = z.looseObject({
  id: z.string(),
  type: z.enum(['immobilise', 'mobilise', 'locate']),
  issuedAt: z.string(),
  expiresAt: z.string(),
  mac: z.string(),
});

/**
 * The box in a simulated vehicle: it keeps every position until the broker has acknowledged it, sends what
 * it has kept as a backlog when it is back, and leaves a last will.
 */
export class SimulatedTracker {
  readonly vehicle: SimulatedVehicle;
  readonly #broker: string;
  readonly #account: TrackerAccount;
  #client: MqttClient | null = null;
  #connecting = false;
  #sending = false;
  #kept: Position[] = [];
  #seq: number;
  #acknowledged = 0;
  #problem: string | null = null;

  constructor(broker: string, account: TrackerAccount, vehicle: SimulatedVehicle) {
    this.vehicle = vehicle;
    this.#broker = broker;
    this.#account = account;
    // Goes on where an earlier run stopped.
    this.#seq = Math.floor(Date.now() / 1_000);
  }

  get connected(): boolean {
    return this.#client?.connected === true;
  }
  get acknowledged(): number {
    return this.#acknowledged;
  }
  get kept(): number {
    return this.#kept.length;
  }
  /** Why it could not connect the last time; null when it could. */
  get problem(): string | null {
    return this.#problem;
  }

  /** One interval of its life; what it has to say goes out when it can. */
  tick(seconds: number): void {
    this.#note(this.vehicle.step(seconds));
    if (!this.vehicle.inReach) {
      // As when the network goes: without a word, so that the broker publishes the last will.
      this.#client?.stream.destroy();
      return;
    }
    if (this.connected) void this.#send();
    else void this.#connect();
  }

  #note(reading: Reading): void {
    this.#seq += 1;
    this.#kept.push({ ts: Date.now(), seq: this.#seq, ...reading });
    if (this.#kept.length > KEPT) this.#kept = this.#kept.slice(-KEPT);
  }

  async #connect(): Promise<void> {
    if (this.#connecting) return;
    this.#connecting = true;
    const { username, password, topics } = this.#account;
    try {
      const client = await mqtt.connectAsync(this.#broker, {
        clientId: username,
        username,
        password,
        protocolVersion: 4,
        clean: false,
        reconnectPeriod: 0,
        connectTimeout: PATIENCE,
        will: { topic: topics.status, payload: status(false), qos: 1, retain: true },
      });
      this.#client = client;
      client.on('error', () => {});
      client.on('message', (_topic, payload) => this.#obey(payload));
      client.subscribe(topics.commands, { qos: 1 }, () => {});
      client.publish(topics.status, status(true), { qos: 1, retain: true }, () => {});
      this.#problem = null;
      await this.#send();
    } catch (error) {
      this.#problem = error instanceof Error ? error.message || error.name : String(error);
    } finally {
      this.#connecting = false;
    }
  }

  async #send(): Promise<void> {
    const client = this.#client;
    if (client === null || this.#sending) return;
    this.#sending = true;
    try {
      while (this.#kept.length > 0 && client.connected) {
        const [first, ...more] = this.#kept.slice(0, BACKLOG);
        const sent = 1 + more.length;
        const text = JSON.stringify(more.length === 0 ? first : [first, ...more]);
        if (!(await published(client, this.#account.topics.telemetry, text))) return;
        this.#kept = this.#kept.slice(sent);
        this.#acknowledged += sent;
      }
    } finally {
      this.#sending = false;
    }
  }

  #obey(payload: Buffer): void {
    const said = command.safeParse(parsed(payload));
    if (!said.success) return;
    const { id, type, issuedAt, expiresAt, mac } = said.data;
    const answer = (state: string, reason?: string) =>
      this.#client?.publish(
        this.#account.topics.ack,
        JSON.stringify({ id, state, reason, ts: Date.now() }),
        { qos: 1 },
        () => {},
      );
    const expected = createHmac('sha256', this.#account.password)
      .update(`${id}.${type}.${issuedAt}.${expiresAt}`)
      .digest();
    const given = Buffer.from(mac, 'base64url');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return void answer('rejected', 'mac');
    if (Date.parse(expiresAt) < Date.now()) return void answer('rejected', 'expired');
    answer('accepted');
    const done = type === 'locate' || this.vehicle.switchEngine(type === 'immobilise');
    if (done) answer('succeeded');
    else answer('failed', 'moving');
    // The output as it is now is what the platform believes.
    this.#note(this.vehicle.reading());
    void this.#send();
  }

  /** Says that it goes, and goes; a broker that does not answer is left after two seconds. */
  async stop(): Promise<void> {
    const client = this.#client;
    if (client === null) return;
    const timer = setTimeout(() => client.stream.destroy(), 2_000);
    if (client.connected) await published(client, this.#account.topics.status, status(false).toString(), true);
    await client.endAsync().catch(() => {});
    clearTimeout(timer);
  }
}

/** @returns false where the connection ended before the acknowledgement. */
function published(client: MqttClient, topic: string, text: string, retain = false): Promise<boolean> {
  return new Promise((resolve) => {
    const lost = () => resolve(false);
    client.once('close', lost);
    client.publish(topic, text, { qos: 1, retain }, (error) => {
      client.off('close', lost);
      resolve(error === undefined || error === null);
    });
  });
}

const status = (online: boolean) => Buffer.from(JSON.stringify({ online, ts: Date.now() }));

function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}
