/**
 * `npm run demo`: programs leak connections on a real PostgreSQL behind a local Neon, and on a real Neo4j behind a local
 * Aura, storage fills and snapshots stop. The functions that CDK deploys watch, end, tell and call it over, on a local AWS.
 * Leaves nothing running.
 */
import { parseArgs } from 'node:util'
import { startNeo4j } from '../world/neo4j.ts'
import { auraDemo } from './demo-aura.ts'
import { neonDemo } from './demo-neon.ts'
import { storageDemo } from './demo-storage.ts'
import { say } from './show.ts'
import { stoppedInAnyCase, stopWhenBrokenOff } from './stop.ts'

const HELP = `Usage: npm run demo [-- --help]

Starts a real PostgreSQL (limit 100) behind a local Neon, and a local AWS. Three applications use the database; one of
them leaks connections. The connections function runs as its schedule would run it, only every few seconds instead of
every five minutes, with limits of seconds instead of minutes. Then the same in short for Aura, on a real Neo4j, where
Java 17 with Maven or Docker can run one; the first time they download it. At last storage that fills and snapshots that
stopped, of both. Takes about a minute. Nothing outside this machine is touched, and nothing is left running.`

const asked = understand()
stopWhenBrokenOff()
if (asked === 'help') say(HELP)
else if (asked !== 'demo') {
  console.error(`${asked}\n\n${HELP}`)
  process.exitCode = 2
} else {
  // It takes seconds to start, and is not needed before Neon has been shown.
  const neo4j = stoppedInAnyCase(startNeo4j())
  await neonDemo()
  await auraDemo(neo4j)
  await storageDemo()
  say('\nNext: README.md, "Watch your own databases".')
}

/** What is wanted, or what is wrong with it. */
function understand(): string {
  try {
    return parseArgs({ options: { help: { type: 'boolean' } } }).values.help ? 'help' : 'demo'
  } catch (error) {
    return (error as Error).message
  }
}
