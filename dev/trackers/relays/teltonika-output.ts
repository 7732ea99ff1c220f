/** What a unit knows of its vehicle. */
export interface Now {
  readonly ignition: boolean;
  readonly speedKph: number;
}

/** A command that is not carried out yet: its new state, and what it waits for. */
interface Queued {
  readonly on: boolean;
  readonly when: (now: Now) => boolean;
}

const COMMAND = /^(?<name>setdigout|setigndigout) (?<on>[01])(?: (?<timeout>\d+|\?))?(?: (?<speed>\d+))?$/;

/**
 * The first digital output of a Teltonika unit, to which the relay of an immobiliser is wired, and the two commands
 * that set it (https://wiki.teltonika-gps.com, "FMB setdigout", "FMB setigndigout"):
 *
 * - `setdigout 1` at once, whatever the vehicle does; `setdigout 1 ? 10` waits until it is no faster than 10 km/h,
 *   which is also so at a traffic light, and stays so when the light is green;
 * - `setigndigout 1` waits until the ignition is off. Its speed is ignored.
 *
 * A newer command takes the place of one that waits. `setigndigout` is "higher priority": what it was told last, waiting or done,
 * `setdigout` changes nothing about until it is told to let go. Timeouts are not simulated: the output stays as it was set.
 */
export class TeltonikaOutput {
  #on = false;
  #queued: Queued | null = null;
  /** The last `setigndigout` was a stop. */
  #stopped = false;

  get on(): boolean {
    return this.#on;
  }

  /** @returns the unit's answer */
  command(text: string, now: Now): string {
    const said = COMMAND.exec(text)?.groups;
    if (said === undefined) return 'Bad syntax';
    const on = said['on'] === '1';
    const most = said['speed'] === undefined ? Number.POSITIVE_INFINITY : Number(said['speed']);
    const when =
      said['name'] === 'setigndigout' ? ({ ignition }: Now) => !ignition : ({ speedKph }: Now) => speedKph <= most;
    const answer = `DOUT1:${said['on']} Timeout:INFINITY`;
    if (said['name'] === 'setigndigout') this.#stopped = on;
    else if (this.#stopped) return answer;
    this.#queued = { on, when };
    return this.step(now) ? answer : `${answer} QUEUED`;
  }

  /** Time goes on. @returns whether nothing waits any more */
  step(now: Now): boolean {
    if (this.#queued?.when(now) !== true) return this.#queued === null;
    this.#on = this.#queued.on;
    this.#queued = null;
    return true;
  }
}
