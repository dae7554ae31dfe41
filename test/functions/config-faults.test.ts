import { describe, expect, test } from 'vitest'
import type { NightshiftConfig, TargetConfig } from '../../functions/config.ts'
import { configFaults } from '../../functions/config-faults.ts'
import { configOf, NOW, targetOf } from './builders.ts'

const ORDERS = targetOf()
const GRAPH: TargetConfig = { name: 'graph', aura: { instance: 'a1b2c3d4' } }
const faults = (changes: Partial<NightshiftConfig>) => configFaults(configOf(changes), NOW)

describe('of snapshots it is a fault', () => {
  const drill = (last: string) => ({ drill: { last, every: '90d' } })

  test('to have tried a restore in the future', () => {
    expect(
      faults({ snapshots: drill('2026-11-23'), targets: [{ ...ORDERS, snapshots: drill('2027-01-01') }] }),
    ).toEqual([
      'snapshots.drill.last: "2026-11-23" is yet to come; write the day on which a restore was last tried',
      'targets[0].snapshots.drill.last: "2027-01-01" is yet to come; write the day on which a restore was last tried',
    ])
    // Somewhere on earth tomorrow has begun.
    for (const last of ['2026-11-22', '2026-11-21', '2020-01-01'])
      expect(faults({ snapshots: drill(last) })).toEqual([])
  })

  test('to say how old they may be where none are expected', () => {
    const nothing = 'is not judged where none are expected (snapshots.expected: false); remove it'
    const both = { expected: false, maxAge: '26h', keepFor: '7d' }
    expect(faults({ snapshots: both })).toEqual([
      `snapshots.maxAge: "26h" ${nothing}`,
      `snapshots.keepFor: "7d" ${nothing}`,
    ])
    expect(faults({ targets: [{ ...ORDERS, snapshots: both }] })).toEqual([
      `targets[0].snapshots.maxAge: "26h" ${nothing}`,
      `targets[0].snapshots.keepFor: "7d" ${nothing}`,
    ])
    expect(faults({ snapshots: { expected: false }, targets: [{ ...ORDERS, snapshots: { maxAge: '26h' } }] })).toEqual([
      `targets[0].snapshots.maxAge: "26h" ${nothing} or set expected: true beside it`,
    ])
  })

  test('but not for a target to expect none under a general limit, nor to expect some where others expect none', () => {
    expect(faults({ snapshots: { maxAge: '26h' }, targets: [{ ...ORDERS, snapshots: { expected: false } }] })).toEqual(
      [],
    )
    const some = { expected: true, maxAge: '26h' }
    expect(faults({ snapshots: { expected: false }, targets: [{ ...ORDERS, snapshots: some }] })).toEqual([])
    // These are judged all the same.
    const anyway = { expected: false, historyWindow: '1d', ...drill('2026-11-01') }
    expect(faults({ targets: [{ ...ORDERS, snapshots: anyway }] })).toEqual([])
  })
})

describe("of thresholds it is a fault to set another provider's,", () => {
  const open = { 'transactions.open': { warning: '2m' } }
  const idle = { 'connections.idle-in-transaction': { warning: '2m' } }

  test('for a target', () => {
    expect(faults({ targets: [{ ...ORDERS, thresholds: open }] })).toEqual([
      expect.stringMatching(
        /^targets\[0\]\.thresholds\["transactions\.open"\]: not a rule for Neon; rules: connections\./,
      ),
    ])
    expect(faults({ targets: [{ ...GRAPH, thresholds: idle }] })).toEqual([
      expect.stringMatching(
        /^targets\[0\]\.thresholds\["connections\.idle-in-transaction"\]: not a rule for Aura; rules: /,
      ),
    ])
  })

  test('or for all, where no target is of that provider', () => {
    expect(faults({ thresholds: open })).toEqual([
      'thresholds["transactions.open"]: a rule for Aura only, and there is no such target; remove it',
    ])
    expect(faults({ thresholds: idle, targets: [GRAPH] })).toEqual([
      'thresholds["connections.idle-in-transaction"]: a rule for Neon only, and there is no such target; remove it',
    ])
    expect(faults({ thresholds: { ...open, ...idle }, targets: [ORDERS, GRAPH] })).toEqual([])
    expect(faults({ thresholds: { 'storage.level': { warning: 60 }, 'connections.saturation': {} } })).toEqual([])
  })
})
