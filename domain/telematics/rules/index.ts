import { clockAhead } from './clock-ahead.ts';
import { clockBehind } from './clock-behind.ts';
import { crash } from './crash.ts';
import { geofenceEnter, geofenceExit } from './geofence.ts';
import { harshAcceleration } from './harsh-acceleration.ts';
import { harshBraking } from './harsh-braking.ts';
import { harshCornering } from './harsh-cornering.ts';
import { idleTooLong } from './idle-too-long.ts';
import { impossibleJump } from './impossible-jump.ts';
import { jamming } from './jamming.ts';
import { lowBattery } from './low-battery.ts';
import { offline } from './offline.ts';
import { online } from './online.ts';
import { powerCut } from './power-cut.ts';
import type { LastingRule, Rule, TurnRule } from './rule.ts';
import { speeding } from './speeding.ts';
import { tampering } from './tampering.ts';
import { tow } from './tow.ts';
import { wrongCountry } from './wrong-country.ts';

/**
 * Every risk, a file each. Its type in events, the API, the database and the documents, its severity and when it
 * begins and ends come from here; a new one is a file and a line. The order is that of the API's document.
 */
export const rules = [
  speeding,
  geofenceExit,
  geofenceEnter,
  tampering,
  powerCut,
  tow,
  harshBraking,
  harshAcceleration,
  lowBattery,
  offline,
  online,
  impossibleJump,
  crash,
  jamming,
  wrongCountry,
  harshCornering,
  idleTooLong,
  clockAhead,
  clockBehind,
] satisfies readonly Rule[];

export type RiskType = (typeof rules)[number]['type'];
type Of<Kind> = Kind & { readonly type: RiskType };

const all: readonly Of<Rule>[] = rules;
/** In the order of their types. */
export const lastingRules: readonly Of<LastingRule>[] = all
  .filter((rule): rule is Of<LastingRule> => 'look' in rule || 'words' in rule)
  .sort((a, b) => (a.type < b.type ? -1 : 1));
/** Those that look at messages themselves. */
export const computedRules = lastingRules.filter(
  (rule): rule is Of<LastingRule & Required<Pick<LastingRule, 'look'>>> => rule.look !== undefined,
);
export const turnRules: readonly Of<TurnRule>[] = all.filter((rule) => 'turn' in rule);
