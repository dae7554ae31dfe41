/** Is a database not online that should be? */
import { count } from '../../units.ts'
import type { DatabaseState } from '../aura-reading.ts'
import { type Finding, type Severity, worst } from '../finding.ts'
import { type AuraRule, isOff, nothing, rowsOf } from './facts.ts'

const name = 'databases.offline'

/** On its way from one state to another: most often back by the next look. */
const PASSING = ['initial', 'starting', 'stopping', 'store copying', 'deallocating']

export const databasesOffline = {
  name,
  judge({ reading }) {
    if (isOff(reading)) return nothing(name, 'all databases are online')
    const rows = rowsOf(reading, 'databases')
    // Who may enter no database is shown none: that says nothing.
    if (!rows || rows.length === 0) return null
    const troubles = troublesIn(rows)
    const severity = worst(troubles.map((one) => one.severity))
    if (severity === 'ok') return { ...nothing(name, 'all databases are online'), closes: 'confirmed' }
    const [first] = troubles.toSorted((a, b) => Number(b.severity === 'critical') - Number(a.severity === 'critical'))
    const nowhere = troubles.filter((one) => one.severity === 'critical')
    const lasting = troubles.some((one) => one.severity === severity && !one.passing)
    return {
      rule: name,
      severity,
      opens: severity === 'critical' && lasting ? 'at-once' : 'confirmed',
      closes: 'confirmed',
      recovered: false,
      headline: `${first?.says}${troubles.length > 1 ? `, and ${troubles.length - 1} more` : ''}`,
      summary: `${troubles.map(({ says }) => `${says}.`).join(' ')} ${nowhere.length > 0 ? 'Nobody can use what is online nowhere.' : 'It can be used, with fewer members than it should have.'}`,
      evidence: {
        columns: ['database', 'member', 'role', 'is', 'should be', 'says'],
        rows: troubles
          .flatMap((one) => one.rows)
          .map((row) => [row.name, row.address, row.role, row.currentStatus, row.requestedStatus, row.statusMessage]),
      },
      advice: [
        'Look at the instance in the Aura console and at status.neo4j.io. If the state lasts, open a ticket with Neo4j and quote the table.',
        ...(nowhere.length > 0
          ? [
              'If it does not come back, restore the last snapshot to a new instance, so as not to lose what is left here.',
            ]
          : []),
      ],
    } satisfies Finding
  },
} satisfies AuraRule

interface Trouble {
  severity: Severity
  /** In states only that pass by themselves. */
  passing: boolean
  says: string
  rows: DatabaseState[]
}

/** Of every database that is not online everywhere where it should be. */
export const troublesIn = (rows: DatabaseState[]): Trouble[] =>
  [...Map.groupBy(rows, (row) => row.name).values()].flatMap(troubleOf)

/** Of one database on all its members. */
function troubleOf(members: DatabaseState[]): Trouble[] {
  const wanted = members.filter(({ requestedStatus }) => requestedStatus === 'online')
  const rows = wanted.filter(({ currentStatus }) => currentStatus !== 'online')
  const [row] = rows
  if (!row) return []
  const states = [...new Set(rows.map(({ currentStatus }) => currentStatus))].join(', ')
  const nowhere = rows.length === wanted.length
  return [
    {
      severity: nowhere ? 'critical' : 'warning',
      passing: rows.every(({ currentStatus }) => PASSING.includes(currentStatus)),
      says: nowhere
        ? `database ${row.name} is online nowhere (${states})`
        : `database ${row.name} is not online on ${rows.length} of ${count(wanted.length, 'member')} (${states})`,
      rows,
    },
  ]
}
