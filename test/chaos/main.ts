import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { connectDatabase } from '#db/client';
import { untilStopped } from '#dev/signals';
import { connectTemporal } from '#platform/temporal/connection';
import { Canary } from './canary.ts';
import { strike } from './faults.ts';
import { holds, whatDoesNotHold, type Eyes, type Hold } from './holds.ts';
import { KeptReport } from './kept-report.ts';
import { Lives } from './lives.ts';
import { allowances, cells, type Cell } from './matrix.ts';
import { Probe } from './probe.ts';
import { settleDoubts } from './settle-doubts.ts';
import { startStage, type Own, type Stage } from './stage.ts';

/**
 * `npm run chaos -- --minutes 60`: the platform as separate processes with a proxy between any two, lives that go on,
 * and one cell of the matrix after the other, those first that were not tried for longest. Ends with 0 only if everything held
 * in each. The report is written as it goes, and docs/chaos-report.md keeps what was seen of each cell last.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    /** Where the report goes; `chaos/<time>/report.md` in DATA_DIR without it. */
    report: { type: 'string' },
    /** What keeps the last result of each cell. */
    kept: { type: 'string', default: join(import.meta.dirname, '../../docs/chaos-report.md') },
    /** A regular expression: cells such as `kill postgres` alone. */
    only: { type: 'string', default: '' },
  },
});
const minutes = z.coerce.number().positive().parse(values.minutes);
const directory = resolve(
  process.env['DATA_DIR'] ?? '.data',
  'chaos',
  new Date().toISOString().replaceAll(/[:.]/g, '-'),
);
const report = resolve(values.report ?? join(directory, 'report.md'));

/** Milliseconds until it must work again, and until all of it must have come to rest. */
const HEALTHY = 120_000;
const REST = 150_000;
/** Milliseconds between two nudges of what waits for a provider's statement. */
const NUDGE = 15_000;

interface Result {
  readonly broken: ReadonlyMap<string, readonly string[]>;
  /** Seconds from the fault's end until a payment was booked and a position stored. */
  readonly healthy: number | null;
  /** Until everything held. */
  readonly rest: number | null;
  readonly note: string;
}

const say = (line: string) => process.stdout.write(`${new Date().toISOString().slice(11, 19)}  ${line}\n`);
const seconds = (since: number) => Math.round((performance.now() - since) / 100) / 10;

class Run {
  readonly #stage: Stage;
  readonly #eyes: Eyes;
  readonly #lives: Lives;
  readonly #canary: Canary;
  /** What an earlier cell has broken for good. */
  readonly #known = new Set<string>();
  #number = 0;

  constructor(stage: Stage, eyes: Eyes, lives: Lives, canary: Canary) {
    this.#stage = stage;
    this.#eyes = eyes;
    this.#lives = lives;
    this.#canary = canary;
  }

