import { expect, test } from 'vitest'
import { isAtRest, noteRest, runningMs } from '../../../../functions/checks/snapshots/rest.ts'
import { DAY, HOUR, NOW } from '../../builders.ts'

test('an instance is at rest when nothing can be written, and a word that nobody knows means running', () => {
  for (const status of [
    'paused',
    'Paused ',
    'pausing',
    'resuming',
    'suspended',
    'stopped',
    'loading failed',
    'encryption key deleted',
  ])
    expect(isAtRest(status), status).toBe(true)
  for (const status of ['running', 'available', 'updating', 'resizing', 'upgrading', 'hibernating', '', undefined])
    expect(isAtRest(status), status).toBe(false)
})

test('time at rest is not counted', () => {
  const seen = { sawRunning: true } as const
  expect(runningMs(NOW - DAY, NOW, seen)).toBe(DAY)
  expect(runningMs(NOW - DAY, NOW, { ...seen, pausedSince: NOW - 10 * HOUR })).toBe(14 * HOUR)
  const pauses: [number, number][] = [
    [NOW - 3 * DAY, NOW - 20 * HOUR],
    [NOW - 8 * HOUR, NOW - 6 * HOUR],
  ]
  expect(runningMs(NOW - DAY, NOW, { ...seen, pauses })).toBe(18 * HOUR)
  expect(runningMs(NOW - DAY, NOW, { ...seen, pauses, pausedSince: NOW - HOUR })).toBe(17 * HOUR)
})

test('what was never seen running may have been at rest for ever', () => {
  expect(runningMs(NOW - 90 * DAY, NOW, { pausedSince: NOW - HOUR })).toBe(0)
})

test('clocks that go backwards make no time', () => {
  expect(runningMs(NOW, NOW - HOUR, {})).toBe(0)
})

test('a pause begins when it is first seen, lasts through pausing and resuming, and is over when it runs', () => {
  const running = noteRest({}, { status: 'running', at: NOW })
  expect(running).toEqual({ sawRunning: true })
  const pausing = noteRest(running, { status: 'pausing', at: NOW + HOUR })
  const paused = noteRest(pausing, { status: 'paused', at: NOW + 2 * HOUR })
  const resuming = noteRest(paused, { status: 'resuming', at: NOW + 3 * HOUR })
  expect(resuming).toEqual({ sawRunning: true, pausedSince: NOW + HOUR })
  expect(noteRest(resuming, { status: 'running', at: NOW + 4 * HOUR })).toEqual({
    sawRunning: true,
    pauses: [[NOW + HOUR, NOW + 4 * HOUR]],
  })
})

test('a bounded number of pauses is kept, the last ones', () => {
  let memory: Parameters<typeof noteRest>[0] = {}
  for (let night = 0; night < 400; night++) {
    memory = noteRest(memory, { status: 'running', at: NOW + night * DAY })
    memory = noteRest(memory, { status: 'paused', at: NOW + night * DAY + 12 * HOUR })
  }
  expect(memory.pauses).toHaveLength(40)
  expect(memory.pauses?.at(-1)).toEqual([NOW + 398 * DAY + 12 * HOUR, NOW + 399 * DAY])
})
