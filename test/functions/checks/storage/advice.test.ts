/** What an alert or the runbook tells a person to run at night must run: on the real thing, with the rights they have. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { LARGEST_TABLES } from '../../../../functions/checks/storage/room.ts'
import { startNeo4j } from '../../../world/neo4j.ts'
import { describeNeo4j } from '../../../world/neo4j-describe.ts'
import { startPostgres } from '../../../world/postgres.ts'

const runbook = readFileSync(new URL('../../../../docs/runbook.md', import.meta.url), 'utf8')
const storage = runbook.split(/^## /m).filter((section) => section.startsWith('storage.'))

/** The statements of all blocks of a language. */
const statements = (language: string): string[] =>
  storage
    .flatMap((section) => [...section.matchAll(new RegExp(`^\`\`\`${language}\n([^\`]*)\`\`\``, 'gm'))])
    .flatMap(([, block = '']) => block.split(/;\n/))
    .map((statement) => statement.trim())
    .filter(Boolean)

test("every SQL of storage runs as the project's owner role", async () => {
  await using postgres = await startPostgres()
  const owner = await postgres.session()
  await owner.query('CREATE TABLE events AS SELECT generate_series(1, 100000) AS id')
  await owner.query('CREATE TABLE users (id int)')
  const all = statements('sql')
  expect(all.length).toBeGreaterThan(3)
  for (const sql of all) expect((await owner.query(sql)).length, sql).toBeGreaterThan(0)
  const [largest] = await owner.query<{ oid: string }>(LARGEST_TABLES)
  expect(largest?.oid).toBe('events')
})

describeNeo4j('on a Neo4j', () => {
  test('every Cypher of storage runs', async () => {
    await using neo4j = await startNeo4j()
    await neo4j.query('CREATE (:User)-[:BOUGHT]->(:Thing)')
    const all = statements('cypher')
    expect(all.length).toBeGreaterThan(2)
    for (const cypher of all) expect((await neo4j.query(cypher)).length, cypher).toBeGreaterThan(0)
    await neo4j.query('MATCH (n:User) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1000 ROWS')
    expect(await neo4j.query('MATCH (n:User) RETURN n')).toEqual([])
  })
})
