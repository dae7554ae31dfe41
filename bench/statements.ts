/** Something that asks a database: what it sends, over how many connections. */

export interface Statement {
  text: string
  values?: unknown[]
}

export interface Asker {
  name: string
  /** The statements of each connection that it opens for one look, in their order; each awaits the answer to the last. */
  connections: Statement[][]
  /** How often it waits for the database, connecting apart. */
  roundTrips: number
}

/** An asker that waits for each statement's answer. */
export function asker(name: string, connections: string[][]): Asker {
  return {
    name,
    connections: connections.map((statements) => statements.map((text) => ({ text }))),
    roundTrips: connections.flat().length,
  }
}
