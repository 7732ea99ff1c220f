import fc from 'fast-check';
import { expect, it } from 'vitest';
import { localDate } from '../../calendar.ts';
import {
  answeredCommand,
  isInFlight,
  LIFE,
  mayBecome,
  proves,
  type CommandAnswer,
  type CommandState,
} from './command.ts';
import { lifted, type EpisodeState } from './episode.ts';
import { closedGate, type GateFacts } from './gates.ts';

/**
 * Random histories of one vehicle: money, clocks, places, laws, and a network that loses, delays, repeats and swaps what
 * it carries, between a platform that goes by the rules and a unit that obeys as real ones do. The rules decide, the rest is
 * as plain as can be; that the use cases do the same is shown in use-cases/telematics/immobilisation.test.ts.
 */
interface Command {
  readonly id: number;
  readonly type: 'immobilise' | 'mobilise';
  readonly issuedAt: number;
  readonly expiresAt: number;
  state: CommandState;
  sent: boolean;
  answeredTs: number | null;
}
type Word =
  | {
      readonly word: 'report';
      readonly ts: number;
      readonly speedKph: number;
      readonly ignition: boolean;
      readonly stopped: boolean;
      readonly protected: boolean;
    }
  | { readonly word: 'answer'; readonly id: number; readonly answer: CommandAnswer; readonly ts: number };

class World {
  now = 1_000_000;
  late = 20;
  doubt = false;
  paused = false;
  twoThirds = true;
  lawDays = 3;
  lawAllowsTwoThirds = true;
  /** Milliseconds by which the unit's clock is behind. */
  slow = 0;
  /** It stands where nobody is stopped. */
  isProtected = false;
  /** A manual order: it waits for another person than the one who gave it; null where it came by itself. */
  orderedBy: number | null = null;
  confirmedBy: number | null = null;
  speedKph = 0;
  ignition = false;
  stopped = false;
  state: EpisodeState = 'waiting';
  commanded = false;
  readonly commands: Command[] = [];
  readonly toUnit: Command[] = [];
  readonly toPlatform: Word[] = [];
  fix: GateFacts['fix'] = null;
  fixTs = 0;
  seenTs = Number.NEGATIVE_INFINITY;

  get facts(): GateFacts {
    const rule = {
      market: 'UG',
      effectiveFrom: localDate('2009-07-01'),
      leastDaysPastDue: this.lawDays,
      noticeHours: 1,
      fromHour: 0,
      untilHour: 24,
      stopsAfterTwoThirds: this.lawAllowsTwoThirds,
      repossessionNoticeDays: 14,
      courtAfterTwoThirds: true,
      saleDaysAfterDemand: 60,
      isShortfallOwed: true,
      source: '',
    } as const;
    const lease = {
      status: this.paused ? 'paused' : 'in_arrears',
      daysPastDue: this.late,
      daysPastDueIfPaid: this.doubt ? 0 : this.late,
      planDays: 7,
      planNoticeHours: 1,
      twoThirdsPaid: this.twoThirds,
      promised: false,
      reliefAsked: false,
      mayObject: false,
      warnedAt: 0,
      emergencyUntil: null,
      now: 1e9,
    } as const;
    const tracker = { kind: 'native', online: true, relayProven: true } as const;
    return {
      cause: 'arrears',
      lease,
      rule,
      tracker,
      fix: this.fix,
      wall: this.now,
      localHour: 12,
      sold: false,
      atWorkshop: false,
      inFlight: this.#flying !== undefined,
    };
  }

  /** An order of a person, about a vehicle that nobody is stopping yet. */
  order(by: number): void {
    if (this.state !== 'waiting' || this.commanded || this.orderedBy !== null) return;
    if (closedGate(this.facts, ['reason', 'law', 'tracker']) !== null) return;
    [this.state, this.orderedBy] = ['awaiting_confirmation', by];
  }

  confirm(by: number): void {
    if (this.state !== 'awaiting_confirmation' || this.orderedBy === by) return;
    if (closedGate(this.facts, ['reason', 'law', 'tracker']) === null) [this.state, this.confirmedBy] = ['waiting', by];
  }

