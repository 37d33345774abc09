/** Signing in with a browser, which cannot send the bearer token by itself. For pages only: JSON keeps the token. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parsed } from '../problems.ts';
import type { Sessions } from '../sessions.ts';
import { pageHeaders, signInAnswer } from './page-answers.ts';

/** Only pages of ours are gone on to. */
const pagePath = z.string().regex(/^\/(?:plans(?:\/[\w-]{1,100})?|offboardings(?:\/[\w-]{1,100})?)$/);
const form = z.strictObject({ token: z.string().max(1_000), to: pagePath.catch('/plans') });

export function signInRoute(app: FastifyInstance, sessions: Sessions): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  app.post('/sign-in', async (request, reply) => {
    const { token, to } = parsed(form, request.body);
    const cookie = sessions.open(token.trim(), request.headers['x-forwarded-proto'] === 'https');
    if (cookie === undefined) return signInAnswer(reply, { to, isWrong: true });
    return reply.headers(pageHeaders).header('set-cookie', cookie).redirect(to, 303);
  });
}
