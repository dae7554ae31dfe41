import { describe } from 'vitest'
import { whyNoNeo4j } from './neo4j.ts'

const reason = await whyNoNeo4j()
if (reason !== undefined && !process.env.CI) console.warn(`TESTS NOT RUN, for want of a Neo4j. ${reason}`)

/** `describe` for tests that need a Neo4j: skipped, and said so, where none can run, except in CI: there they fail. */
export const describeNeo4j = reason === undefined || process.env.CI ? describe : describe.skip
