/** Runs trials on every processor: this file is also what each of them runs. */
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { type Outcome, run, type Task } from './trials.ts'

if (!isMainThread) parentPort?.postMessage((workerData as Task[]).map(run))

/** In no particular order. */
export async function runAll(tasks: Task[]): Promise<Outcome[]> {
  const workers = Math.min(tasks.length, availableParallelism())
  const shares = Array.from({ length: workers }, (_, i) => tasks.filter((_, j) => j % workers === i))
  const outcomes = await Promise.all(
    shares.map((share) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: share })
      const { promise, resolve, reject } = Promise.withResolvers<Outcome[]>()
      worker.once('message', resolve).once('error', reject)
      return promise
    }),
  )
  return outcomes.flat()
}
