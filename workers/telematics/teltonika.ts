import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Logger } from '#platform/log';
import {
  answerIn,
  answersOutput,
  codec12Topic,
  commandFrame,
  isRefusal,
  setsOutput,
} from '#providers/trackers/codec12';
import { codec8Topic, frameIn, isIntact, recordsToAcknowledge, withoutPings } from '#providers/trackers/codec8';
import type { TeltonikaLine } from '#providers/trackers/tell-unit';
import type { Connections } from './connections.ts';
import type { Ingest } from './ingest.ts';
import type { TrackerRegistry } from './registry.ts';
import { Throttle } from './throttle.ts';

/** The front end for Teltonika units that speak Codec 8 or 8 Extended over TCP, and take commands by Codec 12. */
export interface TeltonikaDoor extends TeltonikaLine {
  readonly port: number;
  /** Ends the connections of a tracker that is not in use any more, or has another IMEI. */
  recheck(trackerId: string): void;
  /** Ends every connection; the units come back and log in again. */
  dropTrackers(): void;
  /** Takes nothing more; what was taken can still be acknowledged. */
  close(): void;
  stop(): Promise<void>;
}

interface TeltonikaDependencies {
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
  readonly ingest: Ingest;
  readonly connections: Connections;
  readonly registry: TrackerRegistry;
  /** Hears of a unit that nobody has fitted as what it is: a digit of it may be wrong where it was written down. */
  readonly unknown?: (imei: string) => void;
  /** Milliseconds that a unit may take to answer a command; without it `ANSWER`. */
  readonly patience?: number;
}

/** Milliseconds to log in, and of silence until a connection is given up. */
const LOGIN = 10_000;
const SILENCE = 15 * 60_000;
/** Milliseconds that a unit may take to answer a command. */
const ANSWER = 30_000;
/** Bytes of the length of an IMEI; its digits follow. */
const LENGTH = 2;
const IMEI = /^\d{15}$/;
const [ACCEPTED, REFUSED] = [Buffer.from([1]), Buffer.from([0])];

/** @throws Error when the port is taken, naming the variable that moves it. */
export async function startTeltonika(deps: TeltonikaDependencies): Promise<TeltonikaDoor> {
  const units = new Set<UnitConnection>();
  const throttle = new Throttle();
  let open = true;
  const server = createServer((socket) => {
    if (!open) return socket.destroy();
    const unit = new UnitConnection(socket, deps, throttle);
    units.add(unit);
    socket.once('close', () => {
      units.delete(unit);
      const { trackerId } = unit;
      if (trackerId !== null && ![...units].some((other) => other.trackerId === trackerId)) throttle.forget(trackerId);
    });
  });
  const port = await listen(server, deps.port, deps.host);
  deps.log.info({ port }, 'Teltonika units may connect');
  return {
    port,
    tell(trackerId, command) {
      // The newest one: an older one may be half open.
      const unit = [...units].findLast((one) => one.trackerId === trackerId);
      return unit?.tell(command) === true;
    },
    recheck(trackerId) {
      for (const unit of units) if (unit.trackerId === trackerId && !unit.isStillKnown()) unit.end();
    },
    dropTrackers() {
      for (const unit of units) unit.end();
    },
    close() {
      open = false;
      deps.connections.close();
      for (const unit of units) unit.close();
    },
    async stop() {
      open = false;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const unit of units) unit.finish();
      await closed;
    },
  };
}

/** A command that waits for its answer: whether it sets the output, and the end of its patience. */
interface Told {
  readonly id: string | null;
  readonly setsOutput: boolean;
  readonly late: NodeJS.Timeout;
}

/**
 * One connection: the unit says its IMEI and is accepted or not, then it sends frame after frame, each answered with
 * the number of its records once they are committed. What is not answered it sends again.
 */
class UnitConnection {
  readonly #socket: Socket;
  readonly #deps: TeltonikaDependencies;
  readonly #throttle: Throttle;
  #imei: string | null = null;
  #trackerId: string | null = null;
  #bytes: Buffer = Buffer.alloc(0);
  /** One thing at a time: what comes meanwhile waits in the socket. */
  #busy = false;
  #open = true;
  /** The unit has hung up by itself, after all that it had to say was answered. */
  #hungUp = false;
  /** Commands that wait for their answers, the oldest first. */
  #told: Told[] = [];

