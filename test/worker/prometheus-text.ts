/** A strict reader of Prometheus' text format 0.0.4, by its published rules: what it refuses, a scrape would refuse. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)",?/gy;

/** @throws Error naming the line: of an unknown form, a family that comes twice, the same sample twice */
export function readPrometheusText(text: string): Sample[] {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const seen = new Set<string>();
  let family = '';
  const ended = new Set<string>();
  for (const line of text.split('\n')) {
    if (line === '' || (line.startsWith('#') && !/^# (HELP|TYPE) /.test(line))) continue;
    const [, kind, named = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    const read = kind === undefined ? readSample(line) : undefined;
    const next = read ? familyOf(read.name, types) : named;
    if (next !== family) {
      if (ended.has(next)) throw new Error(`the family ${next} comes a second time: ${line}`);
      ended.add(family);
      family = next;
    }
    if (kind === 'TYPE') {
      if (types.has(named)) throw new Error(`a second type: ${line}`);
      if (!/^(counter|gauge|histogram|summary|untyped)$/.test(rest)) throw new Error(`no such type: ${line}`);
      types.set(named, rest);
    }
    if (!read) continue;
    const key = JSON.stringify([read.name, Object.entries(read.labels).sort()]);
    if (seen.has(key)) throw new Error(`the same sample twice: ${line}`);
    seen.add(key);
    samples.push(read);
  }
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  return samples;
}

function readSample(line: string): Sample {
  const [, name, labels = '', value = ''] = sample.exec(line) ?? [];
  if (name === undefined) throw new Error(`no sample: ${line}`);
  const found = [...labels.matchAll(label)];
  if (found.map(([whole]) => whole).join('') !== labels) throw new Error(`wrong labels: ${line}`);
  if (!/^([+-]?Inf|NaN|[+-]?[\d.]+(e[+-]?\d+)?)$/i.test(value)) throw new Error(`no value: ${line}`);
  return {
    name,
    labels: Object.fromEntries(found.map(([, key, text]) => [key, text])),
    value: Number(value.replace('Inf', 'Infinity')),
  };
}

/** The samples of a histogram and of a summary have names of their own. */
function familyOf(name: string, types: ReadonlyMap<string, string>): string {
  const base = name.replace(/_(bucket|sum|count)$/, '');
  return base !== name && /histogram|summary/.test(types.get(base) ?? '') ? base : name;
}
