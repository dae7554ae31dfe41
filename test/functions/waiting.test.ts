import { describe, expect, test, vi } from 'vitest'
import { atMost, paced, within } from '../../functions/waiting.ts'

const never = new AbortController().signal
const outcome = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)
/** Work that is done when told, and tells when it was begun. */
function work(name: string, begun: string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  return {
    done: () => resolve(name),
    fail: () => reject(new Error(name)),
    begin: () => {
      begun.push(name)
      return promise
    },
  }
}
const settle = () => new Promise((resolve) => setImmediate(resolve))

test('what comes before the deadline is the answer, good or bad', async () => {
  expect(await within(never, Promise.resolve('answer'))).toBe('answer')
  expect(await outcome(within(never, Promise.reject(new Error('no'))))).toEqual(new Error('no'))
})

test('at the deadline nobody waits any longer', async () => {
  const forever = new Promise(() => {})
  const deadline = new AbortController()
  const waited = outcome(within(deadline.signal, forever))
  deadline.abort('over')
  expect(await waited).toBe('over')
  expect(await outcome(within(deadline.signal, forever))).toBe('over')
})

test('as many as are allowed work at once, the others in the order of asking, also after a failure', async () => {
  const begun: string[] = []
  const inTurn = atMost(2)
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => work(name, begun)) as [W, W, W, W]
  type W = ReturnType<typeof work>
  const results = [a, b, c, d].map(({ begin }) => outcome(inTurn(never, begin)))
  await settle()
  expect(begun).toEqual(['a', 'b'])
  b.fail()
  await settle()
  expect(begun).toEqual(['a', 'b', 'c'])
  for (const one of [a, c, d]) one.done()
  expect(await Promise.all(results)).toEqual(['a', new Error('b'), 'c', 'd'])
})

test('who gives up while waiting takes no turn, and costs nobody theirs', async () => {
  const begun: string[] = []
  const inTurn = atMost(1)
  const deadline = new AbortController()
  const [first, leaver, last] = ['first', 'leaver', 'last'].map((name) => work(name, begun))
  const results = [
    inTurn(never, first?.begin ?? expect.fail()),
    outcome(inTurn(deadline.signal, leaver?.begin ?? expect.fail())),
    inTurn(never, last?.begin ?? expect.fail()),
  ]
  deadline.abort('over')
  expect(await results[1]).toBe('over')
  first?.done()
  last?.done()
  expect(await Promise.all(results)).toEqual(['first', 'over', 'last'])
  expect(begun).toEqual(['first', 'last'])
})

describe('at a pace', () => {
  const WINDOW = 400

  test('so many begin at once, the others when as many have left the window, in the order of asking', async () => {
    const turn = paced(() => 2, WINDOW)
    const start = performance.now()
    const begun: [name: string, at: number][] = []
    await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map(async (name) => {
        await turn(never)
        begun.push([name, performance.now() - start])
      }),
    )
    expect(begun.map(([name]) => name).join('')).toBe('abcde')
    // The two clocks differ by a millisecond or two.
    const after = begun.map(([, at]) => Math.floor((at + 20) / WINDOW))
    expect(after.slice(0, 2)).toEqual([0, 0])
    expect(after[2]).toBeGreaterThanOrEqual(1)
    expect(after[4]).toBeGreaterThanOrEqual(2)
  })

  test('whoever gives up while waiting does so at once, and costs nobody their turn', async () => {
    const turn = paced(() => 1, WINDOW)
    await turn(never)
    const deadline = new AbortController()
    const order: string[] = []
    const leavers = [turn(deadline.signal), turn(deadline.signal)].map(outcome)
    const patient = turn(never).then(() => order.push('patient'))
    deadline.abort('over')
    expect(await Promise.all(leavers)).toEqual(['over', 'over'])
    order.push('gave up')
    await patient
    expect(order).toEqual(['gave up', 'patient'])
  })

  test('who need not wait is not asked for time', async () => {
    await paced(() => 1, WINDOW)(AbortSignal.abort())
  })

  test('a pace that is raised meanwhile is for those who wait, too', async () => {
    let most = 1
    const turn = paced(() => most, 3_600_000)
    await turn(never)
    const waits = turn(never)
    await settle()
    most = 2
    await waits
  })

  test('a clock that was put back keeps nobody waiting', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
    const turn = paced(() => 1, 3_600_000)
    await turn(never)
    vi.setSystemTime(500_000)
    await turn(never)
    vi.useRealTimers()
  })
})
