/** Small things of Aura's to test with: a test names what matters to it. */
import type { AuraFacts, AuraRule } from '../../../../functions/checks/aura/facts.ts'
import type { Held } from '../../../../functions/checks/aura/held-transactions.ts'
import type { BoltPolicy, StaleConnection } from '../../../../functions/checks/aura/stale-connections.ts'
import type {
  AuraReading,
  BoltConnection,
  BoltFacts,
  BoltTransaction,
  DatabaseState,
  InstanceFacts,
} from '../../../../functions/checks/aura-reading.ts'
import type { Finding, Thresholds } from '../../../../functions/checks/finding.ts'
import type { Cause, Failure } from '../../../../functions/checks/reading.ts'
import type { EndingPlan } from '../../../../functions/checks/victims.ts'
import { HOUR, MINUTE, NOW } from '../../builders.ts'

/** Who Nightshift connects as. */
export const OURS = 'nightshift'
export const MEMBER = '10.0.0.1:7687'

export const instanceOf = (changes: Partial<InstanceFacts> = {}): InstanceFacts => ({
  id: 'abcd1234',
  name: 'orders',
  status: 'running',
  type: 'professional-db',
  region: 'europe-west1',
  ...changes,
})

export const connectionOf = (changes: Partial<BoltConnection> = {}): BoltConnection => ({
  id: 'bolt-7',
  server: MEMBER,
  client: '10.1.2.3:50007',
  user: 'shop',
  agent: 'neo4j-javascript/6.3.0',
  connector: 'bolt',
  connectedAt: NOW - 2 * HOUR,
  ...changes,
})

/** So many alike, each with an id and a port of its own. */
export const connectionsOf = (n: number, changes: Partial<BoltConnection> = {}, from = 1): BoltConnection[] =>
  Array.from({ length: n }, (_, i) =>
    connectionOf({ id: `bolt-${from + i}`, client: `10.1.2.3:${50_000 + from + i}`, ...changes }),
  )

export const transactionOf = (changes: Partial<BoltTransaction> = {}): BoltTransaction => ({
  id: 'neo4j-transaction-3',
  database: 'neo4j',
  connectionId: 'bolt-7',
  user: 'shop',
  client: '10.1.2.3:50007',
  query: 'MATCH (n) RETURN n',
  status: 'running',
  startedAt: NOW - MINUTE,
  elapsedMs: MINUTE,
  blockedBy: [],
  ...changes,
})

export const databaseOf = (changes: Partial<DatabaseState> = {}): DatabaseState => ({
  name: 'neo4j',
  address: MEMBER,
  role: 'primary',
  currentStatus: 'online',
  requestedStatus: 'online',
  statusMessage: '',
  ...changes,
})

interface Bolt {
  at?: number
  member?: string
  sighted?: boolean
  bySystem?: Failure
  ownConnectionId?: string
  connections?: BoltConnection[] | BoltFacts['connections']
  transactions?: BoltTransaction[] | BoltFacts['transactions']
  databases?: DatabaseState[] | BoltFacts['databases']
  instance?: Partial<InstanceFacts>
}

const part = <Row>(given: Row[] | { rows: Row[] } | { missing: 'refused' | 'unavailable'; message: string }) =>
  Array.isArray(given) ? { rows: given } : given

export const seenBolt = ({
  at = NOW,
  instance,
  connections,
  transactions,
  databases,
  ...bolt
}: Bolt = {}): Extract<AuraReading, { kind: 'seen' }> => ({
  kind: 'seen',
  at,
  instance: instanceOf(instance),
  bolt: {
    member: MEMBER,
    sighted: true,
    ...bolt,
    connections: part(connections ?? []),
    transactions: part(transactions ?? []),
    databases: part(databases ?? [databaseOf()]),
  },
})

export const notRunning = (status: string, changes: Partial<InstanceFacts> = {}, at = NOW): AuraReading => ({
  kind: 'not-running',
  at,
  instance: instanceOf({ status, ...changes }),
})

export const auraFailed = (cause: Cause, changes: Partial<Failure> = {}): AuraReading => ({
  kind: 'failed',
  at: NOW,
  failure: { cause, at: 'bolt', message: 'the words of the other side', ...changes },
})

export const factsOf = (changes: Partial<AuraFacts> = {}): AuraFacts => ({
  reading: seenBolt(),
  standing: undefined,
  limit: undefined,
  growth: undefined,
  othersSeenAt: undefined,
  sharedSeenAt: undefined,
  last: undefined,
  cutOffBy: undefined,
  stale: [],
  held: [],
  metricsMissingSince: undefined,
  abandoned: undefined,
  plan: undefined,
  endings: [],
  transactionEndings: [],
  ...changes,
})

export const judge = (rule: AuraRule, facts: Partial<AuraFacts>, limits?: Partial<Thresholds>): Finding | null =>
  rule.judge(factsOf(facts), { warning: 0, critical: null, recovery: 0, ...rule.limits, ...limits })

export function judged(rule: AuraRule, facts: Partial<AuraFacts>, limits?: Partial<Thresholds>): Finding {
  const finding = judge(rule, facts, limits)
  if (finding === null) throw new Error(`${rule.name} did not judge`)
  return finding
}

export const boltPolicy = (changes: Partial<BoltPolicy> = {}): BoltPolicy => ({
  end: true,
  idleMs: 30 * MINUTE,
  minLooks: 6,
  olderThanMs: HOUR,
  abovePercent: 80,
  atMost: 10,
  only: { users: ['shop'], agents: [] },
  protect: { users: [], agents: [] },
  ...changes,
})

export const staleOf = (changes: Partial<StaleConnection> = {}): StaleConnection => ({
  ...connectionOf(),
  idleMs: 40 * MINUTE,
  looks: 9,
  ageMs: 2 * HOUR,
  protection: null,
  ...changes,
})

export const boltPlan = (changes: Partial<EndingPlan<StaleConnection>> = {}): EndingPlan<StaleConnection> => ({
  victims: [],
  notPermitted: [],
  held: null,
  ...changes,
})

/** That each of these was first met so when it began, without a query, and has done nothing since. */
export const heldSinceBegun = (reading: AuraReading): Held[] =>
  reading.kind === 'seen' && 'rows' in reading.bolt.transactions
    ? reading.bolt.transactions.rows.map(({ id, startedAt, elapsedMs, work = '' }) => ({
        member: reading.bolt.member,
        id,
        startedAt,
        work,
        since: reading.at - elapsedMs,
        seenAt: reading.at,
      }))
    : []

/** Names that a client may give itself. */
export const ODD_NAMES = ['<b>"\'; DROP\n', '\u202e\u{1F525}', '__proto__', 'a|b\0c', '']
