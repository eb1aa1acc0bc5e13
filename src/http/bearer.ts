// Admits whoever has one fixed token, compared in constant time.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { AppError } from '../errors.ts'
import type { Secret } from '../secret.ts'

/** A hook that refuses requests without `Authorization: Bearer <token>`; what it admits is not to be cached. */
export function createBearerGate(token: Secret<string>) {
  const expected = digest(`Bearer ${token.reveal()}`)
  return ({ headers }: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void => {
    reply.header('cache-control', 'no-store')
    const given = (headers.authorization ?? '').replace(/^bearer +/i, 'Bearer ')
    done(timingSafeEqual(digest(given), expected) ? undefined : new AppError('authentication_failed'))
  }
}

// Digests are of one length, which is what a comparison in constant time needs.
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
