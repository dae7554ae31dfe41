/** The part of dynalite used here; the package ships no types. */
declare module 'dynalite' {
  import type { Server } from 'node:http'

  /** DynamoDB in memory. `createTableMs`: how long a new table stays in `CREATING`. */
  export default function dynalite(options?: { createTableMs?: number; deleteTableMs?: number }): Server
}
