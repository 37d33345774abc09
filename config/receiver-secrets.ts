/** Turns the references in `receiver` into secrets. Only the receiver calls this. */
import { type HookName, hookNames, type ReceiverConfig } from './config.ts';
import { ConfigError, type ConfigProblem } from './problems.ts';
import { resolveSecrets, type Secret } from './secret.ts';

/** By hook; a hook without any is not served. */
export type ReceiverSecrets = { readonly [hook in HookName]?: readonly Secret[] };

/** Whoever can try it must not find it out. */
const shortest = 24;

/** @throws ConfigError naming every secret that is missing, could be guessed or is that of two hooks, and when no hook is configured */
export function receiverSecrets(config: ReceiverConfig, env: NodeJS.ProcessEnv): ReceiverSecrets {
  const refs = hookNames.flatMap((hook) =>
    (config[hook]?.secrets ?? []).map((ref, index) => [`receiver.${hook}.secrets[${index}]`, ref] as const),
  );
  if (refs.length === 0)
    throw new ConfigError('lockstep.yaml', [
      { path: 'receiver', message: 'has no hook to serve', hint: 'see docs/events.md and docs/offboarding.md' },
    ]);
  const secrets = resolveSecrets(Object.fromEntries(refs), env);
  const short = Object.entries(secrets).filter(([, secret]) => secret.reveal().length < shortest);
  const problems = short.map(([path]): ConfigProblem => {
    const hint = `use at least ${shortest} characters; make one with: ${recipeFor(path)}`;
    return { path, message: 'is too short', hint };
  });
  problems.push(...sharedSecrets(secrets));
  if (problems.length > 0) throw new ConfigError('secrets', problems);
  const of = (hook: HookName): Secret[] =>
    Object.entries(secrets).flatMap(([path, secret]) => (path.startsWith(`receiver.${hook}.`) ? [secret] : []));
  return Object.fromEntries(hookNames.map((hook) => [hook, of(hook)] as const).filter(([, list]) => list.length > 0));
}

/** Whoever holds the secret of one hook must not pass for the sender of another: who signs people in does not order for HR. */
function sharedSecrets(secrets: Readonly<Record<string, Secret>>): ConfigProblem[] {
  const hint = 'give each hook a secret of its own: whoever has it could call both';
  const firsts = new Map<string, string>();
  return Object.entries(secrets).flatMap(([path, secret]): ConfigProblem[] => {
    const value = secret.reveal().replace(/^whsec_/, '');
    const first = firsts.get(value);
    if (first === undefined) firsts.set(value, path);
    if (first === undefined || hookOf(first) === hookOf(path)) return [];
    return [{ path, message: `is the secret of ${first} as well`, hint }];
  });
}

const hookOf = (path: string): string => path.split('.')[1] ?? '';

const recipeFor = (path: string): string =>
  path.startsWith('receiver.hr.') ? 'echo "whsec_$(openssl rand -base64 32)"' : 'openssl rand -hex 32';