  constructor(socket: Socket, deps: TeltonikaDependencies, throttle: Throttle) {
    this.#socket = socket;
    this.#deps = deps;
    this.#throttle = throttle;
    socket.setNoDelay(true);
    socket.setTimeout(LOGIN, () => this.end());
    socket.on('error', () => this.end());
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#next();
    });
    // Units hang up when they have nothing more to say for a while, and sleep.
    socket.once('end', () => (this.#hungUp = !this.#busy && this.#bytes.length === 0));
    socket.once('close', () => {
      for (const { late } of this.#told) clearTimeout(late);
      if (this.#trackerId !== null) deps.connections.ended(this.#trackerId, this, this.#hungUp);
    });
  }

  get trackerId(): string | null {
    return this.#trackerId;
  }

  isStillKnown(): boolean {
    const tracker = this.#trackerId === null ? null : this.#deps.registry.find({ trackerId: this.#trackerId });
    return tracker !== null && tracker.serial === this.#imei;
  }

  /**
   * Says a command at once: a start waits behind nothing. One that sets the output and is not answered ends the connection, with
   * what of it is still under way: the network would deliver a stop when the unit has driven on. Another may have no words at all
   * for its answer, and only loses its place among those that wait.
   */
  tell({ id, text }: Parameters<TeltonikaLine['tell']>[1]): boolean {
    if (!this.#open || this.#socket.destroyed || !this.#socket.writable) return false;
    const isOutput = setsOutput(text);
    const late = setTimeout(() => {
      this.#told = this.#told.filter((one) => one.late !== late);
      if (!isOutput) return;
      this.#deps.log.warn({ trackerId: this.#trackerId, commandId: id }, 'a Teltonika unit does not answer a command');
      this.#socket.resetAndDestroy();
    }, this.#deps.patience ?? ANSWER);
    this.#told.push({ id, setsOutput: isOutput, late });
    this.#socket.write(commandFrame(text));
    return true;
  }

  /**
   * Which command a frame answers, by its words; null for none that somebody is told of. What is said of an output answers no other command, and other words
   * answer one that sets an output where nothing else waits: some units may say them so. A refusal is that of the oldest.
   */
  #answered(frame: Buffer): string | null {
    const said = answerIn(frame);
    if (said === null) return null;
    const find = (setsIt: boolean) => this.#told.find((one) => one.setsOutput === setsIt);
    const told = answersOutput(said) ? find(true) : isRefusal(said) ? this.#told[0] : (find(false) ?? find(true));
    if (told === undefined) return null;
    clearTimeout(told.late);
    this.#told = this.#told.filter((one) => one !== told);
    return told.id;
  }

  close(): void {
    this.#open = false;
    this.#socket.pause();
  }

  end(): void {
    this.#socket.destroy();
  }

  /** Ends it when what was answered is on its way. */
  finish(): void {
    this.#socket.destroySoon();
  }

  #next(): void {
    if (this.#busy || !this.#open) return;
    try {
      if (this.#trackerId === null) this.#login();
      else this.#take(this.#trackerId);
    } catch (error) {
      this.#deps.log.warn({ err: error, trackerId: this.#trackerId }, 'a Teltonika unit cannot be understood');
      this.end();
    }
  }

  #wait(): void {
    this.#busy = true;
    this.#socket.pause();
  }

  #goOn(answer: Buffer | null): void {
    this.#busy = false;
    if (this.#socket.destroyed) return;
    if (answer !== null) this.#socket.write(answer);
    if (!this.#open) return;
    this.#socket.resume();
    this.#next();
  }

  #login(): void {
    if (this.#bytes.length < LENGTH) return;
    const end = LENGTH + this.#bytes.readUInt16BE(0);
    if (end !== LENGTH + 15) throw new Error('no IMEI');
    if (this.#bytes.length < end) return;
    const imei = this.#bytes.toString('latin1', LENGTH, end);
    this.#bytes = this.#bytes.subarray(end);
    if (!IMEI.test(imei)) throw new Error('no IMEI');
    this.#wait();
    const unit = { serial: imei };
    this.#deps.registry.ensure([unit]).then(
      () => this.#admit(imei),
      (error: unknown) => {
        this.#deps.log.warn({ err: error }, 'a login of a Teltonika unit could not be checked');
        this.end();
      },
    );
  }

  /** An IMEI is no secret, so only trackers that are fitted as such log in by theirs. */
  #admit(imei: string): void {
    const tracker = this.#deps.registry.find({ serial: imei });
    if (tracker?.kind !== 'teltonika') {
      this.#deps.log.warn({ imei }, 'a Teltonika unit that nobody has fitted is not let in');
      this.#deps.unknown?.(imei);
      this.#socket.end(REFUSED);
      return;
    }
    if (this.#socket.destroyed) return;
    this.#imei = imei;
    this.#trackerId = tracker.id;
    this.#socket.setTimeout(SILENCE);
    this.#deps.connections.began(tracker.id, this);
    this.#goOn(ACCEPTED);
  }

  #take(trackerId: string): void {
    this.#bytes = withoutPings(this.#bytes);
    const frame = frameIn(this.#bytes);
    if (frame === null) return;
    this.#bytes = this.#bytes.subarray(frame.length);
    const records = recordsToAcknowledge(frame);
    this.#wait();
    if (!isIntact(frame)) {
      this.#deps.log.warn({ trackerId, bytes: frame.length }, 'a frame came damaged: the unit sends it again');
      return this.#goOn(numbered(0));
    }
    const commandId = this.#answered(frame);
    const topic = commandId === null ? codec8Topic(trackerId) : codec12Topic(trackerId, commandId);
    const message = { topic, payload: Buffer.from(frame), receivedAt: Date.now() };
    this.#deps.ingest.add(message, (refused) => {
      if (refused !== undefined) this.end();
      else this.#throttle.release(trackerId, () => this.#goOn(records === null ? null : numbered(records)));
    });
  }
}

function numbered(records: number): Buffer {
  const answer = Buffer.alloc(4);
  answer.writeUInt32BE(records);
  return answer;
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `port ${port} (Teltonika units) is taken; TELTONIKA_PORT moves it`;
      reject(error.code === 'EADDRINUSE' ? new Error(taken, { cause: error }) : error);
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve((server.address() as AddressInfo).port);
    });
  });
}
