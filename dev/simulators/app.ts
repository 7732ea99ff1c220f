import { createAdaptorServer } from '@hono/node-server';
import { airtelRoutes } from './airtel.ts';
import { Callbacks } from './callbacks.ts';
import { deliveriesOfCharge, deliveriesOfJob, deliveriesOfRefund } from './deliveries.ts';
import { Faults } from './faults.ts';
import { homeRoutes } from './home.ts';
import { infobipRoutes } from './infobip.ts';
import { ledgerRoutes } from './ledger.ts';
import { mailRoutes, smsRoutes } from './messages.ts';
import { mpesaRoutes } from './mpesa.ts';
import { mtnRoutes } from './mtn.ts';
import { payBillRoutes } from './pay-bill.ts';
import { phoneRoutes } from './phone.ts';
import { Problem } from './problem.ts';
import { pushRoutes } from './push.ts';
import { Seeded } from './random.ts';
import { readSettings, type Settings } from './settings.ts';
import { routes, type Simulator } from './simulator.ts';
import { smileIdRoutes } from './smile-id.ts';
import { startSmtp } from './smtp.ts';
import { Store } from './store.ts';
import { listen } from '#platform/listen';

export interface SimulatorOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** The journal lies in its directory `simulators`. */
  readonly dataDir: string;
  readonly seed: string;
  /** Takes what went wrong; silent when absent. */
  readonly log?: (line: string) => void;
  /** 127.0.0.1 when absent; null listens on all addresses. */
  readonly host?: string | null;
  /** Multiplies every delay of the table: 0.1 makes it ten times as fast. */
  readonly timeScale?: number;
  /** Secrets, shortcode and URLs by the names of their variables; the documented values when absent. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface RunningSimulators {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Of the mail server; null where there is none. */
  readonly smtpUrl: string | null;
  /** Answers what is under way, for at most a second, and closes; callbacks that wait are sent after the next start. */
  stop(): Promise<void>;
}

/** How long requests that are under way may take when the simulators stop, in milliseconds. */
const GRACE = 1_000;

/**
 * Starts all simulated providers on one port. The port is taken before the journal is opened, so that two
 * over the same port never write the same journal.
 *
 * @throws Error with code EADDRINUSE when the port is taken.
 */
export async function startSimulators(options: SimulatorOptions): Promise<RunningSimulators> {
  const { port, dataDir, seed, log = () => {}, host = '127.0.0.1', timeScale = 1, environment = {} } = options;
  const settings: Settings = { ...readSettings(environment), SIMULATOR_SEED: seed, SIMULATOR_TIME_SCALE: timeScale };
  let opened: ((app: ReturnType<typeof application>) => void) | undefined;
  const ready = new Promise<ReturnType<typeof application>>((resolve) => {
    opened = resolve;
  });
  const server = createAdaptorServer({ fetch: async (request, env) => (await ready).fetch(request, env) });
  const actual = await listen(server, port, host ?? undefined);
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  try {
    const store = await Store.open(dataDir);
    const random = new Seeded(seed);
    const faults = new Faults(random);
    const callbacks = new Callbacks({ store, faults, random, timeScale, log });
    const simulator: Simulator = { settings, store, callbacks, faults, random, tokenKey: random.key('tokens') };
    const smtpPort = settings.SIMULATOR_SMTP_PORT;
    const smtp = smtpPort === undefined ? null : await startSmtp(simulator, smtpPort, host);
    opened?.(application(simulator, log));
    resume(simulator);
    const stop = async () => {
      const closed = close();
      const end = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), GRACE);
      if ('closeIdleConnections' in server) server.closeIdleConnections();
      await closed;
      clearTimeout(end);
      await smtp?.stop();
      await callbacks.stop();
      await store.close();
    };
    let stopped: Promise<void> | undefined;
    const named = host === null || host === '0.0.0.0' ? 'localhost' : host;
    const smtpUrl = smtp === null ? null : `smtp://${named}:${smtp.port}`;
    return { url: `http://${named}:${actual}`, port: actual, smtpUrl, stop: () => (stopped ??= stop()) };
  } catch (error) {
    await close();
    throw error;
  }
}

function application(simulator: Simulator, log: (line: string) => void) {
  const app = routes();
  app.route('/', homeRoutes(simulator.settings));
  app.route('/', ledgerRoutes(simulator));
  app.route('/', payBillRoutes(simulator));
  app.route('/', phoneRoutes(simulator));
  app.route('/mtn', mtnRoutes(simulator));
  app.route('/airtel', airtelRoutes(simulator));
  app.route('/mpesa', mpesaRoutes(simulator));
  app.route('/smileid', smileIdRoutes(simulator));
  app.route('/sms', smsRoutes(simulator));
  app.route('/infobip', infobipRoutes(simulator));
  app.route('/mail', mailRoutes(simulator));
  app.route('/push', pushRoutes(simulator));
  app.notFound((c) =>
    new Problem(404, 'not_found', `There is no ${c.req.method} ${c.req.path}; GET / lists what there is.`).toResponse(),
  );
  app.onError((error) => {
    if (error instanceof Problem) return error.toResponse();
    log(`a request failed: ${error.stack ?? error.message}`);
    return new Problem(500, 'internal_error', 'The simulator failed; its log says why.').toResponse();
  });
  return app;
}

/** Schedules what an earlier run had not sent. */
function resume(simulator: Simulator): void {
  const { store, callbacks } = simulator;
  for (const charge of store.charges())
    for (const delivery of deliveriesOfCharge(simulator, charge)) callbacks.schedule(delivery);
  for (const refund of store.refunds())
    for (const delivery of deliveriesOfRefund(simulator, refund)) callbacks.schedule(delivery);
  for (const job of store.jobs()) for (const delivery of deliveriesOfJob(job)) callbacks.schedule(delivery);
}
