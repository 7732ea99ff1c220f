/** The capabilities that have activities, each on a task queue of its own, so that its workers scale alone. */
export const capabilities = [
  'credit',
  'kyc',
  'leases',
  'notifications',
  'payments',
  'support',
  'telematics',
  'upkeep',
  'webhooks',
] as const;
export type Capability = (typeof capabilities)[number];

/** What a worker process may be asked to run. */
export const workerKinds = ['workflows', ...capabilities] as const;
export type WorkerKind = (typeof workerKinds)[number];

/** The queue that all workflows run on. */
export const workflowQueue = (prefix: string) => `${prefix}workflows`;

export const activityQueue = (prefix: string, capability: Capability) => `${prefix}${capability}`;

/** The prefix of a platform, from the name of the queue a workflow runs on. */
export const prefixOf = (queue: string) => queue.slice(0, queue.length - workflowQueue('').length);
