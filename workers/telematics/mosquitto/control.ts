import mqtt, { type MqttClient } from 'mqtt';
import { z } from 'zod';

const TOPIC = '$CONTROL/dynamic-security/v1';
const ANSWER = `${TOPIC}/response`;
/** Milliseconds that Mosquitto may take for one request. */
const PATIENCE = 20_000;

/** A command of Mosquitto's dynamic-security plugin; https://mosquitto.org/documentation/dynamic-security/ names them. */
export interface BrokerCommand {
  readonly command: string;
  readonly [argument: string]: unknown;
}

const responses = z.object({
  responses: z.array(
    z.object({
      command: z.string(),
      error: z.string().optional(),
      data: z.record(z.string(), z.unknown()).optional(),
      correlationData: z.string().optional(),
    }),
  ),
});
export type Response = z.infer<typeof responses>['responses'][number];

/** Talks to the plugin; one request at a time. */
export class Control {
  readonly #client: MqttClient;
  #before: Promise<unknown> = Promise.resolve();
  #answered: ((payload: Buffer) => void) | null = null;

  /**
   * @param url mqtt(s)://user:password@host:port of who may administer the plugin
   * @param connected called at each connection, when requests can be made
   */
  constructor(url: string, connected: () => void, failed: (error: Error) => void) {
    this.#client = mqtt.connect(url, { protocolVersion: 5, clean: true, reconnectPeriod: 2_000, queueQoSZero: false });
    this.#client.on('message', (topic, payload) => topic === ANSWER && this.#answered?.(payload));
    this.#client.on('error', failed);
    this.#client.on('connect', () => {
      this.#client.subscribe(ANSWER, { qos: 1 }, (error) => (error === null ? connected() : failed(error)));
    });
  }

  /**
   * Sends commands and waits for what became of each, in their order.
   *
   * @throws Error when there is no connection or no answer: perhaps no such plugin, or not our right.
   */
  run(commands: readonly BrokerCommand[]): Promise<Response[]> {
    const turn = this.#before.then(
      () => this.#ask(commands),
      () => this.#ask(commands),
    );
    this.#before = turn;
    return turn;
  }

  async #ask(commands: readonly BrokerCommand[]): Promise<Response[]> {
    if (!this.#client.connected) throw new Error('no connection to the broker');
    let timer: NodeJS.Timeout | undefined;
    let lost = () => {};
    try {
      return await new Promise<Response[]>((resolve, reject) => {
        timer = setTimeout(() => reject(new Error('the dynamic-security plugin does not answer')), PATIENCE);
        lost = () => reject(new Error('the connection to the broker has ended'));
        this.#client.once('close', lost);
        const stamp = `${Date.now()}`;
        this.#answered = (payload) => {
          const parsed = responses.safeParse(JSON.parse(payload.toString('utf8')));
          if (!parsed.success) return reject(new Error('the dynamic-security plugin answers what nobody understands'));
          // The answer to an earlier request that nobody waits for any more.
          if (parsed.data.responses[0]?.correlationData !== stamp) return;
          resolve(parsed.data.responses);
        };
        const request = { commands: commands.map((command) => ({ ...command, correlationData: stamp })) };
        this.#client.publish(TOPIC, JSON.stringify(request), { qos: 1 }, (error) => {
          if (error !== undefined && error !== null) reject(error);
        });
      });
    } finally {
      clearTimeout(timer);
      this.#client.off('close', lost);
      this.#answered = null;
    }
  }

  async stop(): Promise<void> {
    await this.#client.endAsync(true);
  }
}
