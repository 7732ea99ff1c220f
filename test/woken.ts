import { Client, Connection } from '@temporalio/client';

/** A client that starts nothing, and keeps the ids of the workflows that it is asked to wake. */
export function countWakes(): { readonly temporal: Client; readonly woken: string[] } {
  const woken: string[] = [];
  const signalWithStart = ({ options }: { readonly options: { readonly workflowId: string } }) => {
    woken.push(options.workflowId);
    return Promise.resolve('a run');
  };
  const connection = Connection.lazy();
  return { woken, temporal: new Client({ connection, interceptors: { workflow: [{ signalWithStart }] } }) };
}
