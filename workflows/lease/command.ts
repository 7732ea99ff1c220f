import { currentUpdateInfo, setHandler, uuid4 } from '@temporalio/workflow';
import {
  commands,
  mayBeGiven,
  type Answer,
  type Asked,
  type LeaseCommand,
  type PlainCommand,
} from '#domain/leases/commands';
import type { Standing } from '#domain/leases/standing';
import type { Collected, Command } from '#domain/leases/wire';
import { holdBackUntil } from '../kit/hold-back.ts';
import { AGAIN, renewing } from '../kit/messages.ts';
import { refusal } from '../kit/refusal.ts';
import { answering } from '../kit/retry.ts';
import { obedient } from './activities.ts';
import { updateOf } from './messages.ts';
import type { LeaseRun } from './run.ts';

/** Those after which people look at where the lease stands. */
type StandingCommand = {
  [Name in LeaseCommand]: Answer<Name> extends Standing ? Name : never;
}[LeaseCommand];

/** A person's command: refused where the table of commands does not have it, carried out to its end once it has begun. */
export function takes<Name extends LeaseCommand>(
  lease: LeaseRun,
  name: Name,
  work: (asked: Asked<Name>) => Promise<Answer<Name>>,
  also: () => boolean = () => true,
): void {
  on(lease, name, work, also);
}

/** What follows of plain commands, beside their activity; `before` is where the lease stood, `answer` what the activity says. */
export type Follows = {
  readonly [Name in PlainCommand]?: (
    lease: LeaseRun,
    order: Asked<Name> & Command,
    before: Standing,
    answer: Collected,
  ) => void;
};

/** A command that is carried out by what the table of commands says that it does. */
export function obeysPlainly<Name extends PlainCommand>(
  lease: LeaseRun,
  name: Name,
  follows: Pick<Follows, Name>,
): void {
  obeys(
    lease,
    name,
    (order) => obedient(answering)[commands[name].does](order),
    (order, before, answer) => follows[name]?.(lease, order, before, answer),
  );
}

/** A command that one activity carries out, which answers where the lease stands then. */
export function obeys<Name extends StandingCommand>(
  lease: LeaseRun,
  name: Name,
  activity: (order: Asked<Name> & Command) => Promise<Standing>,
  then: (order: Asked<Name> & Command, before: Standing, answer: Collected) => void = () => {},
): void {
  on(lease, name, async (asked: Asked<Name>) => {
    const order = ofCommand(lease, asked);
    const before = lease.state.standing;
    const answer = await activity(order);
    lease.stands(answer);
    then(order, before, answer);
    return lease.state.standing;
  });
}

function on<Name extends LeaseCommand, Result>(
  lease: LeaseRun,
  name: Name,
  work: (asked: Asked<Name>) => Promise<Result>,
  also: () => boolean = () => true,
): void {
  const allowed = () => mayBeGiven(name, lease.status) && also();
  const refuse = (asked?: string) =>
    refusal('invalid_state', `this is not possible while the lease is ${lease.status}`, asked);
  const definition = updateOf<Name, Result>(name);
  setHandler<Result, [Asked<Name>], typeof definition>(
    definition,
    async (order, asked?: string) => {
      await holdBackUntil(() => allowed() || !lease.inTransition, 'the next status of the lease');
      // Nothing of it was begun. The status that it was held for may come with the next run.
      if (!allowed()) throw lease.renewal.closing ? renewing(asked) : refuse(asked);
      return lease.carryOut(() => work(order), asked);
    },
    {
      validator: () => {
        lease.renewal.refuseBeyond();
        if (!allowed() && !lease.inTransition) throw refuse();
      },
    },
  );
}

/** What the use case of a command is told: what is asked, of which lease, when on its clock. */
export function ofCommand<Order>(lease: LeaseRun, asked: Order): Order & Command {
  return { ...asked, leaseId: lease.id, commandId: commandId(), ...lease.now };
}

/** The id of the command that is being carried out: the caller's idempotency key, however often it was broken before. */
function commandId(): string {
  const [id = uuid4()] = currentUpdateInfo()?.id.split(AGAIN) ?? [];
  return id;
}
