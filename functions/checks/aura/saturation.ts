/** How much of the configured number of connections is open? Aura has a limit for each size, and tells it in its console only. */
import { formatDuration } from '../../units.ts'
import { type Finding, grade } from '../finding.ts'
import { type LastHolders, lastLookTable, sayLastLook } from '../last-look.ts'
import { sayOutcomes } from '../outcomes.ts'
import { type AuraRule, isOff, nothing, ofWhatIsListed, rowsOf } from './facts.ts'
import type { LastCount } from './memory.ts'
import { byHolder, clientName, type Holder, holderTable } from './users.ts'

const name = 'connections.saturation'

export const saturation = {
  name,
  // 80 / 95 as Neo4j's course "Aura in Production" has it.
  limits: { unit: 'percent', warning: 80, critical: 95, recovery: 75 },
  judge(facts, limits) {
    const { reading, limit, last, endings } = facts
    if (reading.kind === 'failed') return reading.failure.cause === 'full' ? full(last, reading.failure.message) : null
    if (isOff(reading)) return { ...nothing(name, '0 connections'), closes: 'confirmed' }
    const connections = rowsOf(reading, 'connections')
    if (reading.kind !== 'seen' || !connections) return null
    const transactions = rowsOf(reading, 'transactions')
    // Without a limit there is nothing to judge, and yet it is no longer full: this look got in.
    if (limit === undefined)
      return ofWhatIsListed(facts, { ...nothing(name, `${connections.length} connections`), closes: 'confirmed' })
    const percent = (100 * connections.length) / limit
    const [largest] = byHolder(connections, transactions ?? [])
    return ofWhatIsListed(facts, {
      rule: name,
      ...grade(percent, limits),
      closes: 'confirmed',
      headline: `${connections.length} of ${limit} connections (${Math.floor(percent)}%)`,
      summary:
        `${connections.length} of the ${limit} connections that are configured as this instance's most are open on ${reading.bolt.member}.` +
        (largest ? ` ${holderOf(largest, transactions !== undefined, reading.at)}` : '') +
        (reading.bolt.sighted ? '' : ' There may be more: only those of our own user are listed.'),
      evidence: holderTable(connections, transactions, reading.at),
      ...(largest && { brief: `${largest.name} has ${largest.connections}: restart it or make its pool smaller` }),
      done: sayOutcomes(endings, clientName),
      advice: [
        ...(largest && transactions ? [atWorkOrIdle(largest)] : []),
        "Keep maxConnectionPoolSize times the number of processes below the limit; a larger instance has a larger one (Aura console, the instance's details).",
      ],
    })
  },
} satisfies AuraRule

const holderOf = (
  { name: holder, connections, inTransaction, oldestAt }: Holder,
  tells: boolean,
  now: number,
): string =>
  `${holder} has the most: ${connections}${tells ? `, ${inTransaction === 0 ? 'none' : inTransaction} of them in a transaction` : ''}${Number.isFinite(oldestAt) ? `, the oldest connected for ${formatDuration(now - oldestAt)}` : ''}.`

const atWorkOrIdle = ({ name: holder, connections, inTransaction }: Holder): string =>
  inTransaction > connections / 2
    ? 'Most of them are at work: look for slow or blocked queries and for a burst of requests before you raise any limit.'
    : `${holder} keeps most of its connections without work: see whether it makes a driver for each request or does not close its sessions, and give its pool a maximum.`

export const holdersOf = ({ top, ...last }: LastCount): LastHolders => ({
  ...last,
  top: top.map(({ name: holder, connections }) => ({ name: holder, held: connections })),
})

function full(last: LastCount | undefined, message: string): Finding {
  const [largest] = last?.top ?? []
  return {
    rule: name,
    severity: 'critical',
    acute: true,
    recovered: false,
    ...(largest && { brief: `Restart ${largest.name}` }),
    headline: 'full: the instance takes no more work',
    summary:
      `The instance has no thread left for another query: it refuses new ones, Nightshift's included. It said: ${message}.` +
      (last ? sayLastLook(holdersOf(last), 'connections were open') : ''),
    ...(last && { evidence: lastLookTable(holdersOf(last), ['user and program', 'connections']) }),
    advice: [
      `Restart ${largest ? largest.name : 'the program that holds the most connections'}: that ends its queries and frees its connections.`,
      'Then look for slow or blocked queries (SHOW TRANSACTIONS), and for a burst of requests.',
    ],
  }
}
