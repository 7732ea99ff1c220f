import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  isGrpcServiceError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
  WithStartWorkflowOperation,
  type Workflow,
} from '@temporalio/client';
import { ApplicationFailure, type UpdateDefinition } from '@temporalio/common';
import protocol from '@temporalio/proto';
import { Problem, TryLater } from '#domain/errors';
import { REFUSAL } from '#domain/failures';
import { AGAIN, RENEWING } from '#workflows/kit/messages';
import { refusalOf } from './refusal-of.ts';
import { startOptions, type Start, type Steering, type WorkflowType } from './start-workflow.ts';
import { UnderWay } from './under-way.ts';

/** How long a caller waits for the answer to a command, milliseconds; the last of it is for asking what became of it. */
const PATIENCE_MS = 10_000;
const ASKING_MS = 1_000;
/** Between two tries while a workflow is renewed, milliseconds. */
const PAUSE_MS = 250;

/** Which update of which workflow, and where its caller looks for what came of it. */
export interface CommandAddress {
  readonly workflowId: string;
  /** The same id again is the same command: it meets the one that is under way, or its result. */
  readonly updateId: string;
  /** Path of the object that it changes. */
  readonly lookAt: string;
}

/** Until when a caller who asks now waits for what becomes of a command, epoch milliseconds. */
export const answeredBy = (): number => Date.now() + PATIENCE_MS - ASKING_MS;

/**
 * Sends a command to a running workflow and waits for its answer, ten seconds at most.
 *
 * @param until as `answeredBy`, of a caller who has waited already
 * @throws UnderWay when it goes on; Problem as the workflow refuses, or paused_by_operator; TryLater when nobody
 * took it in time; WorkflowNotFoundError when the workflow is over.
 */
export function sendCommand<Result, Input>(
  temporal: Client,
  command: CommandAddress,
  definition: UpdateDefinition<Result, [Input]>,
  input: Input,
  until = answeredBy(),
): Promise<Result> {
  const handle = temporal.workflow.getHandle(command.workflowId);
  const send = (updateId: string, asked: string) =>
    handle.executeUpdate<Result, [Input, string]>(definition.name, { args: [input, asked], updateId });
  return inTime(temporal, command, send, until);
}

/** Starts a workflow, where it does not run, together with a command. @throws as `sendCommand` */
export function startWithCommand<Result, Args extends unknown[], Type extends WorkflowType>(
  { temporal, config }: { readonly temporal: Client } & Steering,
  { updateId, lookAt }: Omit<CommandAddress, 'workflowId'>,
  definition: UpdateDefinition<Result, Args>,
  args: Args,
  start: Start<Type>,
): Promise<Result> {
  return inTime(temporal, { workflowId: start.id, updateId, lookAt }, (updateId, asked) =>
    temporal.workflow.executeUpdateWithStart<Workflow, Result, [...Args, string]>(definition.name, {
      startWorkflowOperation: new WithStartWorkflowOperation<Workflow>(start.type, {
        ...startOptions({ config }, start),
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
      args: [...args, asked],
      updateId,
    }),
  );
}

/** @param send takes the id of the update, and the name of this request */
async function inTime<Result>(
  temporal: Client,
  command: CommandAddress,
  send: (updateId: string, asked: string) => Promise<Result>,
  until = answeredBy(),
): Promise<Result> {
  const asked = randomUUID();
  for (let times = 1; ;) {
    const updateId = times === 1 ? command.updateId : `${command.updateId}${AGAIN}${times}`;
    try {
      return await temporal.withDeadline(until, () => send(updateId, asked));
    } catch (error) {
      if (isOfBefore(error, asked) && Date.now() < until) {
        times += 1;
        continue;
      }
      if (!isFailure(error, RENEWING)) throw await explained(temporal, { ...command, updateId }, error);
      if (Date.now() + PAUSE_MS > until) throw new TryLater('unavailable', 'The run is being renewed; try again', 1);
      await sleep(PAUSE_MS);
    }
  }
}

/**
 * True for what an earlier request with this id met, of which nothing was done: the server keeps it as the outcome, while
 * the fault may be mended, and the status another, by now.
 */
function isOfBefore(error: unknown, asked: string): boolean {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure)) return false;
  const by = cause.details?.[cause.type === RENEWING ? 0 : 4];
  return (cause.type === RENEWING || cause.type === REFUSAL) && typeof by === 'string' && by !== asked;
}

async function explained(temporal: Client, command: CommandAddress, error: unknown): Promise<unknown> {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    return (await stageOf(temporal, command)) === 'accepted'
      ? new UnderWay(command.lookAt)
      : new TryLater('unavailable', 'Nobody has taken the command yet; send it again with the same key', 1);
  }
  if (isFailure(error, 'AcceptedUpdateCompletedWorkflow'))
    return new Problem('invalid_state', 'it came to its end meanwhile');
  const refused = serverErrorOf(error);
  if (refused === null || !failedPrecondition.has(refused.code)) return refusalOf(error) ?? error;
  // The other one: its worker cannot go on with it, which is ours to mend.
  return /\bpaused\b/.test(refused.said)
    ? new Problem('paused_by_operator')
    : new TryLater('unavailable', 'The command cannot be taken now; try again', 10);
}

/**
 * What the server said. The client hands on its error as the cause of its own, and, of a command that would start its
 * workflow, the error itself, whose details say only that it was not done.
 */
function serverErrorOf(error: unknown): { readonly code: number; readonly said: string } | null {
  if (isGrpcServiceError(error)) return { code: error.code, said: `${error.details} ${error.message}` };
  return error instanceof Error ? serverErrorOf(error.cause) : null;
}

/** Status codes of gRPC: not found, failed precondition. */
const notFound: ReadonlySet<number> = new Set([5]);
const failedPrecondition: ReadonlySet<number> = new Set([9]);
const { UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ACCEPTED: ACCEPTED } =
  protocol.temporal.api.enums.v1.UpdateWorkflowExecutionLifecycleStage;

function isFailure(error: unknown, type: string): boolean {
  return (
    error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure && error.cause.type === type
  );
}

/** How far a command has come, as the server says at once; `waiting` where no worker has taken it. */
async function stageOf(
  temporal: Client,
  { workflowId, updateId }: CommandAddress,
): Promise<'accepted' | 'waiting' | 'unknown'> {
  try {
    const { stage, outcome } = await temporal.withDeadline(Date.now() + ASKING_MS, () =>
      temporal.workflowService.pollWorkflowExecutionUpdate({
        namespace: temporal.options.namespace,
        updateRef: { workflowExecution: { workflowId }, updateId },
        waitPolicy: {},
      }),
    );
    return (outcome ?? null) !== null || stage >= ACCEPTED ? 'accepted' : 'waiting';
  } catch (error) {
    if (isGrpcServiceError(error) && notFound.has(error.code)) return 'unknown';
    throw error;
  }
}
