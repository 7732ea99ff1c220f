import { setTimeout as sleep } from 'node:timers/promises';
import { trackerTopics } from '#domain/telematics/topics';
import { native } from '#dev/trackers/dialects/native';
import { published } from '#dev/trackers/dialects/mqtt-link';
import type { Link } from '#dev/trackers/dialects/dialect';
import { readCommand } from '#dev/trackers/obey';

/** Milliseconds between two positions, and in which the last of them is taken. */
const EVERY = 400;
const LAST = 90_000;

interface Account {
  readonly id: string;
  readonly username: string;
  readonly password: string;
}

interface Fix {
  readonly seq: number;
  readonly text: string;
}

/** A vehicle whose tracker keeps each position until it is acknowledged, and says it again until then. */
export class Vehicle {
  readonly trackerId: string;
  /** Sequence numbers of positions that the broker has taken. */
  readonly acknowledged = new Set<number>();
  /** Whether its relay keeps the engine from starting. */
  isStopped = false;
  /** How often it was told to stop while it drove, and did not. */
  toldWhileDriving = 0;
  readonly #broker: string;
  readonly #account: Account;
  #drives = true;
  #lat = 0.3205;
  #seq = 0;
  #kept: Fix[] = [];
  #link: Link | undefined;
  #ends = false;
  readonly #life: Promise<unknown>;

  constructor(broker: string, account: Account) {
    this.#broker = broker;
    this.#account = account;
    this.trackerId = account.id;
    this.#life = Promise.all([this.#notes(), this.#speaks()]);
  }

  parks(): void {
    this.#drives = false;
    this.#note();
  }

  /** As far as it may. */
  drivesOn(): void {
    this.#drives = !this.isStopped;
    this.#note();
  }

  crashes(): void {
    this.#note('accident');
  }

  saysNonsense(): void {
    this.#link?.mqtt?.publish(trackerTopics(this.#account.id).telemetry, '{"lat":"nowhere"}', { qos: 1 }, () => {});
  }

  /** Says what is left to say, and goes. @throws Error where nobody takes it */
  async ends(): Promise<void> {
    this.#ends = true;
    const late = sleep(LAST, true, { ref: false });
    if ((await Promise.race([this.#life, late])) === true)
      throw new Error(`nobody takes ${this.#kept.length} positions of tracker ${this.trackerId}`);
    await this.#link?.close();
  }

  #note(...alarms: readonly string[]): void {
    this.#seq += 1;
    // 40 km/h.
    if (this.#drives) this.#lat += 0.00004;
    const moves = { speedKph: this.#drives ? 40 : 0, ignition: this.#drives, output1: this.isStopped };
    const fix = { ts: Date.now(), seq: this.#seq, lat: this.#lat, lon: 32.5796, ...moves, alarms };
    this.#kept.push({ seq: fix.seq, text: JSON.stringify(fix) });
  }

  async #notes(): Promise<void> {
    for (; !this.#ends; await sleep(EVERY)) this.#note();
  }

  async #speaks(): Promise<void> {
    while (!this.#ends || this.#kept.length > 0) {
      const next = this.#kept[0];
      if (next === undefined) await sleep(EVERY / 4);
      else if (await this.#said(next)) {
        this.acknowledged.add(next.seq);
        this.#kept.shift();
      } else await sleep(EVERY);
    }
  }

  /** @returns whether it was acknowledged */
  async #said({ text }: Fix): Promise<boolean> {
    try {
      if (this.#link?.connected !== true) this.#link = await this.#connects();
      const { mqtt } = this.#link;
      return mqtt !== null && (await published(mqtt, { topic: trackerTopics(this.#account.id).telemetry, text }));
    } catch {
      return false;
    }
  }

  #connects(): Promise<Link> {
    const { id, username, password } = this.#account;
    const account = { username, password, serial: id, isCopy: false, topics: trackerTopics(id) };
    const ears = { broker: this.#broker, teltonikaPort: null, bridge: { username: '', password: '' } };
    return native(ears).open(account, { signed: (payload) => this.#obeys(payload), text: () => '', locate: () => {} });
  }

  #obeys(payload: Buffer): void {
    const said = readCommand(payload, this.#account.password);
    if (said === null) return;
    const answer = (state: string, reason?: string) => {
      const text = JSON.stringify({ id: said.id, state, reason, ts: Date.now() });
      this.#link?.mqtt?.publish(trackerTopics(this.#account.id).ack, text, { qos: 1 }, () => {});
    };
    if (said.refused !== null) return answer('rejected', said.refused);
    if (said.type === 'immobilise' && this.#drives) {
      this.toldWhileDriving += 1;
      return answer('failed', 'moving');
    }
    answer('accepted');
    if (said.type !== 'locate') this.isStopped = said.type === 'immobilise';
    answer('succeeded');
    this.#note();
  }
}
