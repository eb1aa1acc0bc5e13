// Which methods a path has, for a 405 that says so. Asked only when no route matched.
import type { FastifyInstance } from 'fastify'

/** Remembers the routes as they are registered; returns the methods of a path, none when it is unknown. */
export function createMethodFinder(app: FastifyInstance): (path: string) => string[] {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  app.addHook('onRoute', ({ url, method }) => {
    const route = routes.get(url) ?? { pattern: toPattern(url), methods: new Set<string>() }
    for (const name of [method].flat()) route.methods.add(name)
    routes.set(url, route)
  })
  return (path) => {
    const matching = [...routes.values()].filter(({ pattern }) => pattern.test(path))
    return [...new Set(matching.flatMap(({ methods }) => [...methods]))].sort()
  }
}

const PARAMETER = /(:\w+(?:\([^)]*\))?)/

const toPattern = (url: string): RegExp => new RegExp(`^${url.split(PARAMETER).map(toPatternPart).join('')}$`)

function toPatternPart(part: string): string {
  if (part.startsWith(':')) return /\((.*)\)$/.exec(part)?.[1] ?? '[^/]+'
  return part.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')
}