  async cell(cell: Cell): Promise<Result> {
    this.#number += 1;
    const episode = await this.#lives.prepare(this.#number).catch((error: unknown) => String(error));
    if (typeof episode === 'string')
      return { broken: new Map([['lives go on before it', [episode]]]), healthy: null, rest: null, note: 'not tried' };
    const probe = new Probe(this.#stage.api, ...(await this.#canary.eyes()));
    episode.begins();
    await sleep(1_000);
    const blow = await strike(this.#stage, cell);
    const impossible = typeof blow === 'string' ? blow : '';
    if (typeof blow !== 'string') {
      await sleep(cell.seconds * 1_000);
      await blow.lifts();
    }
    const lifted = performance.now();
    const broken = new Map<string, readonly string[]>();
    const healthy = await this.#canary
      .sings(HEALTHY)
      .then(() => seconds(lifted))
      .catch((error: unknown) => {
        broken.set('it works again', [String(error)]);
        return null;
      });
    await probe.stop();
    if (probe.wrong.length > 0 && !allowances(cell).silentApi) broken.set('the API answers', probe.wrong.slice(0, 5));
    await episode.comesToRest().catch((error: unknown) => broken.set('people get on', [String(error)]));
    for (const [hold, lines] of await this.#atRest(cell)) broken.set(hold, lines);
    const rest = seconds(lifted);
    if (cell.fault === 'clock') await this.#stage.again(cell.on as Own);
    const refused = this.#lives.refused.splice(0);
    if (refused.length > 0) say(`  refused: ${refused.slice(0, 4).join('; ')}`);
    const statuses = [...probe.statuses].map(([status, count]) => `${status}×${count}`).join(' ');
    const note =
      impossible === '' ? `${statuses}, slowest ${(probe.slowest / 1_000).toFixed(1)} s` : `not here: ${impossible}`;
    return { broken, healthy, rest: broken.size === 0 ? rest : null, note };
  }

  /** What still does not hold after a while, and was not broken before. */
  async #atRest(cell: Cell): Promise<ReadonlyMap<Hold, readonly string[]>> {
    let nudged = performance.now();
    for (const until = performance.now() + REST; ; await sleep(1_000)) {
      const found = await whatDoesNotHold(this.#eyes, this.#lives);
      const fresh = new Map<Hold, readonly string[]>();
      for (const [hold, lines] of found) {
        const mine = lines.filter((line) => !this.#known.has(line));
        const allowed = hold === 'each acknowledged position is stored once' && allowances(cell).lostPositions;
        if (mine.length > 0 && !allowed) fresh.set(hold, mine);
      }
      const isOver = fresh.size === 0 || performance.now() > until;
      if (isOver) for (const line of [...found.values()].flat()) this.#known.add(line);
      if (isOver) return fresh;
      if (performance.now() - nudged < NUDGE) continue;
      nudged = performance.now();
      await settleDoubts(this.#eyes, this.#lives.admin);
    }
  }
}

function begin(): void {
  mkdirSync(dirname(report), { recursive: true });
  const held = Object.keys(holds).map((hold) => `- ${hold}`);
  const lines = [
    `# Chaos, ${new Date().toISOString()}`,
    '',
    'After each fault:',
    '',
    ...held,
    '- the API answers within 13 s, with a result or a problem',
    '- people get on: whoever tries again is done',
    '',
    '| Fault | On | Lasts, s | Held | Works again after, s | At rest after, s | The API meanwhile |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ];
  writeFileSync(report, `${lines.join('\n')}\n`);
}

function write(tried: Cell, { broken, healthy, rest, note }: Result): void {
  const { fault, what, on, seconds } = tried;
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const held =
    broken.size === 0
      ? 'yes'
      : [...broken].map(([hold, lines]) => `**no**: ${hold}: ${lines.slice(0, 3).join('; ')}`).join('; ');
  const row = [`${fault} (${what})`, on, seconds, held, healthy ?? '–', rest ?? '–', note];
  appendFileSync(report, `| ${row.map((one) => cell(String(one))).join(' | ')} |\n`);
  const isTried = !note.startsWith('not ');
  kept.keep(tried, {
    held: isTried ? held : note,
    works: String(healthy ?? '–'),
    rest: String(rest ?? '–'),
    on: new Date().toISOString().slice(0, 10),
    commit,
  });
  say(`${fault} ${on}: ${held}; works after ${healthy ?? '–'} s, at rest after ${rest ?? '–'} s; ${note}`);
}

const stopped = untilStopped();
const began = performance.now();
const pattern = new RegExp(values.only);
const kept = new KeptReport(resolve(values.kept), cells());
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const wanted = kept.oldestFirst(cells().filter(({ fault, on }) => pattern.test(`${fault} ${on}`)));
begin();
say(`${wanted.length} cells, the report is ${report}`);
const stage = await startStage(join(directory, 'platform'), say);
const database = connectDatabase(stage.config.DATABASE_URL, { pool: 8, name: 'chaos', travels: true });
const temporal = await connectTemporal(stage.config);
let broken = 0;
let done = 0;
try {
  const { db, sql } = database;
  const { config, simulators } = stage;
  const lives = new Lives(stage, db, temporal);
  const run = new Run(stage, { db, sql, temporal, config, simulators }, lives, await Canary.hatches(stage, lives));
  for (const cell of wanted) {
    if (seconds(began) > minutes * 60) break;
    say(`${cell.fault} ${cell.on} …`);
    const result = await Promise.race([run.cell(cell), stopped.happened]);
    if (result === undefined) break;
    write(cell, result);
    done += 1;
    if (result.broken.size > 0) broken += 1;
  }
  const told = lives.vehicles.reduce((sum, { toldWhileDriving }) => sum + toldWhileDriving, 0);
  const left = wanted.slice(done).map(({ fault, on }) => `${fault} ${on}`);
  const lines = [
    `${done} of ${wanted.length} cells in ${Math.round(seconds(began) / 60)} minutes; something did not hold in ${broken}.`,
    ...(left.length === 0 ? [] : [`Not come to: ${left.join(', ')}.`]),
    `${lives.promised.payments.size} payments and ${lives.promised.leases.size} applications were acknowledged, and ` +
      `${lives.vehicles.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0)} positions. ` +
      `${told} orders to stop came to a vehicle that had driven off meanwhile, and were refused by its tracker.`,
  ];
  appendFileSync(report, `\n${lines.join('\n\n')}\n`);
  for (const line of lines) say(line);
} finally {
  await temporal.connection.close();
  await database.close();
  await stage.stop();
}
process.exit(broken === 0 ? 0 : 1);
