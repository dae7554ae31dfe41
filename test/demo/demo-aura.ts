/** Aura: the program `import-job/2.3` makes a driver for each file and holds a transaction open. */
import { setTimeout as delay } from 'node:timers/promises'
import { type AuraNight, startAuraNight } from '../world/aura-night.ts'
import { type Neo4j, Neo4jUnavailable } from '../world/neo4j.ts'
import { EMAIL, PHONE } from '../world/night.ts'
import { bars, deliveries, quiet, title, verdicts } from './show.ts'
import { stoppedInAnyCase } from './stop.ts'

const LIMIT = 30

/** @param starting is stopped at the end; where no Neo4j can run, the demo says why and does without. */
export async function auraDemo(starting: Promise<Neo4j>): Promise<void> {
  title('The same on Neo4j Aura: two users, three programs, and one of those, "import-job/2.3", leaks')
  quiet(`Starting Neo4j, a local Aura with an instance of ${LIMIT} connections before it, and another local AWS ...`)
  const ready = await starting.catch((error: unknown) => {
    if (!(error instanceof Neo4jUnavailable)) throw error
    quiet(`Not shown. ${error.message}`)
  })
  if (!ready) return
  await using neo4j = ready
  await using night = await stoppedInAnyCase(
    startAuraNight(neo4j, {
      connectionLimit: LIMIT,
      thresholds: { 'transactions.open': { warning: '2s' } },
      tell: { emails: [EMAIL], phones: [PHONE], confirm: { looks: 1, of: 1 } },
      note: 'Owner: the data team.',
    }),
  )
  await neo4j.createUser('shop')
  await neo4j.createUser('etl')
  const open = (count: number, user: string, userAgent: string) =>
    Promise.all(Array.from({ length: count }, () => neo4j.session({ user, userAgent })))
  await open(8, 'shop', 'checkout/4.2')
  await open(4, 'shop', 'search/1.9')
  const leaked = await open(3, 'etl', 'import-job/2.3')
  quiet('Ready. A transaction may do nothing for two seconds instead of five minutes, and one look is enough to tell.')
  quiet('The one connection of nightshift-world is this demo itself, which looks after its Neo4j.')

  await leaked[0]?.begin('CREATE (:Import)')
  await look(night, 'All is well: one look cannot tell a forgotten transaction from one between two queries.')

  leaked.push(...(await open(13, 'etl', 'import-job/2.3')))
  await delay(2_100)
  await look(night, 'import-job makes a driver for each file and closes none; one still waits inside its transaction.')

  await Promise.all(leaked.map((session) => session.close()))
  await look(night, 'import-job has been stopped.')
}

let runs = 0
let told = 0

/** One run of the function, and everything that came of it. */
async function look(night: AuraNight, what: string): Promise<void> {
  runs += 1
  title(`Aura run ${runs}: ${what}`)
  const graph = await night.look()
  bars(
    (graph?.bolt?.byUserAndAgent ?? []).map(({ name, connections, inTransaction, oldest }) => ({
      name,
      all: connections,
      idle: connections - inTransaction,
      note: `oldest ${oldest}`,
    })),
    graph?.bolt?.connections ?? 0,
    LIMIT,
    '# in a transaction, - in none',
  )
  verdicts(graph?.says)
  told = deliveries(night.aws.sns.inbox, told)
}
