import { workerKinds } from '#domain/task-queues';
import { variables } from '#platform/config';
import { secretVariable } from './secret-variables.ts';

/** What the chart or the image says by itself, or what production does not have. */
const given = new Set([
  'NODE_ENV',
  'EMBEDDED',
  'SECRETS_DIR',
  'METRICS_PORT',
  'HOST',
  'PORT',
  'CODEC_PORT',
  'MQTT_HOST',
  'MQTT_PORT',
  'TELTONIKA_PORT',
  'TEMPORAL_TLS_CA',
  'TEMPORAL_TLS_CERT',
  'TEMPORAL_TLS_KEY',
  'WORKERS',
  'WORKER_DEPLOYMENT',
  'WORKER_BUILD',
  'WORKFLOW_BUNDLE',
]);

/** The settings that an operator of the chart may make. */
const settings = Object.keys(variables.shape).filter((name) => !given.has(name) && !secretVariable.test(name));

const closed = (properties: Record<string, object>, required: readonly string[] = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const text = { type: 'string' };
const said = { type: 'string', minLength: 1 };
const whole = { type: 'integer', minimum: 0 };
const free = { type: 'object' };
const digest = { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' };
const tag = { type: 'string', pattern: '^[A-Za-z0-9]([\\w.-]{0,61}[A-Za-z0-9])?$' };
const environment = { $ref: '#/$defs/environment' };
/** Addresses in which a password would be in sight: it is a file as well. */
const addresses: Record<string, string> = {
  DATABASE_URL: '^postgres(ql)?://([^:@/]+@)?[^@]+$',
  MQTT_URL: '^(mqtt|ws)s?://[^@]+$',
  REDIS_URL: '^rediss?://[^@]+$',
};
const setting = (name: string) =>
  name in addresses ? { type: 'string', pattern: addresses[name] } : { type: ['string', 'number', 'boolean'] };
const replicas = closed({ min: { type: 'integer', minimum: 1 }, max: { type: 'integer', minimum: 1 } });
const peers = { type: 'array', items: free };
const parts = { type: 'array', items: { enum: ['api', 'worker', 'telematics', 'relay', 'migrate'] } };
const ports = { type: 'array', items: { type: 'integer' } };

const group = closed(
  {
    runs: { type: 'array', minItems: 1, items: { enum: [...workerKinds, 'others'] } },
    replicas,
    backlog: { type: 'integer', minimum: 1 },
    cpu: whole,
    resources: free,
    environment,
  },
  ['runs', 'replicas', 'backlog', 'cpu', 'resources'],
);
const direction = closed({ parts, ports, udp: ports, peers }, ['parts', 'ports']);

/** JSON Schema of the chart's values: a setting that does not exist is refused by `helm`, and so is a secret among them. */
export const valuesSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $comment: 'Made from dev/kubernetes-values.ts by `npm run documents`.',
  $defs: {
    environment: closed(Object.fromEntries(settings.map((name) => [name, setting(name)])), []),
  },
  ...closed({
    image: closed({ repository: said, tag, digest, pullSecrets: peers }),
    secret: said,
    temporalTls: text,
    environment: { allOf: [environment, { required: ['PUBLIC_URL', 'TEMPORAL_ADDRESS', 'MQTT_URL'] }] },
    nodeSelector: free,
    tolerations: peers,
    annotations: free,
    api: closed({
      replicas,
      cpu: whole,
      resources: free,
      environment,
      ingress: closed({ className: text, host: text, tlsSecret: text, annotations: free }),
    }),
    workers: closed({
      deployment: text,
      older: { type: 'array', items: closed({ tag, digest }, ['tag']) },
      groups: { type: 'object', additionalProperties: { oneOf: [group, { type: 'null' }] } },
    }),
    telematics: closed({
      resources: free,
      environment,
      teltonika: closed({ port: whole, serviceAnnotations: free }),
    }),
    relay: closed({ replicas: { type: 'integer', minimum: 1 }, resources: free, environment }),
    migrate: closed({ resources: free }),
    network: closed({
      policies: { type: 'boolean' },
      from: closed({ ingress: peers, monitoring: peers, teltonika: peers }),
      to: { type: 'object', additionalProperties: { oneOf: [direction, { type: 'null' }] } },
    }),
    monitoring: closed({
      podMonitor: { type: 'boolean' },
      rules: { type: 'boolean' },
      dashboards: { type: 'boolean' },
      labels: free,
      backlogMetric: text,
    }),
  }),
};
