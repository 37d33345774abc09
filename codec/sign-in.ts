/** The page on which whoever uses Temporal's UI shows the token, once in twelve hours. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Access } from './access.ts';

const largestForm = 4096;

export function signInRoutes(app: FastifyInstance, access: Access, uiOrigin: string): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: largestForm },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  );
  app.get('/', async (request, reply) => {
    const state = access.isAllowed(request.headers) ? 'This browser is signed in.' : '';
    return page(reply, state);
  });
  app.post('/sign-in', async (request, reply) => {
    const given = request.body instanceof URLSearchParams ? (request.body.get('token') ?? '') : '';
    if (!access.isToken(given.trim())) return page(reply.code(401), 'That is not the token.');
    reply.header('set-cookie', access.newCookie());
    return page(reply, `Signed in for twelve hours. Go on to ${uiOrigin}.`);
  });
}

/** @param state a text of ours, which needs no escaping */
const page = (reply: FastifyReply, state: string): FastifyReply =>
  reply
    .header('content-security-policy', "default-src 'none'; form-action 'self'; frame-ancestors 'none'")
    .type('text/html; charset=utf-8')
    .send(`<!doctype html>
<html lang="en">
<title>Lockstep codec server</title>
<meta name="viewport" content="width=device-width">
<h1>Lockstep codec server</h1>
<p>Decrypts what Lockstep keeps in Temporal, for those who have its token.</p>
<p role="status">${state}</p>
<form method="post" action="sign-in">
  <label>Token <input name="token" type="password" autocomplete="current-password" required></label>
  <button>Sign in</button>
</form>
</html>
`);
