/** Templates, style and script of the pages, and the policy under which a browser shows them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Eta } from 'eta';
import { number } from '../number.ts';
import { visibleText } from '../visible-text.ts';

const here = import.meta.dirname;
const read = (name: string): string => readFileSync(join(here, name), 'utf8');

const style = read('page.css');
export const planScript = read('plan-table.js');

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * A page loads nothing and sends nothing; only the style and script that it was made with count. It stands in the
 * page itself too, so that it holds for a file that somebody opens.
 */
export const contentPolicy = [
  "default-src 'none'",
  `style-src ${hash(style)}`,
  `script-src ${hash(planScript)}`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** The one page that sends something, to the reader that it came from. */
export const signInPolicy = contentPolicy.replace("form-action 'none'", "form-action 'self'");

const eta = new Eta({ views: here, autoTrim: false, functionHeader: 'const { page, words } = it;' });

/** Values in templates are escaped; what looks like an order to the reader of the text is made visible. */
export function render(
  template: 'offboarding' | 'offboardings' | 'plan' | 'plans' | 'problem' | 'sign-in',
  page: object,
): string {
  const policy = template === 'sign-in' ? signInPolicy : contentPolicy;
  return eta.render(template, { page, words, style, contentPolicy: policy });
}

const words = {
  number,
  /** `1 change`, `1,240 changes` */
  counted: (count: number, noun: string): string => `${number(count)} ${noun}${count === 1 ? '' : 's'}`,
  /** `2026-11-05 09:31 UTC` */
  minute: (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`,
  /** `2026-11-05 09:31:07 UTC` */
  second: (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`,
  /** `2026-11-05 09:31:07.042 UTC` */
  millisecond: (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 23)} UTC`,
  percent: (count: number, base: number): string =>
    base === 0 ? '' : `${((count * 100) / base).toLocaleString('en', { maximumSignificantDigits: 2 })} %`,
  visible: visibleText,
  /** Our own texts, in which what to type stands between backticks. */
  withCode: (text: string): string => escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>'),
};

const escaped = (text: string): string => eta.config.escapeFunction(text);
