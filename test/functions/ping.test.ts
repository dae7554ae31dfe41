import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ping } from '../../functions/ping.ts'
import { type LocalPing, startPing } from '../world/ping.ts'

let outside: LocalPing
let written: { mock: { calls: unknown[][] } }
beforeEach(async () => {
  outside = await startPing()
  for (const [name, value] of Object.entries(outside.env)) vi.stubEnv(name, value)
  written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await outside[Symbol.asyncDispose]()
})
const soon = (ms = 10_000) => Date.now() + ms
const logged = () => written.mock.calls.map(([line]) => JSON.parse(String(line)).event)

test('a run that went well is a POST to the address, with the summary', async () => {
  await ping(outside.address, true, 'connections: 3 targets: 3 ok', soon())
  expect(outside.pings).toEqual([{ well: true, method: 'POST', body: 'connections: 3 targets: 3 ok' }])
})

test('one that did not has /fail behind it', async () => {
  await ping(outside.address, false, 'blind', soon())
  expect(outside.pings).toEqual([{ well: false, method: 'POST', body: 'blind' }])
})

test('a slash at the end of the address stays where it is, and so does what is asked behind it', async () => {
  await ping(`${outside.address}/`, true, '', soon())
  expect(outside.pings).toHaveLength(1)
  await ping(`${outside.address}?create=1`, false, '', soon())
  // The local one knows no such question, but the path.
  expect(outside.requests).toBe(3)
})

test('a body is cut off at ten kilobytes', async () => {
  await ping(outside.address, true, 'é'.repeat(20_000), soon())
  expect(Buffer.byteLength(outside.pings[0]?.body ?? '')).toBe(10_000)
})

test.for([404, 500, 302, 'reset'] as const)(
  'an address that answers %s is tried twice, and nothing is thrown',
  async (answer) => {
    outside.answers = answer
    expect(await ping(outside.address, true, 'well', soon())).toEqual(expect.any(String))
    expect(outside.requests).toBe(2)
    expect(logged()).toEqual(['ping-failed'])
  },
)

test('what fails once is sent again', async () => {
  outside.answers = 503
  const pinged = ping(outside.address, true, 'well', soon())
  await vi.waitUntil(() => outside.requests === 1)
  outside.answers = 200
  expect(await pinged).toBeUndefined()
  expect(outside.pings).toHaveLength(1)
  expect(logged()).toEqual([])
})

test('one that never answers is given up when the run ends', async () => {
  outside.answers = 'hang'
  const began = performance.now()
  await ping(outside.address, true, 'well', soon(700))
  expect(performance.now() - began).toBeLessThan(2_500)
  expect(logged()).toEqual(['ping-failed'])
})

test('one that never answers takes five seconds at most', async () => {
  outside.answers = 'hang'
  const began = performance.now()
  await ping(outside.address, true, 'well', soon(60_000))
  expect(performance.now() - began).toBeLessThan(6_000)
  expect(outside.requests).toBe(2)
})
