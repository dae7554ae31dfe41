import { expect, test } from 'vitest'
import { type BrokenOn, noteBroken, ofTheSameMember } from '../../../../functions/checks/aura/members.ts'
import type { Severity } from '../../../../functions/checks/finding.ts'
import { findingOf, MINUTE, NOW } from '../../builders.ts'
import { auraFailed, notRunning, seenBolt } from './builders.ts'

const look = (member: string, minutes = 0) => seenBolt({ member, at: NOW + minutes * MINUTE })
const says = (severity: Severity, rule = 'connections.saturation') => [findingOf({ rule, severity })]
const broken = noteBroken({}, says('warning'), look('a'))

test('that another member is well says nothing of the one that was not, until that has not been reached for long', () => {
  expect(ofTheSameMember(says('ok'), look('b', 5), broken)).toEqual([])
  expect(ofTheSameMember(says('critical'), look('b', 5), broken)).toHaveLength(1)
  expect(ofTheSameMember(says('ok'), look('b', 44), broken)).toEqual([])
  expect(ofTheSameMember(says('ok'), look('b', 45), broken)).toHaveLength(1)
})

test('that the same one is well does, and from then on so does any', () => {
  const after = (reading: ReturnType<typeof look>, before: BrokenOn) => {
    const findings = ofTheSameMember(says('ok'), reading, before)
    return { findings, broken: noteBroken(before, findings, reading) }
  }
  const [elsewhere, there] = [after(look('b', 5), broken), after(look('a', 5), broken)]
  expect(elsewhere).toEqual({ findings: [], broken })
  expect(there).toMatchObject({ findings: [{ severity: 'ok' }], broken: {} })
  expect(after(look('b', 10), there.broken).findings).toHaveLength(1)
})

test('what is about all members at once, or about none, is not of one', () => {
  for (const rule of ['databases.offline', 'instance.status', 'connections.blind'])
    expect(noteBroken({}, says('critical', rule), look('a'))).toEqual({})
  const growth = says('warning', 'connections.growth')
  expect(noteBroken({}, growth, look('a'))).toMatchObject({ 'connections.growth': ['a', NOW] })
  const metrics = { connections: { at: NOW, open: 90 } }
  expect(noteBroken({}, growth, { ...look('a'), metrics })).toEqual({})
  expect(noteBroken(broken, [], auraFailed('timeout'))).toEqual(broken)
  // Paused, an instance has no members.
  expect(ofTheSameMember(says('ok'), notRunning('paused'), broken)).toHaveLength(1)
})
