import { formatMoney, money } from '#domain/money';
import type { LeaseState } from './state.ts';

/** Markdown for the Temporal UI, without personal data. */
export function details(
  { reference, standing, terms, unknown, failures }: LeaseState,
  waitingFor: string,
  until: number | null,
): string {
  const sum = (amount: number) => formatMoney(money(amount, terms.currency));
  const lines = [
    `### Lease ${reference}: \`${standing.status}\``,
    `- **waits for** ${waitingFor}${until === null ? '' : `, until ${new Date(until).toISOString().slice(0, 16)}Z`}`,
    `- **outstanding** ${sum(standing.outstanding)}`,
  ];
  if (standing.depositDue > 0) lines.push(`- **deposit due** ${sum(standing.depositDue)}`);
  if (standing.nextDue !== null)
    lines.push(
      `- **next due** ${sum(standing.nextDue.amount)} on ${standing.nextDue.on}, instalment ${standing.nextDue.number}`,
    );
  if (standing.credit > 0) lines.push(`- **credit** ${sum(standing.credit)}`);
  if (failures > 0) lines.push(`- **tries in a row without success** ${failures}`);
  for (const { attemptId } of unknown)
    lines.push(`- **unknown outcome** payment \`${attemptId}\`: an operator may look at its case`);
  return lines.join('\n');
}
