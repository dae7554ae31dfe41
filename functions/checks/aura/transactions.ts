/** What the rules about transactions share: the oldest of a kind, and who has it. */
import { formatDuration } from '../../units.ts'
import type { BoltConnection, BoltTransaction } from '../aura-reading.ts'
import { type Finding, grade, type Thresholds } from '../finding.ts'
import { type AuraFacts, isOff, nothing, ofWhatIsListed, rowsOf } from './facts.ts'
import { clientName } from './users.ts'

const MOST_SHOWN = 5

interface Wording {
  pick: (one: BoltTransaction) => boolean
  /** What is judged, in milliseconds. Default: since it began. */
  ageOf?: (one: BoltTransaction) => number
  nothing: string
  headline: (age: string, who: string) => string
  summary: (oldest: BoltTransaction, who: string, whose: Whose) => string
  /** The last column, beside who and how long. */
  column: [head: string, cell: (one: BoltTransaction, whose: Whose) => string]
  advice: (oldest: BoltTransaction, who: string, whose: Whose) => string[]
}

/** The user and program of the transaction with this id. */
export type Whose = (id: string) => string

/** The finding of a rule about the age of the oldest of its kind. */
export function oldestTransaction(
  rule: string,
  facts: AuraFacts,
  limits: Thresholds,
  wording: Wording,
): Finding | null {
  const { reading } = facts
  if (isOff(reading)) return nothing(rule, wording.nothing)
  const transactions = rowsOf(reading, 'transactions')
  if (!transactions) return null
  const connections = rowsOf(reading, 'connections') ?? []
  const { ageOf = ({ elapsedMs }) => elapsedMs } = wording
  const ones = transactions.filter(wording.pick).sort((a, b) => ageOf(b) - ageOf(a))
  const [oldest] = ones
  if (!oldest) return ofWhatIsListed(facts, nothing(rule, wording.nothing))
  const whose: Whose = (id) => {
    const one = transactions.find((other) => other.id === id)
    return one ? ownerOf(one, connections) : 'a user who is not shown'
  }
  const who = ownerOf(oldest, connections)
  const [head, cell] = wording.column
  return ofWhatIsListed(facts, {
    rule,
    ...grade(ageOf(oldest), limits),
    headline: wording.headline(formatDuration(ageOf(oldest)), who),
    summary: wording.summary(oldest, who, whose),
    evidence: {
      columns: ['transaction', 'user and program', 'from', 'database', 'for', head],
      rows: ones
        .slice(0, MOST_SHOWN)
        .map((one) => [
          one.id,
          ownerOf(one, connections),
          one.client,
          one.database,
          formatDuration(ageOf(one)),
          cell(one, whose),
        ]),
    },
    advice: wording.advice(oldest, who, whose),
  })
}

/** A transaction names no program; its connection does, and may not be listed. */
const ownerOf = ({ user, connectionId }: BoltTransaction, connections: BoltConnection[]): string =>
  clientName({ user, agent: connections.find(({ id }) => id === connectionId)?.agent ?? '' })

/** An id as a string of Cypher, for statements that a person is told to run. */
export const quoteCypher = (id: string): string => `'${id.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
