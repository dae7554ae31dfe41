import { describe, expect, test } from 'vitest'
import { saturation } from '../../../../functions/checks/aura/saturation.ts'
import { NOW } from '../../builders.ts'
import {
  auraFailed,
  connectionOf,
  connectionsOf,
  judge,
  judged,
  notRunning,
  seenBolt,
  staleOf,
  transactionOf,
} from './builders.ts'

const open = (n: number) => seenBolt({ connections: connectionsOf(n) })

test('warns at 80 % of the configured limit, is critical at 95, and over below 75', () => {
  const said = [74, 75, 79, 80, 94, 95, 120].map((n) => judged(saturation, { reading: open(n), limit: 100 }))
  expect(said.map(({ severity }) => severity)).toEqual(['ok', 'ok', 'ok', 'warning', 'warning', 'critical', 'critical'])
  expect(said.map(({ recovered }) => recovered)).toEqual([true, false, false, false, false, false, false])
  expect(said.at(-1)?.headline).toBe('120 of 100 connections (120%)')
})

test('without a limit nothing is judged, and yet the look got in', () => {
  expect(judged(saturation, { reading: open(4000) })).toMatchObject({ severity: 'ok', recovered: true })
})

test('names who has the most, what they do, and since when', () => {
  const reading = seenBolt({
    connections: [...connectionsOf(3), connectionOf({ id: 'bolt-90', user: 'etl', agent: '' })],
    transactions: [transactionOf({ connectionId: 'bolt-2' })],
  })
  const finding = judged(saturation, { reading, limit: 5 })
  expect(finding.summary).toBe(
    "4 of the 5 connections that are configured as this instance's most are open on 10.0.0.1:7687. shop (neo4j-javascript/6.3.0) has the most: 3, 1 of them in a transaction, the oldest connected for 2 h.",
  )
  expect(finding.evidence?.rows).toEqual([
    ['shop', 'neo4j-javascript/6.3.0', '10.1.2.3', '3', '1', '2 h'],
    ['etl', '', '10.1.2.3', '1', '0', '2 h'],
  ])
})

describe('what was not listed', () => {
  test('is not counted', () => {
    const reading = seenBolt({ connections: { missing: 'refused', message: 'no' } })
    expect(judge(saturation, { reading, limit: 1 })).toBeNull()
  })

  test('may be more than what was: too many stay too many, and few say nothing', () => {
    const blind = (n: number) => seenBolt({ sighted: false, connections: connectionsOf(n) })
    expect(judge(saturation, { reading: blind(10), limit: 100 })).toBeNull()
    const finding = judged(saturation, { reading: blind(96), limit: 100 })
    expect(finding.severity).toBe('critical')
    expect(finding.summary).toContain('There may be more')
  })

  test('leaves unsaid who works', () => {
    const reading = seenBolt({ connections: connectionsOf(9), transactions: { missing: 'refused', message: 'no' } })
    const finding = judged(saturation, { reading, limit: 10 })
    expect(finding.summary).not.toContain('in a transaction')
    expect(finding.evidence?.columns).not.toContain('in transaction')
  })
})

test('a server that takes no more is critical, with or without a limit, and shows who was there', () => {
  const last = { at: NOW - 60_000, used: 90, top: [{ name: 'shop (x)', connections: 80 }] }
  const finding = judged(saturation, { reading: auraFailed('full'), last })
  expect(finding).toMatchObject({ severity: 'critical', acute: true, brief: 'Restart shop (x)' })
  expect(finding.summary).toContain('90 connections were open, 80 of them by shop (x)')
  expect(judged(saturation, { reading: auraFailed('full') }).severity).toBe('critical')
  expect(judge(saturation, { reading: auraFailed('timeout') })).toBeNull()
})

test('a paused instance has no connections; of one in transition nothing is said', () => {
  expect(judged(saturation, { reading: notRunning('paused'), limit: 1 })).toMatchObject({
    severity: 'ok',
    recovered: true,
  })
  expect(judge(saturation, { reading: notRunning('updating'), limit: 1 })).toBeNull()
})

test('says what was ended', () => {
  const finding = judged(saturation, {
    reading: open(9),
    limit: 10,
    endings: [{ victim: staleOf(), outcome: 'ended' }],
  })
  expect(finding.done).toEqual(['shop (neo4j-javascript/6.3.0): 1 ended, idle for 40 min.'])
})
