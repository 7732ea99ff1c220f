import type { Config } from '#platform/config';
import type { EmbeddedEnvironment } from './environment.ts';

/** Addresses of what runs, of real servers as well as embedded ones. */
export interface PlatformUrls {
  readonly api: string;
  readonly temporalUi: string;
  /** Where staff log in to read payloads in the Temporal UI. */
  readonly codec: string;
  /** `host:port` of gRPC. */
  readonly temporal: string;
  readonly mqtt: string;
  readonly database: string;
  /** Undefined where every provider is a real one. */
  readonly simulators: string | undefined;
  /** Where each process shows its figures; the API on METRICS_PORT, the others on ports that were free. */
  readonly metrics: readonly string[];
}

export function urlsOf(
  { parts, ports, metricsPorts }: EmbeddedEnvironment & { readonly metricsPorts: ReadonlyMap<string, number> },
  config: Config,
): PlatformUrls {
  return {
    api: config.PUBLIC_URL,
    temporalUi: config.TEMPORAL_UI_URL,
    codec: `http://localhost:${ports.CODEC_PORT}`,
    temporal: config.TEMPORAL_ADDRESS,
    mqtt: config.MQTT_URL ?? `mqtt://localhost:${ports.MQTT_PORT}`,
    database: config.DATABASE_URL,
    simulators: parts.simulators ? `http://localhost:${ports.SIMULATOR_PORT}` : undefined,
    metrics: [...metricsPorts.values()].map((port) => `http://localhost:${port}/metrics`),
  };
}