  get #flying(): Command | undefined {
    return this.commands.find(({ state }) => isInFlight(state));
  }

  #become(command: Command, to: CommandState): void {
    expect(mayBecome(command.state, to)).toBe(true);
    command.state = to;
  }

  #order(type: Command['type']): void {
    const flying = this.#flying;
    if (type === 'mobilise' && flying?.type === 'mobilise') return;
    if (flying !== undefined) this.#become(flying, 'expired');
    const id = this.commands.length;
    this.commands.push({
      id,
      type,
      issuedAt: this.now,
      expiresAt: this.now + LIFE,
      state: 'created',
      sent: false,
      answeredTs: null,
    });
  }

  /** What takes the reason away mobilises in the same step, as a payment's transaction does. */
  lift(): void {
    if (this.state === 'starting' || this.state === 'ended') return;
    if (lifted(this.state, this.commanded) === 'ended') this.state = 'ended';
    else {
      this.state = 'starting';
      this.#order('mobilise');
    }
  }

  /** Two thirds are paid, or not any more by a payment that was taken back; what that forbids is lifted with it. */
  payThirds(): void {
    this.twoThirds = !this.twoThirds;
    if (this.twoThirds && !this.lawAllowsTwoThirds) this.lift();
  }

  advance(): void {
    for (const one of this.commands)
      if (isInFlight(one.state) && one.expiresAt <= this.now) this.#become(one, 'expired');
    if (this.state === 'starting') return this.#order('mobilise');
    const closed = closedGate(this.facts);
    if (closed?.kind === 'reason') return this.lift();
    if ((this.state !== 'waiting' && this.state !== 'stopping') || closed !== null) return;
    // By the facts themselves, and not by the gates.
    expect(this.late > Math.max(7, this.lawDays) && !this.doubt && !this.paused).toBe(true);
    expect(this.twoThirds && !this.lawAllowsTwoThirds).toBe(false);
    expect(this.orderedBy === null || (this.confirmedBy !== null && this.confirmedBy !== this.orderedBy)).toBe(true);
    expect(this.fix?.protected).toBe(false);
    expect(this.fix).toMatchObject({ speedKph: 0, ignition: false });
    expect(this.now - (this.fix?.at ?? 0)).toBeLessThan(60_000);
    this.#order('immobilise');
    this.state = 'stopping';
    this.commanded = true;
  }

  send(): void {
    for (const one of this.commands) {
      if (one.state !== 'created' || one.expiresAt <= this.now) continue;
      this.#become(one, 'sent');
      one.sent = true;
      this.toUnit.push(one);
    }
  }

  /** The unit obeys: never in motion, never what is over. */
  obey(at: number): void {
    const [command] = this.toUnit.splice(at % Math.max(1, this.toUnit.length), 1);
    if (command === undefined) return;
    const answer = (word: CommandAnswer) =>
      this.toPlatform.push({ word: 'answer', id: command.id, answer: word, ts: this.now - this.slow });
    if (command.expiresAt <= this.now) return void answer('rejected');
    if (command.type === 'immobilise' && (this.speedKph > 0 || this.ignition)) return void answer('failed');
    this.stopped = command.type === 'immobilise';
    answer('accepted');
    answer('succeeded');
    this.report();
  }

  report(): void {
    const { speedKph, ignition, stopped, isProtected } = this;
    const ts = this.now - this.slow;
    this.toPlatform.push({ word: 'report', ts, speedKph, ignition, stopped, protected: isProtected });
  }

  hear(at: number, keep: boolean): void {
    const index = at % Math.max(1, this.toPlatform.length);
    const said = this.toPlatform[index];
    if (said === undefined) return;
    if (!keep) this.toPlatform.splice(index, 1);
    if (said.word === 'answer') {
      const command = this.commands[said.id];
      const to = command === undefined ? null : answeredCommand(command, said.answer, this.now);
      if (command !== undefined && to !== null) {
        this.#become(command, to);
        if (to === 'acknowledged') command.answeredTs = said.ts;
      }
      return;
    }
    if (said.ts > this.fixTs) {
      this.fixTs = said.ts;
      this.fix = {
        at: said.ts,
        speedKph: said.speedKph,
        ignition: said.ignition,
        suspect: false,
        protected: said.protected,
      };
    } else if (this.fix !== null) {
      // Its clock was put back, or it is an old report: what is received since the believed place counts as well.
      const { speedKph, ignition } = this.fix;
      const fastest = Math.max(speedKph ?? 0, said.speedKph);
      this.fix = { ...this.fix, speedKph: fastest, ignition: ignition === true || said.ignition };
    }
    this.#observe({ stopped: said.stopped, ts: said.ts });
  }

  #observe(output: { readonly stopped: boolean; readonly ts: number }): void {
    const command = this.commands.findLast(({ type }) => type === (output.stopped ? 'immobilise' : 'mobilise'));
    if (this.state === 'ended') return this.#stray(output);
    if (
      command === undefined ||
      !proves(
        output,
        command,
        this.commands.filter(({ type, sent }) => type === 'immobilise' && sent),
      )
    )
      return;
    // What is older than what was seen last changes nothing.
    if (output.ts <= this.seenTs) return;
    this.seenTs = output.ts;
    if (isInFlight(command.state)) this.#become(command, 'succeeded');
    if (output.stopped && (this.state === 'stopping' || this.state === 'waiting')) this.state = 'stopped';
    if (!output.stopped && this.state === 'starting') {
      this.state = 'ended';
      this.commanded = false;
    }
  }

  /** A stop that came after all, with nobody meaning it any more. */
  #stray({ stopped, ts }: { readonly stopped: boolean; readonly ts: number }): void {
    const last = this.commands.at(-1);
    if (!stopped || last === undefined || ts <= last.issuedAt) return;
    this.state = 'starting';
    this.#order('mobilise');
  }
}

