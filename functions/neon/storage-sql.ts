/** What takes up the room, as Postgres itself tells it: evidence, from a compute that is awake anyway. */
import * as v from 'valibot'
import type { Largest } from '../checks/storage/reading.ts'
import { sayIssues } from '../schema.ts'
import { neonAsk, notAsDocumented } from './ask.ts'

/** The size of each relation is a request of its own to Neon's storage, so not all of thousands are measured. */
const MEASURED = 100

/**
 * All as one row with one JSON column. Databases and tables that would make the whole statement fail or wait are left out:
 * those that cannot be connected to (an invalid one has the limit -2), and those that somebody has locked altogether.
 */
const STORED = `
WITH databases AS MATERIALIZED (
  SELECT format('database %I', datname) AS name, pg_database_size(oid) AS bytes FROM pg_database
  WHERE datconnlimit <> -2 AND NOT datistemplate
    AND (has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE'))
), locked AS MATERIALIZED (
  SELECT relation FROM pg_locks
  WHERE mode = 'AccessExclusiveLock' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
), tables AS MATERIALIZED (
  SELECT c.oid, c.relkind, n.nspname, c.relname, c.relpages + coalesce(t.relpages, 0) AS pages
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
  WHERE c.relkind IN ('r', 'm') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    AND c.oid NOT IN (SELECT relation FROM locked WHERE relation IS NOT NULL)
    AND c.oid NOT IN (SELECT indrelid FROM pg_index WHERE indexrelid IN (SELECT relation FROM locked))
), measured AS (
  -- Pages are an estimate of the last VACUUM or ANALYZE: what never had one, as a table filled today, is 0 pages long.
  (SELECT * FROM tables ORDER BY pages DESC, oid DESC LIMIT ${MEASURED})
  UNION (SELECT * FROM tables WHERE pages = 0 ORDER BY oid DESC LIMIT ${MEASURED})
)
SELECT json_build_object(
  -- As text with a unit; -1: none. NULL where Postgres is not Neon's.
  'maxBytes', pg_size_bytes(nullif(current_setting('neon.max_cluster_size', true), '')),
  'databases', (SELECT coalesce(json_agg(d), '[]') FROM (
    SELECT * FROM databases WHERE bytes > 0 ORDER BY bytes DESC LIMIT 5) d),
  'tables', (SELECT coalesce(json_agg(r), '[]') FROM (
    SELECT format('%s %I.%I', CASE relkind WHEN 'm' THEN 'materialized view' ELSE 'table' END, nspname, relname) AS name, bytes
    FROM measured CROSS JOIN LATERAL (SELECT pg_total_relation_size(oid) AS bytes) size
    WHERE bytes > 0 ORDER BY bytes DESC LIMIT 5) r)
) AS stored`

const largestSchema = v.array(v.object({ name: v.string(), bytes: v.number() }))
const storedSchema = v.object({ maxBytes: v.nullable(v.number()), databases: largestSchema, tables: largestSchema })

export interface Stored {
  largest: Largest[]
  /** Where Neon's own Postgres stops writing (neon.max_cluster_size). */
  maxBytes?: number
}

/** Nobody sells less; a smaller one is no limit but a setting without its unit. */
const LEAST_LIMIT = 1024 ** 2

/**
 * One statement in one round trip.
 * @throws whatever the driver throws
 */
export async function askStored(uri: string, signal: AbortSignal): Promise<Stored> {
  const [row] = await neonAsk(uri, signal)(STORED, [], true)
  const parsed = v.safeParse(storedSchema, row?.stored)
  if (!parsed.success) throw notAsDocumented(sayIssues(parsed.issues))
  const { databases, tables, maxBytes } = parsed.output
  return { largest: [...databases, ...tables], ...(maxBytes !== null && maxBytes >= LEAST_LIMIT && { maxBytes }) }
}
