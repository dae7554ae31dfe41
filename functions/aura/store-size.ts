/**
 * How much is stored, over Bolt: Aura's API tells it of no instance, and its metrics not of every tier. Neo4j Enterprise
 * shows its metrics by JMX (https://neo4j.com/docs/operations-manual/current/monitoring/metrics/reference/); whether Aura
 * lets anybody read them is documented nowhere, so no answer is as good as any. Community has none (measured).
 */
import { within } from '../waiting.ts'
import type { Line, Row } from './bolt-line.ts'

/** The pattern is the JVM's own: others of the thousands of metrics are not even computed. */
const STORE_SIZES = `
CALL dbms.queryJmx('neo4j.metrics:name=*.store.size.*,*')
YIELD name, attributes
RETURN name, attributes`

/** It is a by-product: nobody waits longer for it. */
const PATIENCE_MS = 4_000

/**
 * The bytes of all databases of the member that was reached; undefined where they cannot be had. Never throws.
 * The line may be of no more use afterwards: to be asked last.
 */
export async function storeSize(line: Pick<Line, 'ask'>): Promise<number | undefined> {
  try {
    return bytesIn(await within(AbortSignal.timeout(PATIENCE_MS), line.ask(STORE_SIZES)))
  } catch {
    return undefined
  }
}

/**
 * The sum over the databases, `system` included: all of them take from the instance's storage.
 * Of each the data alone, as in Aura's own metrics; where that is not told, the transaction logs with it.
 */
export function bytesIn(rows: Row[]): number | undefined {
  const databases = new Map<string, { database?: unknown; total?: unknown }>()
  for (const { name, attributes } of rows) {
    // neo4j.metrics:name=neo4j.database.orders.store.size.database, before version 5 without its first `database`
    const [, prefix, kind] = /name="?([^",]+)\.store\.size\.(database|total)"?(?:,|$)/.exec(String(name)) ?? []
    if (prefix === undefined || kind === undefined) continue
    databases.set(prefix, { ...databases.get(prefix), [kind]: attributes })
  }
  if (databases.size === 0) return undefined
  let sum = 0
  for (const { database, total } of databases.values()) {
    const bytes = gaugeOf(database) ?? gaugeOf(total)
    // Without one of them the sum says less than there is.
    if (bytes === undefined) return undefined
    sum += bytes
  }
  return sum
}

/** Of `{ Value: { description, value } }`, as `dbms.queryJmx` shows a gauge; whatever is no size is none. */
function gaugeOf(attributes: unknown): number | undefined {
  const { Value, Number: number } = (attributes ?? {}) as Record<string, { value?: unknown } | null | undefined>
  const value = Value?.value ?? number?.value
  const text = value === null || value === undefined ? '' : String(value)
  // Before its first measurement a gauge shows -1, or nothing.
  return /^\d+(\.\d+)?(E\d+)?$/i.test(text) ? Math.round(Number(text)) : undefined
}
