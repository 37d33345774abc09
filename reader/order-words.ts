/** Who ordered an offboarding and what was asked for, in words. */
import type { Ordered, OrderedBy } from '../domain/offboarding.ts';

export const orderedByTexts: Readonly<Record<OrderedBy, string>> = {
  hr: "HR's hook",
  operator: 'an operator, by the command line',
};

/** `2026-11-30T17:00 Europe/Berlin, deactivate` */
export function orderedText(ordered: Ordered): string {
  const when = 'at' in ordered ? ordered.at : 'local' in ordered ? `${ordered.local} ${ordered.zone}` : 'at once';
  return ordered.okta === undefined ? when : `${when}, ${ordered.okta}`;
}
