import { beforeAll, describe, expect, test } from 'vitest'
import { basic, createWorld, startServer, type World } from './demo-face.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})

describe('health', () => {
  test('says that the process is alive and ready', async () => {
    const { url } = await startServer(world)
    const answers = await Promise.all(['/healthz', '/readyz'].map((path) => fetch(url + path)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect((await fetch(`${url}/healthz`, { method: 'HEAD' })).status).toBe(200)
  })

  test('is alive but not ready when the database is not, and says what is wrong', async () => {
    const { url } = await startServer(world, { readiness: async () => ({ isReady: false, problem: 'schema is old' }) })
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    const answer = await fetch(`${url}/readyz`)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ status: 'not ready', problem: 'schema is old' })
  })

  test('keeps the reason of a failing check to itself', async () => {
    const readiness = () => Promise.reject(new Error('connect to 10.0.0.5 as florin failed'))
    const { url } = await startServer(world, { readiness })
    expect(await (await fetch(`${url}/readyz`)).text()).not.toContain('10.0.0.5')
  })
})

describe('metrics', () => {
  test('count requests by face, canonical route and status, beside the process’s own', async () => {
    const { url } = await startServer(world)
    const poke = (path: string, authorization: string) =>
      fetch(url + path, { method: 'POST', headers: { authorization } })
    for (const path of ['/shop/poke', '/v1/shop/poke']) await poke(path, basic(world.merchant))
    await poke('/shop/poke', 'Basic eA==')
    await poke('/shop/nothing', '')
    const text = await (await fetch(`${url}/metrics`)).text()
    const count = (face: string, route: string, status: number) =>
      `florin_http_request_seconds_count{face="${face}",route="${route}",status="${status}"}`
    expect(text).toContain(`${count('shop', 'POST /v1/shop/poke', 200)} 2`)
    expect(text).toContain(`${count('shop', 'POST /v1/shop/poke', 401)} 1`)
    expect(text).toContain(`${count('shop', 'other', 404)} 1`)
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds')
    for (const name of [
      'lane_queue_depth',
      'lane_batch_size',
      'lane_decide_seconds',
      'lane_commit_seconds',
      'pool_connections',
    ]) {
      expect(text).toContain(`# TYPE florin_${name} `)
    }
  })
})
