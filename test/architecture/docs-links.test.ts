/** Whoever starts at README.md finds every page and every command, and no link leads nowhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { runCommand } from '../client/fake-lockstep.ts';
import { root } from './import-graph.ts';

const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');
const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name));

/** Paths from the root that a page links to. */
const linksOf = (page: string): string[] =>
  [...textOf(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = '']) => join(dirname(page), link));

it('no page leads to a file that is not there', () => {
  const dead = ['README.md', ...docs].flatMap((page) =>
    linksOf(page)
      .filter((link) => !existsSync(join(root, link)))
      .map((link) => `${page}: ${link}`),
  );
  expect(dead).toEqual([]);
});

it('README.md leads to every page, or to the folder that it lies in', () => {
  const links = new Set(linksOf('README.md'));
  expect(docs.filter((page) => !links.has(page) && !links.has(`${dirname(page)}/`))).toEqual([]);
});

it('README.md names every command', async () => {
  const { stdout } = await runCommand(['--help']);
  const commands = [...stdout.matchAll(/^ {2}([a-z][a-z-]+) /gm)].map(([, name]) => name);
  const [, list = ''] = textOf('README.md').match(/lists all commands: ([^.]+)\./) ?? [];
  const named = [...list.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
  expect(named.sort()).toEqual(commands.filter((name) => name !== 'help').sort());
});
