import { afterAll, beforeAll, expect, test } from 'vitest'
import { isScope, scopes } from '../../contract/capabilities.ts'
import { endpoints } from '../../modules.ts'
import { adminRequests, createStage } from '../support/access-stage.ts'
import { bodyOf, createApi, verdict } from '../support/requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

test('a token opens an endpoint with its scope, and not with all others; without a scope nothing of a session', async () => {
  const { stage } = await createStage(desk)
  const request = adminRequests(stage)
  const made = bodyOf(await stage.world.ada.post('/api-tokens', { name: 'One scope', scopes: ['ticket:read'] }))
  const program = createApi(desk.url, { Authorization: `Bearer ${made.token}` })
  const giveScopes = async (given: readonly string[]): Promise<void> => {
    await desk.owner.query('update api_tokens set scopes = $2 where token_id = $1', [made.token_id, given])
    desk.app.principals.clear()
  }
  const tried: string[] = []
  for (const { method, path, can, needsSession } of endpoints) {
    if ((can === 'anyone' && !needsSession) || can === 'operator') continue
    const name = `${method.toUpperCase()} ${path}`
    const { path: target, body, headers } = await request(method.toUpperCase(), path)
    const ask = () => program.send(method.toUpperCase(), target, body, { headers })
    await giveScopes(scopes.filter((scope) => scope !== can))
    const without = isScope(can) ? 'insufficient_scope' : 'session_required'
    if (needsSession !== false) expect(verdict(await ask()), name).toEqual([403, without])
    if (needsSession) continue
    await giveScopes(isScope(can) ? [can] : [])
    const reply = await ask()
    expect(reply.status, `${name} ${reply.text}`).toBeLessThan(300)
    tried.push(can)
  }
  // What no token can do is no scope.
  const closed = endpoints.filter(({ needsSession }) => needsSession === true)
  expect(closed.map(({ can }) => can).filter(isScope)).toEqual([])
  // Every scope opens something.
  expect([...new Set(tried)].filter(isScope).sort()).toEqual(scopes)
})

test('no token writes people or settings, but customers and what technicians have', () => {
  const open = endpoints.filter(
    ({ method, path, needsSession }) =>
      method !== 'get' &&
      !needsSession &&
      /^\/(?:people|customers|technicians|settings|me|api-tokens|service-accounts)\b/.test(path),
  )
  expect(open.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
    'patch /customers/:customerId',
    'patch /technicians/:technicianId',
    'post /customers',
    'put /technicians/:technicianId',
  ])
})
