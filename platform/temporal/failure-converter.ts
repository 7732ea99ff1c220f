import { DefaultFailureConverter } from '@temporalio/common';

/** Loaded by path into clients, workers and the workflow sandbox: no Node module may be imported here. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
