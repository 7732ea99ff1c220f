import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { eventually } from '#dev/client';
import { freePorts } from '#dev/ports';

const RULES = join(import.meta.dirname, '../../deploy/prometheus/rules.yml');
/** Windows of the rules as they are in the short copy: seconds for minutes. */
const windows: Readonly<Record<string, string>> = {
  '5m': '20s',
  '10m': '30s',
  '15m': '30s',
  '30m': '90s',
  '1h': '45s',
  '6h': '90s',
};
/** Ages in seconds after which an alert speaks, and in the short copy. */
const ages: readonly (readonly [string, string])[] = [
  ['max(payments_unbooked_age_seconds) > 60', 'max(payments_unbooked_age_seconds) > 5'],
  ['(payments_unknown_age_seconds) > 86400', '(payments_unknown_age_seconds) > 5'],
  ['(suspense_age_seconds) > 2 * 86400', '(suspense_age_seconds) > 5'],
  ['max(workflows_looked_at_timestamp_seconds) > 1800', 'max(workflows_looked_at_timestamp_seconds) > 45'],
  ['(task_queue_backlog_age_seconds) > 60', '(task_queue_backlog_age_seconds) > 5'],
  ['(events_reader_delay_seconds) > 60', '(events_reader_delay_seconds) > 5'],
  ['max(vehicle_start_seconds) > 60', 'max(vehicle_start_seconds) > 5'],
  ['max(database_oldest_transaction_seconds) > 300', 'max(database_oldest_transaction_seconds) > 8'],
];
const shortFor = '4s';

/** The rules of deploy/prometheus in a hurry: what they wait for, and over how long they look. @throws Error where an age is not in them */
export function hurried(): string {
  let text = readFileSync(RULES, 'utf8');
  for (const [from, to] of ages) {
    if (!text.includes(from)) throw new Error(`deploy/prometheus/rules.yml does not say "${from}" any more`);
    text = text.replace(from, to);
  }
  return (
    text
      .replaceAll(/for: \d+m/g, `for: ${shortFor}`)
      // What the books count of a window is not hurried: one is enough, of the shortest.
      .replaceAll('outcome="late"}) > 5', 'outcome="late"}) > 0')
      .replaceAll(/window="(?:30m|1h|6h)"/g, 'window="5m"')
      .replaceAll('interval: 30s', 'interval: 2s')
      .replaceAll(/\[(\w+)\]/g, (whole, window: string) =>
        windows[window] === undefined ? whole : `[${windows[window]}]`,
      )
  );
}

/** The rules as they are. */
export const deployed = () => readFileSync(RULES, 'utf8');

const answer = z.object({
  data: z.object({ alerts: z.array(z.object({ state: z.string(), labels: z.record(z.string(), z.string()) })) }),
});

/** A real Prometheus that asks every two seconds, and one of its targets every nine. */
export class Prometheus {
  readonly #url: string;
  readonly #rules: string;
  readonly #child: ChildProcess;

  private constructor(url: string, rules: string, child: ChildProcess) {
    this.#url = url;
    this.#rules = rules;
    this.#child = child;
  }

  /** @param slow the target that looks things up in the database, and is given time to say that it cannot */
  static async start(directory: string, targets: readonly string[], slow: string): Promise<Prometheus> {
    const [port] = await freePorts(1);
    const rules = join(directory, 'rules.yml');
    writeFileSync(rules, deployed());
    const config = join(directory, 'prometheus.yml');
    // JSON is YAML.
    writeFileSync(
      config,
      JSON.stringify({
        global: { scrape_interval: '2s', evaluation_interval: '2s' },
        rule_files: [rules],
        scrape_configs: [
          { job_name: 'rent-to-own', static_configs: [{ targets: targets.filter((target) => target !== slow) }] },
          {
            job_name: 'slow',
            scrape_interval: '9s',
            scrape_timeout: '9s',
            relabel_configs: [{ target_label: 'job', replacement: 'rent-to-own' }],
            static_configs: [{ targets: [slow] }],
          },
        ],
      }),
    );
    const flags = [`--storage.tsdb.path=${join(directory, 'tsdb')}`, `--web.listen-address=127.0.0.1:${port}`];
    const child = spawn('prometheus', [`--config.file=${config}`, ...flags], { stdio: 'ignore' });
    const url = `http://127.0.0.1:${port}`;
    // Before it listens to signals one of them ends it.
    await eventually('Prometheus', async () =>
      (await fetch(`${url}/-/ready`).catch(() => null))?.ok ? true : undefined,
    );
    return new Prometheus(url, rules, child);
  }

  goesBy(rules: string): void {
    writeFileSync(this.#rules, rules);
    this.#child.kill('SIGHUP');
  }

  /** Names of the alerts that fire now, but for the dead man's switch, which fires always. @throws Error where it does not answer */
  async firing(): Promise<string[]> {
    const asked = await fetch(`${this.#url}/api/v1/alerts`);
    const { alerts } = answer.parse(await asked.json()).data;
    return [...new Set(alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels['alertname'] ?? ''))]
      .filter((name) => name !== 'Watchdog')
      .sort();
  }

  async stop(): Promise<void> {
    this.#child.kill();
    await once(this.#child, 'exit');
  }
}
