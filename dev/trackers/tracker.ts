import { readRestartCode } from '#domain/telematics/immobilisation/restart-code';
import { codeKey } from '#use-cases/telematics/restart-code';
import type { MqttClient } from 'mqtt';
import type { Dialect, Link, Position, TrackerAccount } from './dialects/dialect.ts';
import { readCommand } from './obey.ts';
import { TeltonikaOutput } from './relays/teltonika-output.ts';
import type { Reading, SimulatedVehicle } from './vehicle.ts';

/** Positions that a tracker keeps while it cannot send. */
const KEPT = 20_000;

/**
 * The box in a simulated vehicle: it keeps every position until it is acknowledged, and sends what it has kept as
 * a backlog when it is back.
 */
export class SimulatedTracker {
  readonly vehicle: SimulatedVehicle;
  readonly #dialect: Dialect;
  readonly #account: TrackerAccount;
  #link: Link | null = null;
  #connecting = false;
  #sending = false;
  #kept: Position[] = [];
  #seq: number;
  /** Of a Teltonika unit. */
  readonly #output = new TeltonikaOutput();
  /** The count of the last restart code. */
  #codes = 0;
  #acknowledged = 0;
  #problem: string | null = null;

  constructor(dialect: Dialect, account: TrackerAccount, vehicle: SimulatedVehicle) {
    this.vehicle = vehicle;
    this.#dialect = dialect;
    this.#account = account;
    // Goes on where an earlier run stopped.
    this.#seq = Math.floor(Date.now() / 1_000);
  }

  get connected(): boolean {
    return this.#link?.connected === true;
  }
  get #client(): MqttClient | null {
    return this.#link?.mqtt ?? null;
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

  /**
   * One interval of its life; what it has to say goes out when it can.
   *
   * @param hour hours since midnight where the vehicle is, with their fraction
   */
  tick(seconds: number, hour: number): void {
    const reading = this.vehicle.step(seconds, hour);
    this.#output.step(reading);
    this.#note(this.#followsOutput() ? this.vehicle.reading() : reading);
    if (!this.vehicle.inReach) {
      this.#link?.cut();
      return;
    }
    if (this.connected) void this.#send();
    else void this.#connect();
  }

  #note(reading: Reading): void {
    this.#seq += 1;
    this.#kept.push({ ts: Date.now() + this.vehicle.clockError, seq: this.#seq, ...reading });
    if (this.#kept.length > KEPT) this.#kept = this.#kept.slice(-KEPT);
  }

  async #connect(): Promise<void> {
    if (this.#connecting) return;
    this.#connecting = true;
    try {
      const obey = {
        signed: (payload: Buffer) => this.#obey(payload),
        text: (command: string) => this.#text(command),
        locate: () => this.#locate(),
      };
      this.#link = await this.#dialect.open(this.#account, obey);
      this.#problem = null;
      await this.#send();
    } catch (error) {
      this.#problem = error instanceof Error ? error.message || error.name : String(error);
    } finally {
      this.#connecting = false;
    }
  }

  async #send(): Promise<void> {
    const link = this.#link;
    if (link === null || this.#sending) return;
    this.#sending = true;
    try {
      while (this.#kept.length > 0 && link.connected) {
        const sent = this.#kept.slice(0, this.#dialect.atOnce);
        if (!(await link.send(sent))) return;
        this.#kept = this.#kept.slice(sent.length);
        this.#acknowledged += sent.length;
      }
    } finally {
      this.#sending = false;
    }
  }

  #obey(payload: Buffer): void {
    const said = readCommand(payload, this.#account.password);
    if (said === null) return;
    const { id, type, refused, codesUsed } = said;
    const answer = (state: string, reason?: string) =>
      this.#client?.publish(
        this.#account.topics.ack,
        JSON.stringify({ id, state, reason, ts: Date.now() }),
        { qos: 1 },
        () => {},
      );
    if (refused !== null) return void answer('rejected', refused);
    answer('accepted');
    this.#codes = Math.max(this.#codes, codesUsed);
    const done = type === 'locate' || this.vehicle.switchEngine(type === 'immobilise');
    if (done) answer('succeeded');
    else answer('failed', 'moving');
    // The output as it is now is what the platform believes.
    this.#locate();
  }

  #locate(): void {
    this.#note(this.vehicle.reading());
    void this.#send();
  }

  /** A text command of Teltonika, by which only the output changes what the vehicle does. @returns the unit's answer */
  #text(command: string): string {
    const reading = this.vehicle.reading();
    if (command === 'getinfo') return `RTC:${new Date().toISOString()} Rst:2 Err:0 GPS:1 Sat:${reading.satellites}`;
    if (command === 'on_demand_tracking2') {
      this.#locate();
      return 'On demand tracking: record generated';
    }
    const answer = this.#output.command(command, reading);
    if (this.#followsOutput()) this.#locate();
    return answer;
  }

  /** @returns whether the relay has switched */
  #followsOutput(): boolean {
    const { output1 } = this.vehicle.reading();
    return (
      this.#dialect.kind === 'teltonika' && output1 !== this.#output.on && this.vehicle.switchEngine(this.#output.on)
    );
  }

  /** Somebody types a restart code into its keypad. @returns whether it was one, and was not used. */
  type(digits: string): boolean {
    const token = readRestartCode(codeKey(this.#account.password), this.#codes, digits);
    if (token === null) return false;
    this.#codes = token.count;
    this.vehicle.switchEngine(false);
    this.#note(this.vehicle.reading());
    return true;
  }

  /** Says that it goes, and goes. */
  async stop(): Promise<void> {
    await this.#link?.close();
  }
}
