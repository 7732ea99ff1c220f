/** What a Traccar server forwards once a unit has answered. It does not say to which command. */
interface CommandResult {
  readonly type: 'commandResult';
  readonly attributes: { readonly result: string };
}

/**
 * The part of a Traccar server that sends commands (`POST /api/commands/send`), for one device. 200: it was written to
 * the device's connection. 202: the device is away, and gets it when it comes back, whenever that is. 400: the device
 * is away, and the command said `noQueue`. None of them says that the unit has done it.
 */
export class TraccarServer {
  readonly #obey: (command: string) => string;
  #isHere = true;
  #queue: string[] = [];
  readonly results: CommandResult[] = [];

  /** @param obey what the unit does with a command, and answers */
  constructor(obey: (command: string) => string) {
    this.#obey = obey;
  }

  send(command: string, { noQueue = false } = {}): 200 | 202 | 400 {
    if (this.#isHere) {
      this.#deliver(command);
      return 200;
    }
    if (noQueue) return 400;
    this.#queue.push(command);
    return 202;
  }

  deviceOffline(): void {
    this.#isHere = false;
  }

  deviceOnline(): void {
    this.#isHere = true;
    for (const command of this.#queue.splice(0)) this.#deliver(command);
  }

  #deliver(command: string): void {
    this.results.push({ type: 'commandResult', attributes: { result: this.#obey(command) } });
  }
}