const deeds = {
  tick: fc.record({ deed: fc.constant('tick'), seconds: fc.integer({ min: 1, max: 70 }) }),
  drive: fc.record({ deed: fc.constant('drive'), speedKph: fc.integer({ min: 0, max: 60 }) }),
  money: fc.record({ deed: fc.constant('money'), late: fc.integer({ min: 0, max: 30 }), doubt: fc.boolean() }),
  network: fc.record({
    deed: fc.constantFrom('obey', 'lose', 'hear', 'forget'),
    at: fc.nat(9),
    again: fc.boolean(),
  }),
  people: fc.record({ deed: fc.constantFrom('order', 'confirm'), by: fc.integer({ min: 1, max: 2 }) }),
  clock: fc.record({ deed: fc.constant('clock'), slow: fc.constantFrom(0, 0, 30_000, 1_200_000) }),
  plain: fc.record({
    deed: fc.constantFrom(
      'report',
      'park',
      'pause',
      'advance',
      'send',
      'days',
      'suit',
      'thirds',
      'place',
      'look',
      'look',
    ),
  }),
};
const history = fc.array(
  fc.oneof(
    deeds.tick,
    deeds.drive,
    deeds.money,
    deeds.network,
    deeds.network,
    deeds.people,
    deeds.clock,
    deeds.plain,
    deeds.plain,
  ),
  {
    maxLength: 80,
  },
);

it('no history stops a vehicle that moves or is paid for, and every one that is paid for moves', () => {
  fc.assert(
    fc.property(history, (done) => {
      const world = new World();
      for (const one of done) {
        world.now += 10;
        if ('seconds' in one) world.now += one.seconds * 1_000;
        else if ('speedKph' in one) {
          // What is stopped does not start.
          if (!world.stopped) [world.speedKph, world.ignition] = [one.speedKph, true];
        } else if ('late' in one) {
          [world.late, world.doubt] = [one.late, one.doubt];
          if (world.late <= 7) world.lift();
        } else if (one.deed === 'obey' && 'at' in one) world.obey(one.at);
        else if (one.deed === 'lose' && 'at' in one) world.toUnit.splice(one.at % 3, 1);
        else if (one.deed === 'hear' && 'at' in one) world.hear(one.at, one.again);
        else if (one.deed === 'forget' && 'at' in one) world.toPlatform.splice(one.at % 3, 1);
        else if (one.deed === 'report') world.report();
        else if (one.deed === 'park') [world.speedKph, world.ignition] = [0, false];
        else if ('by' in one && one.deed === 'order') world.order(one.by);
        else if ('by' in one) world.confirm(one.by);
        else if ('slow' in one) world.slow = one.slow;
        // A law that changes, or is corrected, has everything asked again at the next look.
        else if (one.deed === 'days') world.lawDays = world.lawDays === 3 ? 25 : 3;
        else if (one.deed === 'suit') world.lawAllowsTwoThirds = !world.lawAllowsTwoThirds;
        else if (one.deed === 'thirds') world.payThirds();
        // Who is stopped goes nowhere.
        else if (one.deed === 'place') world.isProtected = world.stopped ? world.isProtected : !world.isProtected;
        else if (one.deed === 'advance') world.advance();
        else if (one.deed === 'send') world.send();
        else if (one.deed === 'look') {
          // What usually happens in a row: the newest report is heard, and what follows is sent.
          world.report();
          world.hear(world.toPlatform.length - 1, false);
          world.advance();
          world.send();
        } else if (one.deed === 'pause') {
          world.paused = !world.paused;
          if (world.paused) world.lift();
        }
        if (world.stopped) expect(world.speedKph).toBe(0);
        expect(world.commands.filter(({ state }) => isInFlight(state)).length).toBeLessThanOrEqual(1);
      }
      // Paid for: with a network that comes back it moves, whatever was on its way, and is seen to by whatever clock it has.
      [world.late, world.doubt, world.paused] = [0, false, false];
      world.lift();
      for (let minute = 0; minute < 25; minute += 1) {
        world.advance();
        world.send();
        while (world.toUnit.length > 0) world.obey(0);
        world.now += 1_000;
        world.report();
        while (world.toPlatform.length > 0) world.hear(0, false);
        world.now += 61_000;
      }
      expect(world.stopped).toBe(false);
      expect(world.state).toBe('ended');
    }),
    { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 300) },
  );
});
