import type { Context } from 'aws-lambda'
import { beforeEach, expect, test, vi } from 'vitest'
import { run as realRun } from '../../functions/run.ts'

vi.mock('../../functions/run.ts', () => ({ run: vi.fn(async () => ({})) }))
vi.mock('#config', async () => ({ default: (await import('./builders.ts')).configOf() }))
const { handler } = await import('../../functions/connections.ts')

const run = vi.mocked(realRun)
beforeEach(() => {
  run.mockClear()
})
const context = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 120_000 } as Context

test('one event that Lambda delivers twice is two runs: neither can take the other for itself', async () => {
  await Promise.all([handler({}, context), handler({}, context)])
  const ids = run.mock.calls.map(([, { runId }]) => runId)
  expect(new Set(ids).size).toBe(2)
  for (const id of ids) expect(id).toMatch(/^request-1\/.+/)
})

test('a run knows when Lambda ends it, and what was asked', async () => {
  const before = Date.now()
  await handler({ dryRun: true, targets: ['orders'] }, context)
  const [[, { endsAt, request }]] = run.mock.calls as unknown as [Parameters<typeof realRun>]
  expect(endsAt).toBeGreaterThanOrEqual(before + 120_000)
  expect(endsAt).toBeLessThanOrEqual(Date.now() + 120_000)
  expect(request).toEqual({ dryRun: true, targets: ['orders'] })
})

test('what a run throws is redacted before Lambda prints it', async () => {
  run.mockRejectedValueOnce(new Error('no answer from postgres://u:hunter22@h'))
  await expect(handler({}, context)).rejects.toThrow('no answer from postgres://[redacted]@h')
})

test('an event that is not understood starts no run', async () => {
  await expect(handler({ target: 'orders' }, context)).rejects.toThrow()
  expect(run).not.toHaveBeenCalled()
})
