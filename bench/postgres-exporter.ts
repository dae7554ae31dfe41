/**
 * What one scrape of postgres_exporter asks for with its default collectors, in our own words, after its documentation
 * and source (https://github.com/prometheus-community/postgres_exporter, Apache-2.0, 0.17 and 0.18; PostgreSQL 17 or
 * newer). Where releases differ, or we were not sure, the statement is left out, which favours the exporter.
 */
import { type Asker, asker } from './statements.ts'

const ACTIVITY = `
  SELECT d.datname, s.state, a.usename, a.application_name, a.backend_type, a.wait_event_type, a.wait_event,
    coalesce(a.sessions, 0) AS count, coalesce(a.oldest, 0) AS max_tx_duration
  FROM pg_database d
  CROSS JOIN (VALUES ('active'), ('idle'), ('idle in transaction'), ('idle in transaction (aborted)'),
    ('fastpath function call'), ('disabled')) AS s(state)
  LEFT JOIN (
    SELECT datname, state, usename, application_name, backend_type, wait_event_type, wait_event,
      count(*) AS sessions, max(extract(epoch FROM now() - xact_start))::float AS oldest
    FROM pg_stat_activity GROUP BY 1, 2, 3, 4, 5, 6, 7
  ) a ON a.datname = d.datname AND a.state = s.state`

const LOCKS = `
  SELECT d.datname, m.mode, coalesce(l.held, 0) AS count
  FROM pg_database d
  CROSS JOIN (VALUES ('accesssharelock'), ('rowsharelock'), ('rowexclusivelock'), ('shareupdateexclusivelock'),
    ('sharelock'), ('sharerowexclusivelock'), ('exclusivelock'), ('accessexclusivelock'), ('sireadlock')) AS m(mode)
  LEFT JOIN (
    SELECT database, lower(mode) AS mode, count(*) AS held FROM pg_locks WHERE database IS NOT NULL GROUP BY 1, 2
  ) l ON l.database = d.oid AND l.mode = m.mode
  ORDER BY 1`

const SETTINGS = `
  SELECT name, setting, coalesce(unit, ''), short_desc, vartype FROM pg_settings
  WHERE vartype IN ('bool', 'integer', 'real') AND name <> 'sync_commit_cancel_wait'`

const REPLICATION = `
  SELECT CASE
      WHEN NOT pg_is_in_recovery() OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
      ELSE greatest(0, extract(epoch FROM now() - pg_last_xact_replay_timestamp()))
    END AS lag, pg_is_in_recovery()::int AS is_replica`

const REPLICAS = `
  SELECT *, pg_current_wal_lsn() AS here, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float AS behind
  FROM pg_stat_replication`

const SLOTS = `
  SELECT slot_name, slot_type, pg_current_wal_lsn() - '0/0' AS here,
    coalesce(confirmed_flush_lsn, '0/0') - '0/0' AS confirmed, active, safe_wal_size, wal_status
  FROM pg_replication_slots`

const WAL = `
  SELECT count(*) AS segments, sum(size) AS bytes FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'`

const DATABASE_STATISTICS = `
  SELECT datid, datname, numbackends, xact_commit, xact_rollback, blks_read, blks_hit, tup_returned, tup_fetched,
    tup_inserted, tup_updated, tup_deleted, conflicts, temp_files, temp_bytes, deadlocks, blk_read_time, blk_write_time,
    stats_reset, active_time
  FROM pg_stat_database`

const TABLE_STATISTICS = `
  SELECT current_database() AS datname, schemaname, relname, seq_scan, seq_tup_read, idx_scan, idx_tup_fetch, n_tup_ins,
    n_tup_upd, n_tup_del, n_tup_hot_upd, n_live_tup, n_dead_tup, n_mod_since_analyze, last_vacuum, last_autovacuum,
    last_analyze, last_autoanalyze, vacuum_count, autovacuum_count, analyze_count, autoanalyze_count,
    pg_indexes_size(relid) AS index_bytes, pg_table_size(relid) AS table_bytes
  FROM pg_stat_user_tables`

const TABLE_IO = `
  SELECT current_database() AS datname, schemaname, relname, heap_blks_read, heap_blks_hit, idx_blks_read, idx_blks_hit,
    toast_blks_read, toast_blks_hit, tidx_blks_read, tidx_blks_hit
  FROM pg_statio_user_tables`

/** It asks for the size of each database by itself, templates included. */
export function postgresExporter(databases: string[]): Asker {
  return asker('postgres_exporter: one scrape', [
    [
      'SELECT version()',
      SETTINGS,
      ACTIVITY,
      REPLICAS,
      'SELECT *, extract(epoch FROM now() - last_archived_time) AS age FROM pg_stat_archiver',
      'SELECT * FROM pg_stat_database_conflicts',
      'SELECT datname, datconnlimit FROM pg_database',
      ...databases.map((name) => `SELECT pg_database_size('${name}')`),
      LOCKS,
      REPLICATION,
      SLOTS,
      'SELECT rolname, rolconnlimit FROM pg_roles',
      'SELECT buffers_clean, maxwritten_clean, buffers_alloc, stats_reset FROM pg_stat_bgwriter',
      DATABASE_STATISTICS,
      'SELECT datname, relid::regclass AS relname, * FROM pg_stat_progress_vacuum',
      TABLE_STATISTICS,
      TABLE_IO,
      WAL,
    ],
  ])
}

/** Its one statement about sessions, by itself: counts by state and application, without ages, victims or locks. */
export const exporterActivity: Asker = asker('  of which its query of pg_stat_activity', [[ACTIVITY]])
