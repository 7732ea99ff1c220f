import { setTimeout as wait } from 'node:timers/promises';
import { Problem } from '#domain/errors';
import { marketOfPhone } from '#domain/phone';
import { refusalSaid } from '#domain/ussd/refusals';
import { isKnown, resultOf, shownOf, turnOf, type Shown } from '#domain/ussd/show';
import { goTo, type State, type UssdWish } from '#domain/ussd/state';
import { stepsOf, type HeardSession, type UssdStep } from '#domain/ussd/steps';
import { commandKey } from '#steering/command-key';
import { UnderWay } from '#steering/under-way';
import { findUserByPhone } from '#db/queries/identity';
import { replyByText } from '../notifications/reply-by-text.ts';
import { carryOut } from './carry-out.ts';
import type { Call, PhoneDependencies } from './dependencies.ts';
import { homeOf } from './home.ts';
import { keepAnswer, openUssdSession, type Session } from './session.ts';

interface UssdRequest {
  /** The gateway's. */
  readonly sessionId: string;
  /** E.164 with the plus. */
  readonly phone: string;
  /** What was dialled. */
  readonly code: string;
  /** All that was typed in the session, joined by `*`. */
  readonly text: string;
}

/** Hears of a phrase that a language does not have. */
export type Missing = (language: string) => void;

/**
 * What a phone shows next. The same request again is answered the same and does nothing; what takes longer than a phone
 * waits goes on, and its result is texted.
 */
export async function answerUssd(deps: PhoneDependencies, request: UssdRequest, missing: Missing): Promise<Shown> {
  const { encryption } = deps;
  const { sessionId, phone, code, text } = request;
  const at = new Date();
  const phoneHash = encryption.hash('phone', phone);
  const session = await openUssdSession(deps, sessionId, phoneHash, at);
  // The gateway gives no two phones one session.
  if (session.phoneHash !== phoneHash) return shownOf(refused('conflict'), session.language);
  const hashOf = (heard: string) => encryption.hash('ussd', `${sessionId}:${heard}`);
  const steps = stepsOf(text, heardBy(session, hashOf));
  if (session.answer !== null && (steps === null || session.answer.type === 'END')) return session.answer;
  const { language: spoken, createdAt: begunAt } = session;
  const call = { deps, phone, phoneHash, code, market: marketOfPhone(phone), language: spoken, begunAt, at };
  const { state, language } = await walk(call, session, steps ?? []);
  const answer = shownOf(state, language, () => missing(language));
  return keepAnswer(deps, session, { language, state, heardLength: text.length, heardHash: hashOf(text), answer }, at);
}

function heardBy({ heardLength, heardHash }: Session, hashOf: (text: string) => string): HeardSession | null {
  if (heardLength === null) return null;
  return { length: heardLength, isSame: (text) => hashOf(text) === heardHash };
}

/** Takes the steps one after the other, from the menu where the session begins. */
async function walk(caller: Omit<Call, 'key'>, session: Session, steps: readonly UssdStep[]) {
  const callAt = (place: number): Call => {
    const key = commandKey(session.createdAt, `ussd ${session.id}`, String(place));
    return { ...caller, language, key };
  };
  let { language } = session;
  let state = session.state !== null && isKnown(session.state) ? session.state : await homeOf(callAt(0));
  for (const { input, place } of steps) {
    const turn = turnOf(state, input, language);
    if ('at' in turn) state = turn;
    else {
      const call = callAt(place);
      const work = carryOut(call, turn);
      state = leadsOn.has(turn.do) ? await settled(call, work) : await inTime(call, settled(call, work));
      ({ language } = call);
    }
  }
  return { state, language };
}

/** What leads to another question and changes nothing is waited for: nothing of it could be texted, and a newcomer has no account. */
const leadsOn: ReadonlySet<UssdWish['do']> = new Set(['home', 'register', 'hashPin', 'listPlans', 'listVehicles']);

/** What came of a wish, or what it is refused for. */
const settled = (call: Call, work: Promise<State>): Promise<State> =>
  work.catch((error: unknown) => {
    if (error instanceof UnderWay) return goTo('said', { saying: 'underWay', values: {} });
    if (!(error instanceof Problem)) call.deps.log.error({ err: error }, 'a wish by USSD failed');
    return refused(error instanceof Problem ? error.code : 'internal');
  });

/** What came of it by the time that a phone waits; or that it goes on, and is texted then. */
async function inTime(call: Call, done: Promise<State>): Promise<State> {
  const waiting = new AbortController();
  const late = wait(call.deps.config.USSD_PATIENCE_MS, null, { signal: waiting.signal }).catch(() => null);
  const state = await Promise.race([done, late]);
  waiting.abort();
  if (state !== null) return state;
  tellLater(call, done);
  return goTo('said', { saying: 'underWay', values: {} });
}

const refused = (code: Problem['code']): State => goTo('said', { saying: refusalSaid(code), values: {} });

/** Milliseconds after which a result is texted again that was surely not taken: nobody brings it again, as a gateway does a text. */
const PAUSES = [1_000, 10_000, 60_000];

/** Texts the result when it is there. Should this process end before, the lease still tells of what it has done. */
function tellLater(call: Call, done: Promise<State>): void {
  const { deps, phone, phoneHash, key } = call;
  const tell = async () => {
    const state = await done;
    const isStill = state.at === 'said' && state.data.saying === 'underWay';
    const user = await findUserByPhone(deps.db, phoneHash);
    if (isStill || user === undefined) return;
    const body = resultOf(state, call.language);
    const isCode = state.at === 'said' && state.data.saying === 'restartCode';
    const template = isCode ? 'restart_code' : 'reply';
    const reply = { key: `ussd-${key}`, userId: user.id, to: phone, body, template } as const;
    for (const pause of PAUSES) {
      const isOver = await replyByText(deps, reply).then(
        () => true,
        () => wait(pause, false, { ref: false }),
      );
      if (isOver) return;
    }
    await replyByText(deps, reply);
  };
  tell().catch((error: unknown) => deps.log.warn({ err: error }, 'the result of a wish by USSD was not texted'));
}
