/** What a person does when room runs out: by provider, and by what kind of limit is near. */
import { formatBytes } from '../../units.ts'
import type { Measure, MeasuredReading } from './reading.ts'

/** One line, for the SQL editor: the tables that take the most, with their indexes. */
export const LARGEST_TABLES =
  "SELECT oid::regclass, pg_size_pretty(pg_total_relation_size(oid)) FROM pg_class WHERE relkind IN ('r', 'm') ORDER BY pg_total_relation_size(oid) DESC LIMIT 10;"

/** One step each. */
export function makeRoom(reading: MeasuredReading, { series, limit }: Measure): string[] {
  const hard = limit?.kind !== 'budget'
  if (reading.provider === 'neon')
    return [
      `See what is largest, in each database: ${LARGEST_TABLES}`,
      'Free room: TRUNCATE or DROP TABLE, of old partitions for instance, gives it back at once. After DELETE, VACUUM lets Postgres use the room again, but the branch seldom gets smaller. VACUUM FULL makes it smaller, but locks the table and writes a copy of it first, for which there must be room.',
      ...(hard
        ? ["More room: a larger plan, or the project's quota for the size of a branch, if one is set."]
        : ['If it is to grow, raise neon.storageBudget in nightshift.config.ts and deploy.']),
      'The bill follows later: what was deleted is kept, and paid for, until it has left the history window.',
    ]
  if (series !== 'size')
    return [
      'See what there is most of: MATCH (n) RETURN labels(n), count(*) ORDER BY count(*) DESC; and MATCH ()-[r]->() RETURN type(r), count(*) ORDER BY count(*) DESC;',
      'Delete what is not needed, in batches: MATCH (n:Label) WHERE ... CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1000 ROWS;',
      ...(hard ? ['More room: upgrade the instance to a paid tier in the Aura console.'] : []),
    ]
  return [
    'Deleting does not make the store smaller: what is allocated stays allocated. New data takes the room of the old, so it buys time all the same.',
    'Save room: drop indexes that nobody uses (SHOW INDEXES YIELD name, type, readCount); vector and full-text indexes are the heaviest. Keep large texts and files elsewhere.',
    'More room: more storage, or a larger instance, in the Aura console. An export loaded into a new instance is as small as its data.',
  ]
}

/** Of less than this share of all, it is not what makes it full. */
const TELLING_SHARE = 0.2

/** The same in a few words, for an SMS. */
export function makeRoomBriefly({ provider, tier, largest = [] }: MeasuredReading, { series, used }: Measure): string {
  if (provider === 'neon') {
    const top = largest
      .filter(({ name, bytes }) => name.startsWith('table ') && bytes >= TELLING_SHARE * used)
      .toSorted((a, b) => b.bytes - a.bytes)[0]
    return top
      ? `${top.name} has ${formatBytes(top.bytes)}: free room or raise the plan`
      : 'Free room or raise the plan'
  }
  return series === 'size'
    ? 'Add storage or a larger instance'
    : `Delete nodes or upgrade${tier === 'free-db' ? ' Free' : ''}`
}
