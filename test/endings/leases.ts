import { randomUUID } from 'node:crypto';
import { addDays, localDateAt } from '#domain/calendar';
import type { AgendaItem } from '#domain/leases/agenda';
import { commands, type Order, type PlainCommand } from '#domain/leases/commands';
import { DAY, type Stage } from './stage.ts';

type Live = () => Promise<void>;
/** Commands that are one activity each, or that nobody but people of before sends; the lives of leases give the others. */
type Given = Exclude<PlainCommand, 'sign' | 'handOver'> | 'receiveMoney' | 'decideCashDay' | 'extendHold';

const today = () => localDateAt(Date.now(), 'UG');
const reason = 'agreed';
const keysOf = <Key extends string>(table: Readonly<Record<Key, unknown>>) => Object.keys(table) as Key[];

/** What each is told. The compiler asks for those of a new command. */
const orders = (): { readonly [Name in Given]: Order<Name> } => ({
  changeCollection: { paymentMethodIds: [randomUUID()], quietHours: null },
  pause: { kind: 'holiday', days: 2 },
  resume: {},
  promise: { on: addDays(today(), 10), amount: 70_000 },
  restructure: { instalments: 20, reason },
  waiveFees: { amount: 500, reason },
  writeOff: { reason },
  returnVehicle: { reason },
  reportTheft: {},
  recoverTheft: {},
  repossess: { reason, noticeOn: addDays(today(), -20) },
  changeDueDay: { weekday: 'friday' },
  changeFrequency: { frequency: 'monthly' },
  usePaidAhead: { makes: 'shorter' },
  reAge: { reason },
  reAmortise: { reason },
  undoRestructure: { reason },
  totalLoss: { reason },
  transfer: { transferId: randomUUID(), customerId: randomUUID() },
  reportDeath: {},
  confirmDeath: { document: 'D 1' },
  refuteDeath: { reason },
  requestHardship: { why: 'illness' },
  decideHardship: { decision: 'granted', days: 7, note: reason },
  extendHold: { hours: 24, reason },
  decideCashDay: { caseId: randomUUID(), decision: 'confirmed', resolution: reason },
  receiveMoney: {
    money: { kind: 'cash', paymentId: randomUUID(), amount: 1_000, agentId: randomUUID(), receiptNumber: randomUUID() },
  },
});

/** Each command to a lease that believes itself in a status which takes it; the books may refuse it when it is carried out. */
export function ordersOf(stage: Stage): Readonly<Record<string, Live>> {
  const told = orders();
  return Object.fromEntries(keysOf(told).map((name) => [`the command ${name}`, given(stage, told, name)]));
}

function given<Name extends Given>(
  { believing, gives }: Stage,
  told: { readonly [One in Name]: Order<One> },
  name: Name,
): Live {
  return async () => {
    const [status] = commands[name].in;
    await gives(await believing({ status }), name, told[name]);
  };
}

/** Steps whose activities the lives of leases come by (`lives.ts`). */
type Lived = 'collect' | 'settle' | 'ask_unknown' | 'enter_arrears' | 'resume';

/** What leases do by themselves when their books say so. The compiler asks for that of a new step. */
export function agendasOf(stage: Stage): Readonly<Record<string, Live>> {
  const yesterday = addDays(today(), -1);
  const late = { number: 1, on: addDays(today(), -10), amount: 70_000 };
  // What reaches a phone waits for the morning.
  const meets =
    (activity: string, ...lease: Parameters<Stage['believing']>): Live =>
    async () =>
      stage.meets(await stage.believing(...lease), activity, DAY);
  const steps: { readonly [Step in Exclude<AgendaItem['do'], Lived>]: Live } = {
    check_promise: meets('checkPromise', { promisedOn: yesterday }),
    charge_late_fees: meets('chargeLateFees', { lateFeeOn: yesterday }),
    remind: meets('noteOverdue', { nextDue: late, status: 'in_arrears' }),
    warn_immobilisation: meets('warnImmobilisation', { nextDue: late, status: 'in_arrears', stopsAfter: 1 }, () => ({
      stop: null,
    })),
    immobilise: meets('lookAtImmobilisation', { nextDue: late, status: 'in_arrears', stopsAfter: 1 }, () => ({
      stop: { immobilisationId: randomUUID(), lookAt: Date.now() },
    })),
  };
  return { ...steps, 'all is paid': meets('completeLease', { outstanding: 0, feesDue: 0, nextDue: null }) };
}
