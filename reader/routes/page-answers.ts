/** What every page is sent with, and what is shown instead of one. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { contentPolicy, render, signInPolicy } from '../pages/page-assets.ts';
import { problemAnswer } from '../problems.ts';

export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  // What stands in a page itself cannot say who may frame it.
  'content-security-policy': `${contentPolicy}; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** Problems as pages; whoever is not known yet may sign in, and comes to the page that was asked for. */
export function answerInPages(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const { status, problem } = problemAnswer(error, request);
    const { pathname } = new URL(request.url, 'http://reader');
    if (problem.code === 'unauthorized') return signInAnswer(reply, { to: pathname, isWrong: false });
    return reply.code(status).headers(pageHeaders).send(render('problem', problem));
  });
}

export function signInAnswer(reply: FastifyReply, page: { readonly to: string; readonly isWrong: boolean }) {
  const headers = { ...pageHeaders, 'content-security-policy': `${signInPolicy}; frame-ancestors 'none'` };
  return reply.code(401).headers(headers).send(render('sign-in', page));
}
