import { open, mkdir, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

const NEWLINE = 0x0a;

/**
 * An append-only file of JSON lines, synced to the disk before `append` resolves. Appends that come while
 * a sync runs share the next one (group commit), so thousands a second cost a few syncs.
 */
export class Journal {
  readonly #file: FileHandle;
  #waiting: string[] = [];
  /** The round that has not taken its lines yet, and the one that is being written. */
  #gathering: Promise<void> | undefined;
  #writing: Promise<void> | undefined;
  #broken: Error | undefined;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /**
   * Opens the journal at `path` and hands every whole line to `replay`, oldest first. A last line that a kill
   * tore is cut off: nobody was told that it was written.
   *
   * @throws SyntaxError naming the line when any other line is not JSON.
   */
  static async open(path: string, replay: (record: unknown) => void): Promise<Journal> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'a+', 0o600);
    try {
      const content = await file.readFile();
      const end = content.lastIndexOf(NEWLINE) + 1;
      if (end < content.length) await file.truncate(end);
      for (let from = 0, line = 1; from < end; line++) {
        const to = content.indexOf(NEWLINE, from);
        replay(parse(content.toString('utf8', from, to), path, line));
        from = to + 1;
      }
    } catch (error) {
      await file.close();
      throw error;
    }
    return new Journal(file);
  }

  /** Resolves when the record is on the disk. */
  append(record: object): Promise<void> {
    if (this.#broken) return Promise.reject(this.#broken);
    this.#waiting.push(`${JSON.stringify(record)}\n`);
    return this.#sync();
  }

  /** Resolves when everything appended so far is on the disk; at once where nothing is under way. */
  settled(): Promise<void> {
    return this.#gathering ?? this.#writing ?? Promise.resolve();
  }

  async close(): Promise<void> {
    await this.settled().catch(() => {});
    this.#broken ??= new Error('the journal is closed');
    await this.#file.close();
  }

  #sync(): Promise<void> {
    if (this.#gathering) return this.#gathering;
    // One turn of the event loop gathers the requests that arrived together.
    const before = this.#writing ?? new Promise<void>((resolve) => setImmediate(resolve));
    const round = before
      .then(() => this.#write())
      .finally(() => {
        if (this.#writing === round) this.#writing = undefined;
      });
    this.#gathering = round;
    return round;
  }

  async #write(): Promise<void> {
    this.#writing = this.#gathering;
    this.#gathering = undefined;
    const lines = this.#waiting;
    this.#waiting = [];
    try {
      await this.#file.appendFile(lines.join(''));
      await this.#file.datasync();
    } catch (error) {
      // What is on the disk is no longer known: nothing may be promised on top of it.
      this.#broken = new Error('the journal could not be written', { cause: error });
      throw this.#broken;
    }
  }
}

function parse(line: string, path: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new SyntaxError(`${path} line ${number} is not JSON; move the file away to begin anew`, { cause: error });
  }
}
