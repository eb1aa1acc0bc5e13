// Calls the running server as any program would: HTTP, Basic credentials, JSON.

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

export interface Caller {
  get(path: string): Promise<Answer>
  post(path: string, body: object): Promise<Answer>
}

/** A caller with a member's credentials, or with a bearer token. */
export function createCaller(baseUrl: string, who: { username: string; password: string } | { token: string }): Caller {
  const authorization =
    'token' in who
      ? `Bearer ${who.token}`
      : `Basic ${Buffer.from(`${who.username}:${who.password}`).toString('base64')}`
  const call = async (method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(baseUrl + path, {
      method,
      headers: { authorization, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const answered: unknown = await response.json()
    // The messages endpoint answers with a list; everything else with an object.
    return {
      status: response.status,
      body: (Array.isArray(answered) ? { list: answered } : answered) as Answer['body'],
    }
  }
  return { get: (path) => call('GET', path), post: (path, body) => call('POST', path, body) }
}
