import { connect } from 'node:net';
import { pingDatabase } from '#db/queries/ping';
import type { Queryable } from '#db/client';
import { channelsOff } from '#db/queries/deliveries';
import type { Outbound } from '#domain/notifications/rules';
import { inTime } from '#platform/in-time';
import type { CircuitState } from '#providers/breaker';
import type { ApiDependencies } from '../dependencies.ts';

/** Milliseconds after which a dependency counts as down. */
export const PATIENCE_MS = 2_000;
/** Milliseconds that an answer is given again, so that asking us does not become load on others. */
const KEPT_MS = 5_000;

interface DependencyState {
  readonly name: string;
  readonly status: 'up' | 'down';
  /** Milliseconds until it answered or was given up. */
  readonly ms: number;
  /** Of a provider: its circuit breaker in this process. */
  readonly circuit?: CircuitState;
}

export interface DependencyReport {
  /** `down` where nothing works without it, `degraded` where a part does not. */
  readonly status: 'up' | 'degraded' | 'down';
  readonly checkedAt: Date;
  readonly dependencies: readonly DependencyState[];
}

/** Asks everything we stand on at once; askers within a few seconds share one answer. */
export function createDependencyChecks(deps: ApiDependencies): () => Promise<DependencyReport> {
  const { db, identityCheck, mails, mobileMoney, pushes, redis, sql, temporal } = deps;
  const vital: Record<string, () => Promise<unknown>> = {
    postgres: () => pingDatabase(sql),
    temporal: () =>
      temporal.connection.withDeadline(Date.now() + PATIENCE_MS, () => temporal.workflowService.getSystemInfo({})),
  };
  const others: Record<string, () => Promise<unknown>> = {
    mqtt: () => reach(brokerAddress(deps)),
    ...(redis === null ? {} : { redis: () => redis.ping() }),
    ...Object.fromEntries(mobileMoney.all().map((provider) => [provider.name, () => provider.ping()])),
    ...(identityCheck === null ? {} : { [identityCheck.name]: () => identityCheck.ping() }),
    ...Object.fromEntries(deps.textMessages.providers.map((provider) => [provider.name, () => provider.ping()])),
    ...(mails === null ? {} : { [mails.name]: () => mails.ping() }),
    ...(pushes === null ? {} : { [pushes.name]: () => isOn(db, 'push') }),
  };
  const breakers = providersOf(deps);
  const circuitOf = (name: string): Pick<DependencyState, 'circuit'> => {
    const breaker = breakers.find((one) => one.name === name);
    return breaker === undefined ? {} : { circuit: breaker.circuit() };
  };
  const look = async (): Promise<DependencyReport> => {
    const [needed, rest] = await Promise.all(
      [vital, others].map((checks) => Promise.all(Object.entries(checks).map(([name, ask]) => check(name, ask)))),
    );
    const isDown = ({ status }: DependencyState) => status === 'down';
    const status = needed?.some(isDown) === true ? 'down' : rest?.some(isDown) === true ? 'degraded' : 'up';
    const dependencies = [...(needed ?? []), ...(rest ?? [])].map((state) => ({ ...state, ...circuitOf(state.name) }));
    return { status, checkedAt: new Date(), dependencies };
  };
  let last: { readonly report: Promise<DependencyReport>; readonly until: number } | undefined;
  return () => {
    if (last === undefined || last.until < Date.now()) last = { report: look(), until: Date.now() + KEPT_MS };
    return last.report;
  };
}

/** All that has a circuit breaker in this process. */
export function providersOf({ identityCheck, mails, mobileMoney, pushes, textMessages }: ApiDependencies) {
  return [...mobileMoney.all(), identityCheck, ...textMessages.providers, mails, pushes].filter((one) => one !== null);
}

/** Push services are many, and browsers choose them: together they are up unless nobody was reached by them for a day. */
async function isOn(db: Queryable, channel: Outbound): Promise<void> {
  if ((await channelsOff(db)).includes(channel)) throw new Error(`${channel} is switched off`);
}

async function check(name: string, ask: () => Promise<unknown>): Promise<DependencyState> {
  const began = performance.now();
  const state = (status: DependencyState['status']) => ({ name, status, ms: Math.round(performance.now() - began) });
  try {
    await inTime(ask(), PATIENCE_MS);
    return state('up');
  } catch {
    return state('down');
  }
}

function brokerAddress({ config }: ApiDependencies): { host: string; port: number } {
  if (config.MQTT_URL === undefined) return { host: '127.0.0.1', port: config.MQTT_PORT };
  const { hostname, port, protocol } = new URL(config.MQTT_URL);
  const usual: Record<string, number> = { 'mqtt:': 1883, 'mqtts:': 8883, 'ws:': 80, 'wss:': 443 };
  return { host: hostname, port: port === '' ? (usual[protocol] ?? 1883) : Number(port) };
}

/** Resolves when something accepts a connection there. */
function reach({ host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: PATIENCE_MS });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('timeout', () => socket.destroy(new Error('no answer in time')));
    socket.once('error', reject);
  });
}
