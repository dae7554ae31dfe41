import { expect, test } from 'vitest'
import { countTold, type Tally } from '../../../functions/incidents/tally.ts'
import { incidentOf, NOW } from '../builders.ts'

const told = incidentOf({ told: { severity: 'critical', at: NOW } })

test('an incident is counted when it is told, and once more when it is told to be over', () => {
  const began = countTold(undefined, 'connections.stale', 'opened', incidentOf())
  expect(began).toEqual({ 'connections.stale': [1, 0] })
  expect(countTold(began, 'connections.stale', 'resolved', told)).toEqual({ 'connections.stale': [1, 1] })
})

test('reminders and what grew worse are no other incident', () => {
  const tally: Tally = { 'connections.stale': [1, 0] }
  for (const kind of ['reminder', 'escalated'] as const)
    expect(countTold(tally, 'connections.stale', kind, told)).toBe(tally)
})

test('what came and went while nothing could be sent has begun and is over', () => {
  expect(countTold({}, 'connections.stale', 'resolved', incidentOf())).toEqual({ 'connections.stale': [1, 1] })
})
