import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { inTime } from '../in-time.ts';
import { figures, type FigureName, type LabelOf, type NameOf } from './catalogue.ts';

/** Milliseconds that a figure may be looked for: Prometheus waits ten seconds, and takes a process without answer for a dead one. */
const PATIENCE = 5_000;

/** One value of a figure that is looked up, with its labels. */
export type FigureReading<Name extends FigureName> = { readonly value: number } & Readonly<
  Record<LabelOf<Name>, string>
>;

/** The figures of one process, by their names in the catalogue, each made once. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #others: (() => Promise<string>)[] = [];
  readonly #unread: Gauge<'figure'>;

  /** @param component the process: `api`, `worker`, … It is a label of all of them. */
  constructor(component: string) {
    this.#registry.setDefaultLabels({ component });
    this.#unread = this.gauge('figures_unread');
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  counter<Name extends NameOf<'counter'>>(name: Name): Counter<LabelOf<Name>> {
    return new Counter<LabelOf<Name>>(this.#options(name));
  }

  histogram<Name extends NameOf<'histogram'>>(name: Name): Histogram<LabelOf<Name>> {
    return new Histogram<LabelOf<Name>>({ ...this.#options(name), buckets: [...figures[name].buckets] });
  }

  gauge<Name extends NameOf<'gauge'>>(name: Name): Gauge<LabelOf<Name>> {
    return new Gauge<LabelOf<Name>>(this.#options(name));
  }

  /** A figure that is looked up when somebody asks. What cannot be looked up in time is left out; the others are shown. */
  look<Name extends NameOf<'gauge'>>(
    name: Name,
    read: () => Promise<readonly FigureReading<Name>[]>,
    patience = PATIENCE,
  ): void {
    const unread = this.#unread;
    const gauge = new Gauge<string>({
      ...this.#options(name),
      async collect() {
        const readings = await inTime(read(), patience).catch(() => null);
        unread.set({ figure: name }, readings === null ? 1 : 0);
        gauge.reset();
        // Without labels a gauge begins at zero, which nobody has counted.
        gauge.remove({});
        for (const { value, ...labels } of readings ?? []) gauge.set(labels, value);
      },
    });
  }

  /** Text of another registry in the same format, whose names are its own. What does not come in time is left out. */
  add(text: () => Promise<string>, patience = PATIENCE): void {
    this.#others.push(() => inTime(text(), patience));
  }

  /** Memory, event loop and garbage collection of the process. */
  addProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** What a figure is now, for those who ask for one. */
  async valuesOf(
    name: FigureName,
  ): Promise<
    readonly { readonly labels: Readonly<Record<string, string | number | undefined>>; readonly value: number }[]
  > {
    const values = (await this.#registry.getSingleMetric(name)?.get())?.values ?? [];
    return values.map(({ labels, value }) => ({ labels: { ...labels }, value }));
  }

  /** All of them, as Prometheus reads them. */
  async text(): Promise<string> {
    const others = this.#others.map((text) => text().catch(() => ''));
    return (await Promise.all([this.#registry.metrics(), ...others])).join('\n');
  }

  #options<Name extends FigureName>(name: Name) {
    const labelNames: LabelOf<Name>[] = [...figures[name].labels];
    return { name, help: figures[name].help, labelNames, registers: [this.#registry] };
  }
}
