import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Bolt } from '../../functions/aura/bolt.ts'
import type { Outcome } from '../../functions/checks/victims.ts'
import { resolveAuraTargets } from '../../functions/config-aura.ts'
import { endConnections, endTransactions } from '../../functions/end-aura.ts'
import { configOf, HOUR, MINUTE, planOf } from './builders.ts'
import { connectionOf, transactionOf } from './checks/aura/builders.ts'

const [target = expect.fail('no target')] = resolveAuraTargets(
  configOf({ targets: [{ name: 'graph', aura: { instance: 'a1b2c3d4' } }] }),
)
const never = new AbortController().signal

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
})
afterEach(() => vi.restoreAllMocks())

/** Answers one after the other, and tells what was noted before it was asked for the next. */
function server(...outcomes: Outcome[]) {
  const noted: string[] = []
  const before: number[] = []
  const answer = async () => {
    before.push(noted.length)
    return { outcome: outcomes[before.length - 1] ?? ('ended' as const) }
  }
  const recorder = {
    note: vi.fn(({ id, rule, outcome, evidence }) => void noted.push(`${rule} ${id} ${outcome}: ${evidence}`)),
    faults: async () => [],
  }
  return { noted, before, recorder, bolt: { endConnection: answer, endTransaction: answer } as unknown as Bolt }
}

test('each connection is noted right after it was ended, with why', async () => {
  const { noted, before, recorder, bolt } = server('ended', 'woke')
  const victims = ['bolt-1', 'bolt-2'].map((id) => ({
    ...connectionOf({ id }),
    idleMs: HOUR,
    looks: 7,
    ageMs: 2 * HOUR,
    protection: null,
  }))
  await endConnections(target, { ...planOf(), victims, notPermitted: [] }, bolt, recorder, never)
  expect(before).toEqual([0, 1])
  expect(noted).toEqual([
    'connections.stale bolt-1 ended: Seen without a transaction for 1 h in 7 looks, and asked once more right before it was ended. Limit of the policy: 10 min.',
    expect.stringContaining('connections.stale bolt-2 woke'),
  ])
  expect((recorder.note.mock.calls as unknown[][])[0]?.[1]).toMatchObject({
    connection: 'bolt-1',
    user: 'shop',
    looks: 7,
    policyMs: HOUR / 6,
  })
})

test('so is each transaction', async () => {
  const { noted, before, recorder, bolt } = server('ended', 'lost')
  const victims = ['t-1', 't-2', 't-3'].map((id) => ({ ...transactionOf({ id }), agent: 'checkout/1.0', idleMs: HOUR }))
  await endTransactions(target, { held: null, victims, withoutLocks: [] }, 15 * MINUTE, bolt, recorder, never)
  expect(before).toEqual([0, 1])
  expect(noted).toEqual([
    expect.stringContaining('transactions.open t-1 ended: Held open for 1 h with'),
    expect.stringContaining('transactions.open t-2 lost'),
  ])
})

/** Of a user by its first letter. */
const planOfTransactions = (...ids: string[]) => ({
  held: null,
  withoutLocks: [],
  victims: ids.map((id) => ({ ...transactionOf({ id, user: id.slice(0, 1) }), agent: 'checkout/1.0', idleMs: HOUR })),
})

test('what may not be ended leaves room for another, and no other of the same user is tried', async () => {
  const few = { ...target, ending: { ...target.ending, atMost: 2 } }
  const { noted, recorder, bolt } = server('refused', 'ended', 'ended', 'ended')
  await endTransactions(few, planOfTransactions('a-1', 'a-2', 'b-1', 'b-2', 'b-3'), HOUR, bolt, recorder, never)
  expect(noted.map((one) => one.split(':')[0])).toEqual([
    'transactions.open a-1 refused',
    'transactions.open b-1 ended',
    'transactions.open b-2 ended',
  ])
})

test('of who may not be ended, one connection is tried and no other', async () => {
  const { noted, recorder, bolt } = server('refused', 'ended')
  const victims = ['a-1', 'a-2', 'b-1'].map((id) => ({
    ...connectionOf({ id, user: id.slice(0, 1) }),
    idleMs: HOUR,
    looks: 7,
    ageMs: 2 * HOUR,
    protection: null,
  }))
  await endConnections(target, { ...planOf(), victims, notPermitted: [] }, bolt, recorder, never)
  expect(noted.map((one) => one.split(':')[0])).toEqual([
    'connections.stale a-1 refused',
    'connections.stale b-1 ended',
  ])
})

test('a line that broke off before the first was tried ends it, and the limit that held is logged', async () => {
  const { noted, recorder, bolt } = server('not-tried')
  await endTransactions(target, planOfTransactions('t-1', 't-2'), 47 * MINUTE, bolt, recorder, never)
  expect(noted).toEqual([expect.stringContaining('t-1 not-tried')])
  const [[line] = []] = vi.mocked(process.stdout.write).mock.calls
  expect(JSON.parse(String(line))).toMatchObject({ rule: 'transactions.open', limitMs: 47 * MINUTE })
})
