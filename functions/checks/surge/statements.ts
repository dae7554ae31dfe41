/** The statements that pile up. */
import { formatDuration } from '../../units.ts'
import { applicationName } from '../applications.ts'
import type { Table } from '../finding.ts'
import type { RunningStatement, SeenReading } from '../reading.ts'

export interface Pile {
  statement: string
  sessions: number
  waiting: number
  longestMs: number
  /** Most sessions first. */
  applications: string[]
}

/** Alike but for their literals, whichever application runs them: the largest pile first. */
export function pilesOf(statements: RunningStatement[]): Pile[] {
  const piles = [...Map.groupBy(statements, ({ statement }) => statement)].map(([statement, alike]): Pile => {
    const sum = (of: 'sessions' | 'waiting') => alike.reduce((total, one) => total + one[of], 0)
    const bySize = [...Map.groupBy(alike, applicationName)]
      .map(([application, ones]) => ({ application, sessions: ones.reduce((total, one) => total + one.sessions, 0) }))
      .sort((a, b) => b.sessions - a.sessions)
    return {
      statement,
      sessions: sum('sessions'),
      waiting: sum('waiting'),
      longestMs: Math.max(...alike.map(({ longestMs }) => longestMs)),
      applications: bySize.map(({ application }) => application),
    }
  })
  return piles.sort((a, b) => b.sessions - a.sessions || b.longestMs - a.longestMs)
}

/** With `12 or more` where the server had more statements than it gave: any pile may have some of those. */
export function pileTable(piles: Pile[], { runningSessions }: Pick<SeenReading, 'runningSessions'>): Table {
  const given = piles.reduce((sum, { sessions }) => sum + sessions, 0)
  const atLeast = (n: number) => (runningSessions > given ? `${n} or more` : String(n))
  return {
    columns: ['sessions', 'longest', 'wait for a lock', 'applications', 'statement'],
    rows: piles
      .slice(0, 8)
      .map(({ sessions, longestMs, waiting, applications, statement }) => [
        atLeast(sessions),
        formatDuration(longestMs),
        atLeast(waiting),
        `${applications.slice(0, 2).join(', ')}${applications.length > 2 ? ` and ${applications.length - 2} more` : ''}`,
        statement,
      ]),
  }
}
