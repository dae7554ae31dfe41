/** One set of shapes on a processor of its own. */
import { parentPort, workerData } from 'node:worker_threads'
import { heldOut, undecidable } from './forecast-held-out.ts'
import { judges } from './forecast-judges.ts'
import { shapes } from './forecast-shapes.ts'
import { trial } from './forecast-trial.ts'

export const SETS = { shapes, heldOut, undecidable }

export interface Work {
  set: keyof typeof SETS
  runs: number
  seed: number
}

// Also imported for its types and names, where it is no worker.
if (parentPort) {
  const { set, runs, seed } = workerData as Work
  parentPort.postMessage(trial(SETS[set], Object.values(judges), runs, seed))
}
