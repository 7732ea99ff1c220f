import mqtt, { type MqttClient } from 'mqtt';
import { readCommand } from './obey.ts';

/** What a unit is set up with: `POST /v1/trackers` answers it. */
interface Account {
  readonly id: string;
  readonly username: string;
  readonly password: string;
}

/** One vehicle of a story: its driver does as he is told, and its unit obeys as real ones do, with the ignition off alone. */
export class Unit {
  readonly #client: MqttClient;
  readonly #account: Account;
  #seq = 1_000;
  #speedKph = 0;
  #stopped = false;

  private constructor(client: MqttClient, account: Account) {
    this.#client = client;
    this.#account = account;
    client.on('message', (_topic, payload) => this.#obey(payload));
  }

  static async fit(broker: string, account: Account): Promise<Unit> {
    const { id, username, password } = account;
    const client = await mqtt.connectAsync(broker, { clientId: id, username, password, protocolVersion: 4 });
    const unit = new Unit(client, account);
    await client.subscribeAsync(`trackers/${id}/commands`, { qos: 1 });
    return unit;
  }

  /** Whether its relay keeps the engine from starting. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Drives at a speed in km/h; 0 is parked, with the ignition off. */
  async drives(speedKph: number): Promise<void> {
    this.#speedKph = speedKph;
    await this.#reports();
  }

  async #reports(): Promise<void> {
    this.#seq += 1;
    const [ignition, output1] = [this.#speedKph > 0, this.#stopped];
    const fix = {
      ts: Date.now(),
      seq: this.#seq,
      lat: 0.3325,
      lon: 32.5796,
      speedKph: this.#speedKph,
      ignition,
      output1,
    };
    await this.#client.publishAsync(`trackers/${this.#account.id}/telemetry`, JSON.stringify(fix), { qos: 1 });
  }

  #obey(payload: Buffer): void {
    const said = readCommand(payload, this.#account.password);
    if (said === null) return;
    const answer = (state: string) =>
      this.#client.publish(
        `trackers/${this.#account.id}/commands/ack`,
        JSON.stringify({ id: said.id, state, ts: Date.now() }),
        { qos: 1 },
      );
    if (said.refused !== null) return void answer('rejected');
    if (said.type === 'immobilise' && this.#speedKph > 0) return void answer('failed');
    answer('accepted');
    if (said.type !== 'locate') this.#stopped = said.type === 'immobilise';
    answer('succeeded');
    void this.#reports();
  }

  async leaves(): Promise<void> {
    await this.#client.endAsync();
  }
}
