/** The report of one Aura target. */
import type { AuraFacts } from './checks/aura/facts.ts'
import { rowsOf } from './checks/aura/facts.ts'
import type { AbandonedTransaction } from './checks/aura/held-transactions.ts'
import type { StaleConnection } from './checks/aura/stale-connections.ts'
import { byHolder } from './checks/aura/users.ts'
import type { AuraReading } from './checks/aura-reading.ts'
import { type Finding, worst } from './checks/finding.ts'
import type { AuraTarget } from './config-aura.ts'
import type { TargetReport } from './report.ts'
import { findingLine, holderLine, instanceLine, metricsLine, openTransactionLine } from './report-lines.ts'
import { count, formatDuration } from './units.ts'

const MOST = 30

export function reportAura(
  { name, ending }: Pick<AuraTarget, 'name' | 'ending'>,
  facts: AuraFacts,
  findings: Finding[],
  tookMs: number,
): TargetReport {
  const { reading, stale, plan, endings, abandoned, transactionEndings } = facts
  const bad = findings.filter((finding) => finding.severity !== 'ok')
  const connections = rowsOf(reading, 'connections')
  const transactions = rowsOf(reading, 'transactions')
  return {
    target: name,
    severity: worst(findings.map(({ severity }) => severity)),
    says: bad.length > 0 ? bad.map((one) => `${one.severity}: ${one.rule}: ${one.headline}`) : [wellLine(reading)],
    findings: bad.map(findingLine),
    ...(reading.kind !== 'failed' && { instance: instanceLine(reading.instance) }),
    ...(reading.kind === 'seen' && {
      bolt: {
        member: reading.bolt.member,
        ...(connections && {
          connections: connections.length,
          byUserAndAgent: byHolder(connections, transactions ?? [])
            .slice(0, MOST)
            .map((holder) => holderLine(holder, reading.at)),
        }),
        ...(transactions && { transactions: transactions.slice(0, MOST).map(openTransactionLine) }),
      },
    }),
    ...(reading.kind !== 'not-running' && reading.metrics && { metrics: metricsLine(reading.metrics) }),
    ...(plan && {
      staleConnections: {
        connections: stale.filter(({ protection }) => protection === null).length,
        held: plan.held,
        ended: endings.map(({ victim, outcome, detail }) => ({ ...line(victim), outcome, ...(detail && { detail }) })),
        wouldEnd: plan.held ? plan.victims.map(line) : [],
      },
    }),
    ...(abandoned && {
      abandonedTransactions: {
        held: abandoned.held,
        ended: transactionEndings.map(({ victim, outcome, detail }) => ({
          ...transactionLine(victim),
          outcome,
          ...(detail && { detail }),
        })),
        wouldEnd: abandoned.held ? abandoned.victims.slice(0, ending.atMost).map(transactionLine) : [],
        // Nobody waits behind those, and they may be polling what touches no data.
        leftWithoutLocks: abandoned.withoutLocks.slice(0, MOST).map(transactionLine),
      },
    }),
    tookMs,
  }
}

const line = ({ id, server, client, user, agent, idleMs, looks }: StaleConnection) => ({
  id,
  server,
  client,
  user,
  agent,
  idle: formatDuration(idleMs),
  looks,
})

const transactionLine = ({ id, database, user, agent, client, locks, idleMs }: AbandonedTransaction) => ({
  id,
  database,
  user,
  agent,
  client,
  ...(locks !== undefined && { locks }),
  idle: formatDuration(idleMs),
})

function wellLine(reading: AuraReading): string {
  if (reading.kind === 'failed') return `not looked at: ${reading.failure.message}`
  if (reading.kind === 'not-running') return `ok: the instance is ${reading.instance.status} and was not connected to`
  const connections = rowsOf(reading, 'connections')
  // What nobody is shown is not zero.
  if (connections && !reading.bolt.sighted)
    return `nothing bad, but only our own user's are listed: ${count(connections.length, 'connection')} on ${reading.bolt.member}; whether there are others is not known`
  return connections
    ? `ok: ${count(connections.length, 'connection')} on ${reading.bolt.member}`
    : `ok: reached ${reading.bolt.member}`
}
